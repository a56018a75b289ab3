//! Customers at past dates: what the purchase model then said, their rows, and what they then did.

use std::collections::HashMap;
use std::sync::OnceLock;

use rayon::iter::{
    IndexedParallelIterator, IntoParallelRefIterator, IntoParallelRefMutIterator, ParallelIterator,
};
use tenure_behaviour::expression::Definition;
use tenure_behaviour::fold::{CustomerState, FoldError, Program, Settings, Surroundings, snapshots};
use tenure_behaviour::{Fact, OrderHistory, SummaryRule};
use tenure_btyd::Customer;
use tenure_bundle::{Base, ChurnDefinition, Column, Digest, NaiveRate, OrderModel, SpendBasis, as_customer};
use tenure_core::{AsOf, CustomerId, Duration, Horizon};

use super::features::{self, RawRow};
use super::grid::Date;
use super::season::OF_SEASONS;
use super::source::FactSource;
use crate::LearnError;
use crate::book::{outcome, seen_at};
use crate::candidate::{LEAST_REPEATERS, OrderKind, fit_spend, order_data};

/// Rows of all dates together, at most: more make trees no better, only slower.
const MOST_ROWS: usize = 400_000;

/// What is looked at, and how.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan<'a> {
    pub(crate) horizon: Horizon,
    /// The horizon that is asked for.
    pub(crate) asked: Horizon,
    /// The horizon of the customer lifetime value.
    pub(crate) clv_horizon: Horizon,
    pub(crate) rule: &'a SummaryRule,
    pub(crate) kind: OrderKind,
    pub(crate) basis: SpendBasis,
    pub(crate) penalizer: f64,
    pub(crate) definitions: &'a [Definition],
    pub(crate) settings: &'a Settings,
    /// What churn is, where it is not no order.
    pub(crate) churn: Option<&'a ChurnDefinition>,
}

/// Customers at one date. All vectors have one value for each customer.
#[derive(Debug)]
pub(crate) struct Snapshot {
    pub(crate) date: Date,
    /// Places in the sample.
    customers: Vec<usize>,
    pub(crate) base: Vec<Base>,
    /// The same over the horizon that is asked for.
    pub(crate) asked: Vec<Base>,
    /// Expected spend over the horizon by the purchase model, not discounted.
    pub(crate) expected: Vec<f64>,
    /// What to beat: the customer's own past rate, carried on.
    pub(crate) naive: Vec<NaiveRate>,
    /// No order in the horizon.
    pub(crate) silent: Vec<bool>,
    /// Purchase occasions in the horizon.
    pub(crate) ordered: Vec<f64>,
    /// Whether the definition of churn held; empty where there is none, and at the as-of.
    pub(crate) churned: Vec<bool>,
    /// Net spend in the horizon, in major units.
    pub(crate) spent: Vec<f64>,
    /// The rows, end to end.
    pub(crate) rows: Vec<f32>,
    /// What it takes to ask over any other horizon.
    pub(crate) ahead: Ahead,
}

impl Snapshot {
    /// How much its level is to be trusted a year later, from 0 to 1: by the history that lay before it, and by its
    /// customers, of whom a few tell less of a season than of chance.
    pub(crate) fn trust(&self) -> f64 {
        let (all, silent) =
            (self.silent.len() as f64, self.silent.iter().filter(|silent| **silent).count() as f64);
        let chance = all / (silent * (all - silent)).max(1.0);
        self.date.trust() * OF_SEASONS / (OF_SEASONS + chance)
    }
}

/// What it takes to ask over any horizon, and to know what came.
#[derive(Debug)]
pub(crate) struct Ahead {
    /// The purchase model fitted at the date.
    pub(crate) orders: OrderModel,
    /// Customers as it sees them.
    pub(crate) faces: Vec<Customer>,
    /// How long after the date each ordered next; absent where not before the as-of.
    pub(crate) waits: Vec<Option<Duration>>,
    /// Net spend of each over the horizon of the customer lifetime value, in major units; absent where that reaches
    /// beyond the as-of, or is the learned horizon.
    pub(crate) spent_to_clv: Option<Vec<f64>>,
}

/// Snapshots of one set of columns.
#[derive(Debug)]
pub(crate) struct Snapshots {
    /// Customers at the as-of, whose outcome nobody knows.
    pub(crate) now: Snapshot,
    /// Customers at past dates, the newest first.
    pub(crate) all: Vec<Snapshot>,
    pub(crate) columns: Vec<Column>,
    pub(crate) definitions: Vec<Definition>,
}

/// Looks at the shop at the as-of and at every past date; dates at which too few had come back are left out.
pub(crate) fn take(
    histories: &[(&CustomerId, &OrderHistory)],
    source: &dyn FactSource,
    as_of: AsOf,
    dates: &[Date],
    plan: Plan<'_>,
) -> Result<Option<Snapshots>, LearnError> {
    let sample = sample(histories, dates.len());
    let now = Date { as_of, maturity: 1.0 };
    let dates: Vec<Date> = std::iter::once(now).chain(dates.iter().copied()).collect();
    let found: Vec<Result<Option<Snapshot>, LearnError>> =
        dates.par_iter().map(|date| purchase_model(histories, &sample, (*date, as_of), plan)).collect();
    let all: Vec<Snapshot> =
        found.into_iter().filter_map(Result::transpose).collect::<Result<_, LearnError>>()?;
    if all.first().is_none_or(|first| first.date.as_of != as_of) {
        return Ok(None);
    }
    add_rows(all, &sample, source, plan)
}

/// Customers by whom trees learn: all, or so many that their rows stay bounded, by a hash of their ids.
fn sample<'a>(histories: &[(&'a CustomerId, &OrderHistory)], dates: usize) -> HashMap<&'a CustomerId, usize> {
    let share = MOST_ROWS as f64 / (histories.len() * dates.max(1)).max(1) as f64;
    let is_in = |id: &CustomerId| {
        if share >= 1.0 {
            return true;
        }
        let hash = Digest::of(id.as_str().as_bytes());
        let [a, b, c, d, ..] = *hash.as_bytes();
        f64::from(u32::from_le_bytes([a, b, c, d])) < share * f64::from(u32::MAX)
    };
    histories.iter().map(|(id, _)| *id).filter(|id| is_in(id)).enumerate().map(|(at, id)| (id, at)).collect()
}

/// The purchase model fitted to what was known at the date, and what it says of the sample.
fn purchase_model(
    histories: &[(&CustomerId, &OrderHistory)],
    sample: &HashMap<&CustomerId, usize>,
    (date, as_of): (Date, AsOf),
    plan: Plan<'_>,
) -> Result<Option<Snapshot>, LearnError> {
    let until = date.as_of.instant().saturating_add(plan.horizon.length());
    let (mut ids, mut known) = (Vec::new(), Vec::new());
    for history in histories {
        if let Some(seen) = seen_at(std::slice::from_ref(history), date.as_of, until, plan.rule)?.pop() {
            ids.push(*history);
            known.push(seen);
        }
    }
    if known.iter().filter(|seen| seen.summary.frequency > 0).count() < LEAST_REPEATERS {
        return Ok(None);
    }
    let summaries = || known.iter().map(|seen| &seen.summary);
    let data = order_data(summaries()).map_err(|last| LearnError::NoModel { last })?;
    let models = plan
        .kind
        .fit(&data, plan.penalizer)
        .and_then(|orders| Ok((orders.0, fit_spend(summaries(), plan.basis, plan.penalizer)?.0)));
    let (orders, spend) = match models {
        Ok(models) => models,
        Err(error) => {
            tracing::info!(date = %date.as_of, %error, "nothing is learned from this date");
            return Ok(None);
        }
    };
    let until_clv = date.as_of.instant().saturating_add(plan.clv_horizon.length());
    let sees_clv = plan.clv_horizon != plan.horizon && until_clv <= as_of.instant();
    let spent_to_clv = sees_clv.then(Vec::new);
    let mut snapshot = Snapshot {
        date,
        customers: Vec::new(),
        base: Vec::new(),
        asked: Vec::new(),
        expected: Vec::new(),
        naive: Vec::new(),
        silent: Vec::new(),
        ordered: Vec::new(),
        churned: Vec::new(),
        spent: Vec::new(),
        rows: Vec::new(),
        ahead: Ahead { orders, faces: Vec::new(), waits: Vec::new(), spent_to_clv },
    };
    for ((id, history), seen) in ids.iter().zip(&known) {
        let Some(place) = sample.get(*id) else { continue };
        let base = Base::of(&orders, &spend, &seen.summary, plan.horizon);
        snapshot.customers.push(*place);
        snapshot.expected.push(base.orders * base.spend);
        snapshot.naive.push(NaiveRate::of(&seen.summary, plan.horizon));
        snapshot.base.push(base);
        snapshot.asked.push(if plan.asked == plan.horizon {
            base
        } else {
            Base::of(&orders, &spend, &seen.summary, plan.asked)
        });
        snapshot.silent.push(seen.orders == 0);
        snapshot.ordered.push(f64::from(seen.orders));
        snapshot.spent.push(seen.value);
        snapshot.ahead.faces.push(as_customer(Some(&seen.summary)));
        snapshot.ahead.waits.push(wait(history, date.as_of, as_of));
        if let Some(spent) = &mut snapshot.ahead.spent_to_clv {
            spent.push(outcome(history, date.as_of, until_clv, plan.rule).1);
        }
    }
    Ok(Some(snapshot))
}

/// From a date to the next order, if it comes before the as-of: as [`tenure_behaviour::Outcome`] counts orders.
fn wait(history: &OrderHistory, date: AsOf, as_of: AsOf) -> Option<Duration> {
    let entries = history.entries();
    let from = entries.partition_point(|(at, _)| date.knows(*at));
    let mut later = entries[from..].iter().take_while(|(at, _)| as_of.knows(*at));
    later.find(|(_, minor)| *minor >= 0).map(|(at, _)| at.since(date.instant()))
}

/// One pass over the facts: the rows of every customer at every date.
fn add_rows(
    mut all: Vec<Snapshot>,
    sample: &HashMap<&CustomerId, usize>,
    source: &dyn FactSource,
    plan: Plan<'_>,
) -> Result<Option<Snapshots>, LearnError> {
    let definitions = features::possible(plan.definitions, &source.kinds());
    let program = Program::compile(&definitions, plan.settings)
        .map_err(|error| LearnError::Features { reason: error.to_string() })?;
    let is_name: Vec<bool> = definitions.iter().map(features::is_name).collect();
    let labels = plan.churn.map(|churn| Labels::new(churn, plan.settings)).transpose()?;
    // The fold wants rising as-ofs.
    let as_ofs: Vec<AsOf> = all.iter().rev().map(|snapshot| snapshot.date.as_of).collect();
    let raw: Vec<OnceLock<Seen>> = sample.iter().map(|_| OnceLock::new()).collect();
    source.visit(&|id| sample.contains_key(id), &|id: &CustomerId, facts: &[Fact]| {
        let Some(place) = sample.get(id) else { return };
        let mut state = CustomerState::new(&program);
        let (mut rows, mut values) = (Vec::with_capacity(as_ofs.len()), Vec::new());
        snapshots(&program, facts, &as_ofs, &mut state, |at, state| {
            values.clear();
            program.features(state, &Surroundings::at(as_ofs[at]), &mut values);
            rows.push(RawRow::of(&program, &values, &is_name));
        });
        let churned = labels.as_ref().map(|labels| labels.of(facts, &as_ofs)).unwrap_or_default();
        let _ = raw[*place].set(Seen { rows, churned });
    })?;
    let raw_of = |snapshot: usize, place: usize| {
        raw[place].get().and_then(|seen| seen.rows.iter().rev().nth(snapshot))
    };
    let newest: Vec<&RawRow> = all
        .first()
        .map(|snapshot| snapshot.customers.iter().filter_map(|place| raw_of(0, *place)).collect())
        .unwrap_or_default();
    let mut columns = features::columns(&definitions, &newest);
    let filler = Filler::new(&definitions, &columns);
    all.par_iter_mut().enumerate().for_each(|(at, snapshot)| {
        snapshot.rows.reserve(snapshot.customers.len() * columns.len());
        for (place, base) in snapshot.customers.iter().zip(&snapshot.base) {
            filler.fill(raw_of(at, *place), base, &mut snapshot.rows);
        }
        if labels.is_some() && at > 0 {
            let held =
                |place: &usize| raw[*place].get().and_then(|seen| seen.churned.iter().rev().nth(at - 1));
            snapshot.churned = snapshot.customers.iter().map(|place| held(place) == Some(&true)).collect();
        }
    });
    let definitions = keep_telling(&mut all, &mut columns, definitions);
    let mut all = all.into_iter();
    Ok(all.next().map(|now| Snapshots { now, all: all.collect(), columns, definitions }))
}

/// What the facts of one customer say, oldest date first.
struct Seen {
    /// At each date and at the as-of.
    rows: Vec<RawRow>,
    /// At each date; empty without a definition of churn.
    churned: Vec<bool>,
}

/// Tells whether churn, as it is defined, followed on past dates.
struct Labels {
    program: Program,
}

impl Labels {
    fn new(churn: &ChurnDefinition, settings: &Settings) -> Result<Self, LearnError> {
        let refused = |source: FoldError| LearnError::InvalidChurn { source: source.into() };
        Ok(Self { program: churn.program(settings).map_err(refused)? })
    }

    /// At all but the last of `as_ofs`, from what was known before that one.
    fn of(&self, facts: &[Fact], as_ofs: &[AsOf]) -> Vec<bool> {
        let Some((as_of, dates)) = as_ofs.split_last() else { return Vec::new() };
        let mut state = CustomerState::new(&self.program);
        for fact in facts.iter().take_while(|fact| as_of.knows(fact.known_at())) {
            state.apply(&self.program, fact);
        }
        dates.iter().map(|date| ChurnDefinition::holds(&self.program, &state, *date)).collect()
    }
}

/// Where each column's number lies in a raw row.
struct Filler<'a> {
    columns: &'a [Column],
    places: Vec<usize>,
}

impl<'a> Filler<'a> {
    fn new(definitions: &[Definition], columns: &'a [Column]) -> Self {
        let place = |wanted: &str, names: bool| {
            let own = definitions.iter().filter(|one| features::is_name(one) == names);
            own.map(|one| &*one.name).position(|name| name == wanted).unwrap_or(usize::MAX)
        };
        let places = columns.iter().map(|column| match column {
            Column::Feature { name } => place(name, false),
            Column::Category { name, .. } => place(name, true),
            Column::Purchase(_) => 0,
        });
        Self { columns, places: places.collect() }
    }

    fn fill(&self, raw: Option<&RawRow>, base: &Base, rows: &mut Vec<f32>) {
        rows.extend(self.columns.iter().zip(&self.places).map(|(column, place)| match column {
            Column::Feature { .. } => {
                raw.and_then(|raw| raw.numbers.get(*place)).copied().unwrap_or(f32::NAN)
            }
            Column::Category { symbol, .. } => {
                f32::from(u8::from(raw.and_then(|raw| raw.names.get(*place)) == Some(symbol)))
            }
            Column::Purchase(reading) => base.read(*reading) as f32,
        }));
    }
}

/// Leaves out columns that tell no customer from another; what is left of the definitions is read by a column.
fn keep_telling(
    all: &mut [Snapshot],
    columns: &mut Vec<Column>,
    mut definitions: Vec<Definition>,
) -> Vec<Definition> {
    let rows: Vec<&[f32]> = all.iter().map(|snapshot| snapshot.rows.as_slice()).collect();
    let telling = features::telling(columns.len(), &rows);
    if telling.contains(&false) {
        all.par_iter_mut().for_each(|snapshot| {
            let kept = snapshot.rows.iter().zip(telling.iter().cycle()).filter(|(_, tells)| **tells);
            snapshot.rows = kept.map(|(value, _)| *value).collect();
        });
    }
    let mut tells = telling.iter();
    columns.retain(|_| tells.next() == Some(&true));
    definitions.retain(|definition| columns.iter().any(|column| column.name() == &*definition.name));
    definitions
}
