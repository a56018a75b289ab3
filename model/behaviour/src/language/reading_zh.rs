//! Plain Chinese for what was compiled.

use tenure_core::{Duration, EventKind};

use crate::expression::{
    Aggregate, Arithmetic, Attribute, Body, CalendarPart, Comparison, Condition, Expression, Filter,
    Function, NumberAttribute, Prediction, RfmMeasure, Selector, TextAttribute, Type, Window,
};

use super::reading::{part, percent, seconds};

/// What a value or condition says, in Chinese.
///
/// ```
/// use tenure_behaviour::language::{Scope, compile_expression, reading_zh};
/// let loyal = compile_expression("count(order, 90d) >= 2 and country = 'DE'", &Scope::features())?;
/// assert_eq!(reading_zh(&loyal), "过去90天内至少有2次下单，并且国家是“DE”");
/// # Ok::<(), tenure_behaviour::language::LanguageError>(())
/// ```
#[must_use]
pub fn reading_zh(body: &Body) -> String {
    match body {
        Body::Value(of) => value(of),
        Body::Truth(of) => condition(of),
    }
}

fn kind(of: Option<&EventKind>) -> String {
    let Some(of) = of else { return "任意行为".into() };
    match of.as_str() {
        "order" => "下单",
        "refund" => "退款",
        "order_cancel" => "取消订单",
        "product_view" => "商品浏览",
        "add_to_cart" => "加购",
        "checkout_start" => "结账",
        "session" => "访问",
        "email_send" => "邮件发送",
        "email_open" => "邮件打开",
        "email_click" => "邮件点击",
        "sms_click" => "短信点击",
        "loyalty_earn" => "积分获得",
        "loyalty_redeem" => "积分兑换",
        "referral" => "推荐",
        "review" => "评价",
        "nps" => "NPS评分",
        "subscription_start" => "开始订阅",
        "subscription_cancel" => "取消订阅",
        own => return format!("“{own}”行为"),
    }
    .into()
}

fn events(of: &Selector) -> String {
    let kind = kind(of.kind.as_ref());
    of.filter.as_ref().map_or_else(|| kind.clone(), |of| format!("（{}的）{kind}", filter(of)))
}

fn length(of: Duration) -> String {
    let text = of.to_string();
    let (number, unit) = text.split_at(text.find(|at: char| !at.is_ascii_digit()).unwrap_or(text.len()));
    let unit = match unit {
        "d" => "天",
        "h" => "小时",
        "m" => "分钟",
        "s" => "秒",
        _ => "微秒",
    };
    format!("{number}{unit}")
}

fn window(of: Window) -> String {
    match of {
        Window::Always => String::new(),
        Window::Past { length: long, lag: Duration::ZERO } => format!("过去{}内", length(long)),
        Window::Past { length: long, lag } => format!("截至{}前的{}内", length(lag), length(long)),
        Window::Next(horizon) => format!("未来{}内", length(horizon.length())),
    }
}

fn attribute(of: Attribute) -> &'static str {
    match of {
        Attribute::Number(NumberAttribute::Amount) => "金额",
        Attribute::Number(NumberAttribute::GrossAmount) => "下单金额",
        Attribute::Number(NumberAttribute::Discount) => "优惠金额",
        Attribute::Number(NumberAttribute::Duration) => "时长",
        Attribute::Number(NumberAttribute::Quantity) => "数量",
        Attribute::Number(NumberAttribute::Rating) => "评分",
        Attribute::Number(NumberAttribute::Month) => "月份",
        Attribute::Number(NumberAttribute::DayOfMonth) => "日期（日）",
        Attribute::Number(NumberAttribute::Weekday) => "星期",
        Attribute::Number(NumberAttribute::Hour) => "小时",
        Attribute::Text(TextAttribute::Product) => "商品",
        Attribute::Text(TextAttribute::Category) => "品类",
        Attribute::Text(TextAttribute::Channel) => "渠道",
        Attribute::Text(TextAttribute::Campaign) => "营销活动",
        Attribute::Text(TextAttribute::Device) => "设备",
        Attribute::Text(TextAttribute::Country) => "国家",
        Attribute::Text(TextAttribute::OrderId) => "订单号",
        Attribute::Text(TextAttribute::Day) => "日子",
    }
}

fn aggregate(of: &Aggregate) -> String {
    let (events, when) = (events(&of.selector), window(of.window));
    let what = of.attribute.map_or("", attribute);
    match of.function {
        Function::Count => format!("{when}{events}的次数"),
        Function::Sum => format!("{when}{events}的{what}总和"),
        Function::Average => format!("{when}{events}的平均{what}"),
        Function::Min => format!("{when}{events}的最小{what}"),
        Function::Max => format!("{when}{events}的最大{what}"),
        Function::Last if !of.to_string().contains('(') => what.into(),
        Function::First => format!("{when}{events}首个已知的{what}"),
        Function::Last => format!("{when}{events}最近已知的{what}"),
        Function::Distinct => format!("{when}{events}涉及的不同{what}数"),
        Function::DaysSince => format!("距{when}最近一次{events}的时间"),
        Function::DaysSinceFirst => format!("距{when}首次{events}的时间"),
        Function::DaysToFirst => format!("从首次行为到{when}首次{events}的时间"),
        Function::MeanGap => format!("{when}{events}的平均间隔"),
        Function::GapDeviation => format!("{when}{events}间隔的标准差"),
    }
}

fn value(of: &Expression) -> String {
    match of {
        Expression::Number { value, measures } => number(*value, *measures),
        Expression::Text(text) => format!("“{text}”"),
        Expression::Aggregate(of) => aggregate(of),
        Expression::Trend(of) => format!("{}与前一同长时段之比", aggregate(of)),
        Expression::Arithmetic { operator, left, right } => {
            let word = match operator {
                Arithmetic::Add => "加",
                Arithmetic::Subtract => "减",
                Arithmetic::Multiply => "乘以",
                Arithmetic::Divide => "除以",
            };
            format!("{}{word}{}", inner(left), inner(right))
        }
        Expression::Calendar(CalendarPart::Month) => "当前月份".into(),
        Expression::Calendar(CalendarPart::DayOfMonth) => "当月第几天".into(),
        Expression::Calendar(CalendarPart::DayOfYear) => "当年第几天".into(),
        Expression::Calendar(CalendarPart::Weekday) => "星期几（周一为1）".into(),
        Expression::Rfm(RfmMeasure::Recency) => "近度（R）得分".into(),
        Expression::Rfm(RfmMeasure::Frequency) => "频度（F）得分".into(),
        Expression::Rfm(RfmMeasure::Monetary) => "额度（M）得分".into(),
        Expression::Percentile(of) => format!("{}在全部客户中的百分位", inner(of)),
        Expression::Prediction(of) => prediction(*of),
    }
}

fn inner(of: &Expression) -> String {
    part(of, value, ["（", "）"])
}

fn prediction(of: Prediction) -> String {
    match of {
        Prediction::ChurnProbability(horizon) => format!("{}内的流失概率", length(horizon.length())),
        Prediction::Clv(horizon) => format!("{}内的预期消费", length(horizon.length())),
        Prediction::ExpectedOrders(horizon) => format!("{}内的预期订单数", length(horizon.length())),
        Prediction::PAlive => "仍为活跃客户的概率".into(),
    }
}

fn number(value: f64, measures: Type) -> String {
    match measures {
        Type::Days => format!("{value}天"),
        Type::Duration => seconds(value, length, "负"),
        Type::Share => format!("{}%", percent(value)),
        Type::Count | Type::Money | Type::Score | Type::Text => value.to_string(),
    }
}

const fn comparison(of: Comparison) -> &'static str {
    match of {
        Comparison::Equal => "是",
        Comparison::NotEqual => "不是",
        Comparison::Less => "小于",
        Comparison::AtMost => "不超过",
        Comparison::Greater => "大于",
        Comparison::AtLeast => "不少于",
    }
}

fn condition(of: &Condition) -> String {
    if let Some((middle, word, [low, high])) = of.as_between() {
        let is = if word == "between" { "在" } else { "不在" };
        return format!("{}{is}{}到{}之间", value(middle), value(low), value(high));
    }
    match of {
        Condition::All(parts) if parts.is_empty() => "所有客户".into(),
        Condition::Any(parts) if parts.is_empty() => "没有客户".into(),
        Condition::All(parts) => joined(parts, "，并且"),
        Condition::Any(parts) => joined(parts, "，或者"),
        Condition::Not(inner) => negation(inner),
        Condition::Compare { left, comparison: sign, right } => compare(left, *sign, right),
        Condition::OneOf { value: of, names } => format!("{}是{}之一", value(of), quoted(names)),
        Condition::Missing(of) => format!("{}未知", value(of)),
        Condition::FollowedBy { first, then, within } => {
            format!("最近一次{}后{}内有{}", events(first), length(*within), events(then))
        }
    }
}

fn negation(of: &Condition) -> String {
    if let Condition::FollowedBy { first, then, within } = of {
        format!("最近一次{}后{}内没有{}", events(first), length(*within), events(then))
    } else if let Condition::Missing(of) = of {
        format!("{}已知", value(of))
    } else {
        format!("并非（{}）", condition(of))
    }
}

fn joined(parts: &[Condition], word: &str) -> String {
    let part = |part: &Condition| {
        let text = condition(part);
        if part.has_parts() { format!("（{text}）") } else { text }
    };
    parts.iter().map(part).collect::<Vec<_>>().join(word)
}

fn compare(left: &Expression, sign: Comparison, right: &Expression) -> String {
    if let (
        Expression::Aggregate(Aggregate { function: Function::Count, selector, window: when, .. }),
        Expression::Number { value: count, .. },
    ) = (left, right)
    {
        let (events, when) = (events(selector), window(*when));
        return match sign {
            Comparison::Equal if *count == 0.0 && when.is_empty() => format!("从未{events}"),
            Comparison::Equal if *count == 0.0 => format!("{when}没有{events}"),
            Comparison::Greater if *count == 0.0 => format!("{when}至少有1次{events}"),
            Comparison::Equal => format!("{when}恰好有{count}次{events}"),
            Comparison::NotEqual => format!("{when}{events}次数不是{count}"),
            Comparison::Less => format!("{when}少于{count}次{events}"),
            Comparison::AtMost => format!("{when}至多有{count}次{events}"),
            Comparison::Greater => format!("{when}多于{count}次{events}"),
            Comparison::AtLeast => format!("{when}至少有{count}次{events}"),
        };
    }
    format!("{}{}{}", value(left), comparison(sign), value(right))
}

fn quoted(names: &[Box<str>]) -> String {
    names.iter().map(|name| format!("“{name}”")).collect::<Vec<_>>().join("、")
}

fn filter(of: &Filter) -> String {
    let joined = |parts: &[Filter], word: &str| {
        let part = |part: &Filter| {
            let text = filter(part);
            if part.has_parts() { format!("（{text}）") } else { text }
        };
        parts.iter().map(part).collect::<Vec<_>>().join(word)
    };
    if let Some((of, word, [low, high])) = of.as_between() {
        let (low, high) = (number(low, of.measures()), number(high, of.measures()));
        let is = if word == "between" { "在" } else { "不在" };
        return format!("{}{is}{low}到{high}之间", attribute(Attribute::Number(of)));
    }
    if let Some((of, names)) = of.as_none_of() {
        return format!("{}不是{}", attribute(Attribute::Text(of)), quoted(names).replace('、', "或"));
    }
    match of {
        Filter::All(parts) => joined(parts, "且"),
        Filter::Any(parts) => joined(parts, "或"),
        Filter::Not(inner) => format!("并非{}", joined(std::slice::from_ref(inner), "")),
        Filter::Number { attribute: of, comparison: sign, value } => {
            let name = attribute(Attribute::Number(*of));
            format!("{name}{}{}", comparison(*sign), number(*value, of.measures()))
        }
        Filter::OneOf { attribute: of, names } => {
            format!("{}为{}", attribute(Attribute::Text(*of)), quoted(names).replace('、', "或"))
        }
        Filter::Present(of) => format!("有{}", attribute(Attribute::Text(*of))),
    }
}
