//! Rows in training are rows in serving, and what was sent back is no spend.

use tenure_behaviour::fold::Settings;
use tenure_bundle::{Level, RowReader, SpendBasis};
use tenure_core::{AsOf, Currency, TimeZone};
use tenure_predict::LogitShift;

use super::grid;
use super::snapshot::{Plan, Snapshot, Snapshots, take};
use super::stage::Stage;
use super::trees::{self, Making, Margins, ROUNDS};
use crate::candidate::OrderKind;
use crate::choice::Candidate;
use crate::level::LevelRule;
use crate::sample::{book, day, horizon, recipe, rule, shop};
use crate::{OrderBook, Recipe};

fn settings() -> Settings {
    Settings { currency: Currency::USD, time_zone: TimeZone::utc() }
}

/// Such a shop at past dates and at day 20,700.
pub(super) fn looked_at(book: &OrderBook) -> Snapshots {
    let (rule, settings, definitions) = (rule(), settings(), Recipe::standard_definitions());
    let plan = Plan {
        horizon: horizon(90),
        asked: horizon(90),
        clv_horizon: horizon(365),
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
    take(&book.sorted(), book, as_of, &dates, plan).unwrap().unwrap()
}

/// What a [`Stage`] at day 20,700 borrows, with the level of the purchase model's churn, orders and value.
pub(super) struct Staging {
    recipe: Recipe,
    settings: Settings,
    level: Level,
}

impl Staging {
    pub(super) fn new(level: Level) -> Self {
        Self { recipe: recipe(20_700.0), settings: settings(), level }
    }

    pub(super) fn stage(&self) -> Stage<'_> {
        let candidate =
            Candidate { kind: OrderKind::MbgNbd, basis: SpendBasis::AllOrders, level: LevelRule::None };
        let over = (day(20_000.0), self.recipe.horizon);
        Stage::of(&self.recipe, &self.settings, over, (candidate, &self.level))
    }
}

/// So many log-odds further from ordering than the purchase model said, evenly: nothing is left to chance.
pub(super) fn shift(snapshot: &mut Snapshot, by: f64) {
    stay_away(snapshot, LogitShift::new(by, 1.0).unwrap());
}

/// As many of whom the purchase model says the same stay away as it says on a line.
pub(super) fn stay_away(snapshot: &mut Snapshot, line: LogitShift) {
    // In the order of what is said, so that each neighbourhood has its share.
    let mut places: Vec<usize> = (0..snapshot.base.len()).collect();
    places.sort_by(|one, other| snapshot.base[*one].p_no_order.total_cmp(&snapshot.base[*other].p_no_order));
    let mut carried = 0.5;
    for at in places {
        let silent = &mut snapshot.silent[at];
        carried += line.apply(snapshot.base[at].p_no_order);
        *silent = carried >= 1.0;
        carried -= f64::from(u8::from(*silent));
    }
}

#[test]
fn spend_is_learned_of_all_who_ordered_also_of_those_who_sent_all_back() {
    let mut found = looked_at(&book(&shop(400, 700.0)));
    // Every other one who ordered sends all back; the rest spend 80.
    for snapshot in &mut found.all {
        let ordered = (0..snapshot.silent.len()).filter(|at| !snapshot.silent[*at]).enumerate();
        ordered.for_each(|(place, at)| snapshot.spent[at] = 80.0 * (place % 2) as f64);
    }
    let all: Vec<&Snapshot> = found.all.iter().collect();
    let (usual, width) = (trees::usual(), found.columns.len());
    let making = Making::corrections(&usual);
    let path = trees::fit(&all, &found.now, width, making).unwrap().unwrap();
    let (mut predicted, mut spent, mut purchases) = (0.0, 0.0, 0.0);
    for snapshot in all {
        let margins = Margins::of(&path, snapshot);
        for at in (0..snapshot.silent.len()).filter(|at| !snapshot.silent[*at]) {
            predicted += (snapshot.base[at].spend_margin() + margins.spend[ROUNDS.len() - 1][at]).exp();
            purchases += snapshot.base[at].spend_margin().exp();
            spent += snapshot.spent[at];
        }
    }
    assert!((predicted / spent - 1.0).abs() < 0.15, "{predicted} {spent}");
    // What the trees start from knows nothing of it.
    assert!(purchases / spent > 1.3, "{purchases} {spent}");
}

#[test]
fn a_row_in_training_is_the_row_in_serving() {
    let book = book(&shop(200, 700.0));
    let (histories, settings, found) = (book.sorted(), settings(), looked_at(&book));
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
