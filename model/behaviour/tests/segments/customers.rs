//! Customers made by hand, as lines such as `order 30d amount=100 channel=amazon`.

use tenure_behaviour::fold::{CustomerState, Program, Settings, Surroundings};
use tenure_behaviour::rfm::RfmCutPoints;
use tenure_behaviour::segments::{Assignment, Rules, STANDARD, SegmentBook};
use tenure_behaviour::{Fact, Symbol};
use tenure_core::{AsOf, Currency, Duration, Money, TimeZone, Timestamp};

pub(crate) fn settings() -> Settings {
    Settings { currency: Currency::USD, time_zone: TimeZone::utc() }
}

pub(crate) fn as_of() -> AsOf {
    AsOf::new(Timestamp::parse("2026-06-15T12:00:00Z", &TimeZone::utc()).unwrap())
}

/// The shipped book, with its program.
pub(crate) struct Standard {
    pub(crate) book: SegmentBook,
    pub(crate) program: Program,
}

impl Standard {
    pub(crate) fn new() -> Self {
        let book = match SegmentBook::compile(STANDARD, &Rules::standard()) {
            Ok(book) => book,
            Err(errors) => {
                let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
                panic!("{}", lines.join("\n"))
            }
        };
        let program = book.program(&settings()).unwrap();
        Self { book, program }
    }

    pub(crate) fn state(&self, lines: &[&str]) -> CustomerState {
        let mut facts: Vec<Fact> = lines.iter().map(|line| fact(line)).collect();
        facts.sort_by_key(Fact::known_at);
        let mut state = CustomerState::new(&self.program);
        for fact in &facts {
            let _ = state.apply(&self.program, fact);
        }
        state
    }

    pub(crate) fn assign(&self, lines: &[&str], surroundings: &Surroundings<'_>) -> Assignment<'_> {
        self.book.assign(&self.program, &self.state(lines), surroundings).unwrap()
    }
}

/// Fifths at 10, 20, 30 and 40 days, at 1 to 4 days with orders, and at 100 to 400 dollars.
pub(crate) fn cuts() -> RfmCutPoints {
    let days = [10, 20, 30, 40].map(|days| Duration::from_days(days).microseconds());
    RfmCutPoints::new(days, [1, 2, 3, 4], [10_000, 20_000, 30_000, 40_000]).unwrap()
}

/// A fact of a time before the as-of, such as `30d`, or at a date, such as `2025-11-28`.
pub(crate) fn fact(line: &str) -> Fact {
    let mut words = line.split_whitespace();
    let (kind, when) = (words.next().unwrap(), words.next().unwrap());
    let at = match when.parse::<Duration>() {
        Ok(ago) => as_of().instant().saturating_sub(ago),
        Err(_) => Timestamp::parse(when, &TimeZone::utc()).unwrap(),
    };
    let mut fact = Fact::new(Symbol::of(kind), at);
    let money = |value: &str| Some(Money::parse(value, Currency::USD).unwrap().minor_units());
    for word in words {
        let (name, value) = word.split_once('=').unwrap();
        match name {
            "amount" => fact.amount = money(value),
            "discount" => fact.discount = money(value),
            "duration" => fact.duration = Some(value.parse::<Duration>().unwrap().microseconds()),
            "rating" => fact.rating = Some(value.parse().unwrap()),
            "order_id" => fact.order_id = Symbol::of(value),
            "category" => fact.category = Symbol::of(value),
            "channel" => fact.channel = Symbol::of(value),
            "device" => fact.device = Symbol::of(value),
            "country" => fact.country = Symbol::of(value),
            other => panic!("no attribute {other}"),
        }
    }
    fact
}
