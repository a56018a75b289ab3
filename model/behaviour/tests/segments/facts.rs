//! What the proof takes for granted about terms, against the fold: random customers never do what was proved
//! impossible.

use proptest::prelude::*;
use tenure_behaviour::expression::{Body, Definition};
use tenure_behaviour::fold::{CustomerState, Program, Surroundings};
use tenure_behaviour::language::{Scope, compile_condition};
use tenure_behaviour::rfm::RfmCutPoints;
use tenure_behaviour::segments::{Findings, NODE_LIMIT, prove};
use tenure_behaviour::{Fact, Symbol};
use tenure_core::Duration;

use crate::customers::{Standard, as_of, cuts, settings};

/// Conditions about terms that know of each other.
const CONDITIONS: &[&str] = &[
    "count(order) = 0",
    "count(order) = 1",
    "count(order) >= 3",
    "count(order, 10d) >= 1",
    "count(order, 20d) >= 2",
    "count(order, 10d ending 10d ago) >= 2",
    "count(order where discount > 0) >= 1",
    "count(order where discount > 0 and channel = 'amazon', 20d) >= 1",
    "count(event) <= 2",
    "count(event, 10d) = 0",
    "days_since(order) <= 10",
    "days_since(order) < 10",
    "days_since(order) > 20",
    "days_since(order, 20d) > 10",
    "days_since_first(order) <= 10",
    "days_since(order where discount > 0) <= 20",
    "days_since(event) > 10",
    "days_to_first(order) = 0",
    "missing(avg(order.amount))",
    "avg(order.amount) < 0",
    "sum(order.amount) < 0",
    "sum(order.amount) > 50",
    "sum(order.gross_amount, 20d) = 0",
    "sum(order.gross_amount) > 50",
    "sum(refund.amount) > 0",
    "missing(min(order.discount))",
    "max(order.discount) >= 0",
    "distinct(order.channel) >= 2",
    "distinct(order.day) = 0",
    "distinct(order.day, 10d) >= 1",
    "missing(mean_gap(order))",
    "mean_gap(order) >= 0",
    "gap_deviation(order) >= 0",
    "missing(last(order.channel))",
    "last(order.channel) = 'amazon'",
    "first(order.channel) != 'amazon'",
    "trend(count(order), 10d) = 0",
    "trend(count(order), 10d) > 1",
    "missing(trend(count(order), 10d))",
    "ratio(count(order where discount > 0), count(order)) = 0",
    "ratio(count(order where discount > 0), count(order)) >= 0.5",
    "ratio(count(order where discount > 0), count(order)) > 1",
    "missing(ratio(count(order where discount > 0), count(order)))",
    "ratio(count(order, 10d), count(order, 20d)) < 1",
    "count(order) > count(session)",
    "count(order) <= count(event)",
    "followed_by(session, order, 5d)",
    "followed_by(session, order, 10d)",
    "followed_by(order, session, 10d)",
    "rfm(recency) >= 4",
    "rfm(monetary) = 1",
    "missing(rfm(frequency))",
    "first(order.channel) = last(order.channel)",
    "first(order.channel) != last(order.channel)",
];

fn fact() -> impl Strategy<Value = Fact> {
    let kind =
        prop::sample::select(vec!["order", "order", "order", "refund", "order_cancel", "session", "visit"]);
    let half_days = prop_oneof![3 => 0..60_i64, 2 => prop::sample::select(vec![20_i64, 40, 60])];
    (kind, half_days, 1..8_i64, 0..3_i64, 0..3_usize, 0..4_usize).prop_map(
        |(kind, half_days, amount, discount, channel, order)| {
            let ago = Duration::from_microseconds(half_days * 43_200_000_000).unwrap();
            let mut fact = Fact::new(Symbol::of(kind), as_of().instant().saturating_sub(ago));
            let id = ["", "a", "b", "c"][order];
            fact.order_id = Symbol::of(id);
            fact.channel = Symbol::of(["", "amazon", "shopify"][channel]);
            match kind {
                "order" => {
                    fact.amount = Some(amount * 1_500);
                    fact.discount = [None, Some(0), Some(300)][discount as usize];
                }
                "refund" => fact.amount = Some(-amount * 1_000),
                _ => {}
            }
            fact
        },
    )
}

fn state(program: &Program, facts: &[Fact]) -> CustomerState {
    let mut facts: Vec<Fact> = facts.iter().copied().filter(|fact| as_of().knows(fact.known_at())).collect();
    facts.sort_by_key(Fact::known_at);
    let mut state = CustomerState::new(program);
    for fact in &facts {
        let _ = state.apply(program, fact);
    }
    state
}

/// The program of all conditions, and for each pair the findings about the two.
struct Claims {
    program: Program,
    pairs: Vec<((usize, usize), Findings)>,
    cuts: RfmCutPoints,
}

impl Claims {
    fn new() -> Self {
        let compile = |text: &&str| match compile_condition(text, &Scope::features()) {
            Ok(condition) => condition,
            Err(error) => panic!("{error}"),
        };
        let conditions: Vec<_> = CONDITIONS.iter().map(compile).collect();
        let definition =
            |condition: &_| Definition { name: "x".into(), body: Body::Truth(Clone::clone(condition)) };
        let definitions: Vec<_> = conditions.iter().map(definition).collect();
        let all = (0..conditions.len()).flat_map(|one| (0..one).map(move |other| (other, one)));
        let prove = |(one, other): (usize, usize)| {
            let both = [conditions[one].clone(), conditions[other].clone()];
            ((one, other), prove(&both, NODE_LIMIT).unwrap())
        };
        let program = Program::compile(&definitions, &settings()).unwrap();
        Self { program, pairs: all.map(prove).collect(), cuts: cuts() }
    }
}

thread_local! {
    static CLAIMS: Claims = Claims::new();
    static STANDARD: Standard = Standard::new();
}

proptest! {
    #[test]
    fn no_customer_does_what_was_proved_impossible(facts in prop::collection::vec(fact(), 0..9), fitted: bool) {
        CLAIMS.with(|claims| {
            let state = state(&claims.program, &facts);
            let surroundings =
                Surroundings { rfm: fitted.then_some(&claims.cuts), ..Surroundings::at(as_of()) };
            let holds: Vec<bool> =
                (0..CONDITIONS.len()).map(|index| claims.program.holds(index, &state, &surroundings)).collect();
            for ((one, other), findings) in &claims.pairs {
                let pair = [holds[*one], holds[*other]];
                let words = format!("{} | {}: {pair:?}", CONDITIONS[*one], CONDITIONS[*other]);
                prop_assert!(findings.gap.is_some() || pair != [false, false], "no gap: {words}");
                prop_assert!(!findings.overlaps.is_empty() || pair != [true, true], "no overlap: {words}");
                prop_assert!(findings.dead.iter().all(|dead| !pair[*dead]), "dead: {words}");
                for contained in &findings.contained {
                    prop_assert!(!pair[contained.inner] || pair[contained.outer], "contained: {words}");
                }
            }
            Ok(())
        })?;
    }

    #[test]
    fn every_customer_is_in_one_segment_and_in_one_label_of_each_exclusive_family(
        facts in prop::collection::vec(fact(), 0..9),
        fitted: bool,
    ) {
        STANDARD.with(|standard| {
            let cuts = cuts();
            let state = state(&standard.program, &facts);
            let surroundings = Surroundings { rfm: fitted.then_some(&cuts), ..Surroundings::at(as_of()) };
            let primary = standard.book.primary();
            let n_in = (0..primary.len()).filter(|index| standard.program.holds(*index, &state, &surroundings));
            prop_assert_eq!(n_in.count(), 1);
            let assignment = standard.book.assign(&standard.program, &state, &surroundings).unwrap();
            for family in standard.book.families().iter().filter(|family| family.is_exclusive) {
                let of = assignment.labels.iter().filter(|label| label.family.as_ref() == Some(&family.id));
                prop_assert_eq!(of.count(), 1, "{}", family.id);
            }
            let n_conditions = primary.len() + standard.book.labels().len();
            let changes = (0..n_conditions)
                .filter_map(|index| standard.program.next_change(index, &state, &surroundings));
            let next = standard.book.next_change(&standard.program, &state, &surroundings);
            prop_assert_eq!(next, changes.min(), "the book asks fewer conditions, and misses nothing");
            Ok(())
        })?;
    }
}

/// What is proved of two conditions: `apart` if no customer has both, `whole` if every customer has one at least.
#[track_caller]
fn check(one: &str, other: &str, apart: bool, whole: bool) {
    let conditions = [one, other].map(|text| match compile_condition(text, &Scope::features()) {
        Ok(condition) => condition,
        Err(error) => panic!("{error}"),
    });
    let findings = prove(&conditions, NODE_LIMIT).unwrap();
    assert_eq!((findings.overlaps.is_empty(), findings.gap.is_none()), (apart, whole), "{findings:?}");
}

#[test]
fn what_windows_counts_and_silence_say_about_each_other_is_known() {
    // The start of a window belongs to it, so 10 days of silence are within 10 days.
    check("days_since(order) <= 10", "count(order, 10d) = 0", true, true);
    check("days_since(order) < 10", "count(order, 10d) = 0", true, false);
    check("count(order) = 0", "days_since(order) > 0", true, true);
    check("missing(days_since(order))", "count(order) >= 1", true, true);
    check("count(order, 30d) >= 2", "count(order, 90d) <= 1", true, false);
    check("count(order, 30d) >= 2", "count(order, 10d ending 20d ago) <= 1", false, true);
    check("count(order where discount > 0) >= 1", "count(order) = 0", true, false);
    check(
        "count(order where discount > 0 and amount > 9) >= 1",
        "count(order where amount > 9) = 0",
        true,
        false,
    );
    check("count(order where amount > 9) >= 1", "count(order where discount > 0) = 0", false, false);
    check("count(order) >= 1", "count(event) = 0", true, false);
    check("avg(order.amount) > 9", "count(order) = 0", true, false);
    check("avg(order.amount) > 9", "missing(avg(order.amount)) or avg(order.amount) <= 9", true, true);
    check("sum(order.gross_amount) > 0", "count(order) = 0", true, false);
    // A refund that names no order lowers the sum of orders where there is none.
    check("sum(order.amount) < 0", "count(order) = 0", false, false);
    check("sum(order.amount) > 0", "count(order) = 0", true, false);
    check("sum(session.duration) >= 0s", "count(order) = 0", false, true);
    check("distinct(order.category) > 1", "count(order) <= 1", true, false);
    check("mean_gap(order) >= 0", "count(order) <= 1", true, false);
    check("gap_deviation(order) >= 0", "count(order) <= 2", true, false);
    check("days_since_first(order) <= 30", "days_since(order) > 30", true, false);
    check("trend(count(order), 30d) > 0", "count(order, 30d) = 0", true, false);
    check("missing(trend(count(order), 30d))", "count(order, 30d ending 30d ago) >= 1", true, true);
    check("followed_by(session, order, 1d)", "not followed_by(session, order, 2d)", true, false);
    check("followed_by(session, order, 1d)", "count(session) = 0", true, false);
    check("rfm(recency) >= 1", "missing(rfm(monetary))", true, true);
    check("rfm(recency) >= 1", "count(order) = 0", true, false);
    check("churn_probability(30d) < 0.2", "churn_probability(90d) > 0.5", true, false);
    check("country = 'DE'", "country != 'DE'", true, false);
    check("country = 'DE'", "not country = 'DE'", true, true);
    check("country in ('DE', 'AT')", "country = 'AT'", false, false);
    check("country in ('DE', 'AT')", "country = 'US'", true, false);
    check("missing(country) or country != 'DE'", "country = 'DE'", true, true);
    check("last(order.channel) = 'amazon'", "count(order) = 0", true, false);
    check(
        "first(order.channel) = last(order.channel)",
        "first(order.channel) != last(order.channel)",
        true,
        false,
    );
    check("rfm(recency) > 2 and rfm(recency) < 4", "rfm(recency) = 3", false, false);
    check("rfm(recency) > 2 and rfm(recency) < 3", "count(order) = 0", true, false);
    check("month() <= 6", "month() > 6", true, true);
    check("percentile(sum(order.amount)) >= 0", "missing(percentile(sum(order.amount)))", true, true);
    check("count(order) > count(session)", "count(session) < count(order)", false, false);
    check("count(order) > count(session)", "count(session) >= count(order)", true, true);
    check("ratio(count(order, 9d), count(order)) > 1", "count(order) = 0", true, false);
    check("ratio(count(order, 9d), count(order)) = 0", "count(order, 9d) = 0", false, false);
    check("ratio(count(order, 9d), count(order)) > 0", "count(order, 9d) = 0", true, true);
}
