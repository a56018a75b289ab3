//! What people read: English and Chinese, each sentence judged by a person before it was written down here.

use proptest::prelude::*;
use tenure_behaviour::language::{Scope, compile_expression, reading, reading_zh};

use crate::trees::body;

#[track_caller]
fn check(text: &str, english: &str, chinese: &str) {
    let body = compile_expression(text, &Scope::labels()).unwrap();
    assert_eq!((reading(&body).as_str(), reading_zh(&body).as_str()), (english, chinese), "{text}");
}

#[test]
fn expressions_read_like_sentences() {
    check(
        "count(order, 90d) >= 2 and country = 'DE'",
        "at least 2 orders in the last 90 days, and the country is 'DE'",
        "过去90天内至少有2次下单，并且国家是“DE”",
    );
    check(
        "sum(order.amount, 30d) > 100",
        "the total amount of orders in the last 30 days is above 100",
        "过去30天内下单的金额总和大于100",
    );
    check(
        "avg(order.amount) > 150 and days_since(order) <= 30",
        "the average amount of orders is above 150, and the time since the last order is at most 30 days",
        "下单的平均金额大于150，并且距最近一次下单的时间不超过30天",
    );
    check(
        "days_since(order) between 60 and 90",
        "the time since the last order is between 60 days and 90 days",
        "距最近一次下单的时间在60天到90天之间",
    );
    check(
        "count(product_view, 30m) >= 3 and sum(session.duration, 30m) > 2m and count(order) = 0",
        "at least 3 product views in the last 30 minutes, and the total duration of visits in the last 30 minutes is above 2 minutes, and no order so far",
        "过去30分钟内至少有3次商品浏览，并且过去30分钟内访问的时长总和大于2分钟，并且从未下单",
    );
    check(
        "ratio(count(email_open, 30d), count(email_send, 30d)) < 0.1 and count(add_to_cart, 30d) = 0",
        "the number of e-mails opened in the last 30 days divided by the number of e-mails sent in the last 30 days is below 10 %, and no addition to the cart in the last 30 days",
        "过去30天内邮件打开的次数除以过去30天内邮件发送的次数小于10%，并且过去30天内没有加购",
    );
    check(
        "trend(count(session), 30d) < 0.5",
        "the number of visits in the last 30 days relative to the 30 days before is below 50 %",
        "过去30天内访问的次数与前一同长时段之比小于50%",
    );
    check(
        "count(order where channel = 'amazon' and amount > 50, 180d) >= 1",
        "at least 1 order with channel 'amazon' and amount above 50 in the last 180 days",
        "过去180天内至少有1次（渠道为“amazon”且金额大于50的）下单",
    );
    check(
        "distinct(order.category, 180d) >= 3",
        "the number of different categories of orders in the last 180 days is at least 3",
        "过去180天内下单涉及的不同品类数不少于3",
    );
    check(
        "count(add_to_cart, 24h) > 0 and not followed_by(add_to_cart, order, 24h)",
        "at least 1 addition to the cart in the last day, and the last addition to the cart was not followed by an order within 1 day",
        "过去1天内至少有1次加购，并且最近一次加购后1天内没有下单",
    );
}

#[test]
fn predictions_filters_and_sums_read_like_sentences() {
    check(
        "churn_probability(90d) > 0.6 and clv(365d) > 300",
        "the probability of churn within 90 days is above 60 %, and the spend expected within 365 days is above 300",
        "90天内的流失概率大于60%，并且365天内的预期消费大于300",
    );
    check(
        "rfm(frequency) >= 4 and rfm(monetary) <= 2",
        "the frequency score is at least 4, and the monetary score is at most 2",
        "频度（F）得分不少于4，并且额度（M）得分不超过2",
    );
    check("count(order, next 90d) = 0", "no order in the next 90 days", "未来90天内没有下单");
    check(
        "count(order, 90d ending 30d ago) = 1 or missing(country)",
        "exactly 1 order in the 90 days that ended 30 days ago, or the country is not known",
        "截至30天前的90天内恰好有1次下单，或者国家未知",
    );
    check(
        "not (count(order) = 0 or days_since(order) >= 90)",
        "it is not so that (no order so far, or the time since the last order is at least 90 days)",
        "并非（从未下单，或者距最近一次下单的时间不少于90天）",
    );
    check(
        "first(event.campaign) in ('meta', 'google') and count(order where channel != 'amazon' and hour between 18 and 23) > 1",
        "the first known campaign of events is one of 'google', 'meta', and more than 1 order with channel other than 'amazon' and hour between 18 and 23",
        "任意行为首个已知的营销活动是“google”、“meta”之一，并且多于1次（渠道不是“amazon”且小时在18到23之间的）下单",
    );
    check(
        "(rfm(frequency) + rfm(monetary)) / 2 > 3",
        "(the frequency score plus the monetary score) divided by 2 is above 3",
        "（频度（F）得分加额度（M）得分）除以2大于3",
    );
    check(
        "percentile(sum(order.amount, 365d)) >= 90%",
        "the rank among all customers by the total amount of orders in the last 365 days is at least 90 %",
        "过去365天内下单的金额总和在全部客户中的百分位不少于90%",
    );
    check(
        "avg(order.amount) * count(order, 365d)",
        "the average amount of orders times the number of orders in the last 365 days",
        "下单的平均金额乘以过去365天内下单的次数",
    );
    check(
        "gap_deviation(order) / 7",
        "the standard deviation of the gaps between orders divided by 7",
        "下单间隔的标准差除以7",
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn everything_has_a_reading(body in body()) {
        for text in [reading(&body), reading_zh(&body)] {
            prop_assert!(!text.is_empty() && text.trim() == text, "{}", text);
        }
    }
}
