//! Two sets of features and customers to measure with; shared with the benchmark.

use tenure_behaviour::expression::{
    Aggregate, Attribute, Body, Comparison, Condition, Definition, Expression, Filter, Function,
    NumberAttribute, Selector, TextAttribute, Type, Window,
};
use tenure_behaviour::{Fact, Symbol};
use tenure_core::{Duration, Timestamp};

const AMOUNT: Option<Attribute> = Some(Attribute::Number(NumberAttribute::Amount));
const WINDOWS: [u32; 7] = [7, 14, 30, 60, 90, 180, 365];

fn ask(function: Function, kind: &str, attribute: Option<Attribute>, days: Option<u32>) -> Definition {
    let window = days.map_or(Window::Always, |days| Window::Past {
        length: Duration::from_days(days),
        lag: Duration::ZERO,
    });
    let selector = Selector { kind: (kind != "event").then(|| kind.parse().unwrap()), filter: None };
    let aggregate = Aggregate { function, selector, attribute, window };
    Definition { name: "feature".into(), body: Body::Value(Expression::Aggregate(aggregate)) }
}

/// Counts and spend over seven windows, totals, extremes, ages and gaps: 37 values.
pub(crate) fn windows_and_totals() -> Vec<Definition> {
    use Function as F;
    let duration = Some(Attribute::Number(NumberAttribute::Duration));
    let mut all = vec![
        ask(F::Count, "order", None, None),
        ask(F::Sum, "order", AMOUNT, None),
        ask(F::Max, "order", AMOUNT, None),
        ask(F::Last, "order", AMOUNT, None),
        ask(F::DaysSince, "order", None, None),
        ask(F::DaysSinceFirst, "event", None, None),
        ask(F::Sum, "session", duration, None),
        ask(F::MeanGap, "order", None, None),
        ask(F::GapDeviation, "order", None, None),
    ];
    for days in WINDOWS.map(Some) {
        all.push(ask(F::Count, "order", None, days));
        all.push(ask(F::Sum, "order", AMOUNT, days));
        all.push(ask(F::Count, "product_view", None, days));
        all.push(ask(F::Count, "add_to_cart", None, days));
    }
    all
}

/// The same and what a shop usually asks besides: e-mails, discounts, categories, channels, refunds, visits.
pub(crate) fn usual() -> Vec<Definition> {
    use Function as F;
    let discount = Some(Attribute::Number(NumberAttribute::Discount));
    let text = |text| Some(Attribute::Text(text));
    let mut all = windows_and_totals();
    for days in WINDOWS.map(Some) {
        for kind in ["session", "email_send", "email_open", "email_click", "checkout_start"] {
            all.push(ask(F::Count, kind, None, days));
        }
    }
    all.push(ask(F::Sum, "order", discount, Some(365)));
    all.push(ask(F::Sum, "refund", AMOUNT, Some(365)));
    all.push(ask(F::Distinct, "order", text(TextAttribute::Category), Some(180)));
    all.push(ask(F::Last, "order", text(TextAttribute::Channel), None));
    all.push(amazon_orders());
    all
}

fn amazon_orders() -> Definition {
    let mut amazon = ask(Function::Count, "order", None, Some(180));
    if let Body::Value(Expression::Aggregate(aggregate)) = &mut amazon.body {
        let names = vec!["amazon".into()];
        aggregate.selector.filter = Some(Filter::OneOf { attribute: TextAttribute::Channel, names });
    }
    amazon
}

/// `count(order, 90d) >= 2 and days_since(order) <= 30 and sum(order.amount, 365d) > 100`.
pub(crate) fn condition() -> Definition {
    let part = |definition: Definition, comparison, value| {
        let Body::Value(left) = definition.body else { panic!("not a value") };
        let right = Expression::Number { value, measures: Type::Count };
        Condition::Compare { left, comparison, right }
    };
    let body = Body::Truth(Condition::All(vec![
        part(ask(Function::Count, "order", None, Some(90)), Comparison::AtLeast, 2.0),
        part(ask(Function::DaysSince, "order", None, None), Comparison::AtMost, 30.0),
        part(ask(Function::Sum, "order", AMOUNT, Some(365)), Comparison::Greater, 100.0),
    ]));
    Definition { name: "loyal".into(), body }
}

/// A small generator of its own: `SplitMix64`.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// In (0, 1).
    pub(crate) fn unit(&mut self) -> f64 {
        ((self.bits() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    /// Gamma of shape 0.6 and mean 1: most customers do little, some a lot (Marsaglia and Tsang, 2000).
    fn rate(&mut self) -> f64 {
        let (d, c) = (1.6 - 1.0 / 3.0, 1.0 / (9.0 * (1.6 - 1.0 / 3.0_f64)).sqrt());
        loop {
            let normal = (-2.0 * self.unit().ln()).sqrt() * (std::f64::consts::TAU * self.unit()).cos();
            let v = (1.0 + c * normal).powi(3);
            if v > 0.0 && self.unit().ln() < 0.5 * normal * normal + d - d * v + d * v.ln() {
                return d * v * self.unit().powf(1.0 / 0.6) / 0.6;
            }
        }
    }
}

/// Customers with about 50 events each in two years, in known order.
pub(crate) fn customers(count: usize, with_ids: bool) -> Vec<Vec<Fact>> {
    let mut random = Random(7);
    (0..count).map(|_| customer(&mut random, with_ids)).collect()
}

fn customer(random: &mut Random, with_ids: bool) -> Vec<Fact> {
    let kinds = ["product_view", "add_to_cart", "order", "email_open", "session"].map(Symbol::of);
    let shares = [0.62, 0.74, 0.82, 0.90, 1.0];
    let categories = ["a", "b", "c", "d"].map(Symbol::of);
    let channels = ["shop", "amazon"].map(Symbol::of);
    let events = (50.0 * random.rate()).round() as usize;
    let mut facts: Vec<Fact> = (0..events)
        .map(|_| {
            let us = 1_704_067_200_000_000 + (random.unit() * 730.0 * 86_400e6) as i64;
            let drawn = random.unit();
            let kind = shares.iter().position(|share| drawn < *share).unwrap_or(0);
            let mut fact = Fact::new(kinds[kind], Timestamp::from_microseconds(us).unwrap());
            if kind == 2 {
                fact.amount = Some((3_600.0 * (0.5 + random.unit())) as i64);
                fact.category = categories[random.bits() as usize % 4];
                fact.channel = channels[random.bits() as usize % 2];
            }
            if kind == 4 {
                fact.duration = Some((180e6 * -random.unit().ln()) as i64);
            }
            if with_ids {
                fact.event_id = Symbol::from_bits(random.bits() | 1);
                fact.order_id = Symbol::from_bits(if kind == 2 { random.bits() | 1 } else { 0 });
            }
            fact
        })
        .collect();
    facts.sort_by_key(Fact::known_at);
    facts
}
