//! Rows in training are rows in serving.

use tenure_behaviour::fold::Settings;
use tenure_bundle::{RowReader, SpendBasis};
use tenure_core::{AsOf, Currency, TimeZone};

use super::grid;
use super::snapshot::{Plan, take};
use crate::Recipe;
use crate::candidate::OrderKind;
use crate::sample::{book, day, horizon, rule, shop};

#[test]
fn a_row_in_training_is_the_row_in_serving() {
    let (book, rule) = (book(&shop(200, 700.0)), rule());
    let histories = book.sorted();
    let settings = Settings { currency: Currency::USD, time_zone: TimeZone::utc() };
    let definitions = Recipe::standard_definitions();
    let plan = Plan {
        horizon: horizon(90),
        asked: horizon(90),
        rule: &rule,
        kind: OrderKind::MbgNbd,
        basis: SpendBasis::AllOrders,
        penalizer: 0.0,
        definitions: &definitions,
        settings: &settings,
        churn: None,
    };
    let as_of = AsOf::new(day(20_700.0));
    let dates = grid::dates(day(20_000.0), as_of, horizon(90), &rule);
    let found = take(&histories, &book, as_of, &dates, plan).unwrap().unwrap();
    assert!(found.columns.len() > 20 && found.all.len() > 5, "{:?}", found.columns);
    let reader = RowReader::new(&found.definitions, &found.columns, &settings).unwrap();
    for snapshot in std::iter::once(&found.now).chain(&found.all) {
        let date = snapshot.date.as_of;
        let known: Vec<_> = histories.iter().filter(|(_, history)| history.has_order_before(date)).collect();
        assert_eq!(known.len() * found.columns.len(), snapshot.rows.len());
        for (at, (_, history)) in known.iter().enumerate().step_by(7) {
            let mut state = tenure_behaviour::fold::CustomerState::new(reader.program());
            for fact in history.facts().take_while(|fact| date.knows(fact.known_at())) {
                state.apply(reader.program(), &fact);
            }
            let (mut values, mut row) = (Vec::new(), Vec::new());
            reader.read(&state, date, &snapshot.base[at], &mut values, &mut row);
            let trained = &snapshot.rows[at * row.len()..(at + 1) * row.len()];
            let bits = |row: &[f32]| row.iter().map(|one| one.to_bits()).collect::<Vec<u32>>();
            assert_eq!(bits(&row), bits(trained), "{date}");
        }
    }
}
