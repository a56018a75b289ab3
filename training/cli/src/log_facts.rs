//! The event log as training and scoring see it: what was known before an as-of, and nothing else.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::path::PathBuf;
use std::sync::Mutex;

use anyhow::Error;
use serde::Serialize;
use tenure_behaviour::{Fact, OrderHistory, Symbol};
use tenure_core::{AsOf, CustomerId, EventKind};
use tenure_eventlog::log::{Column, Columns, EventLog};
use tenure_learn::{FactSource, LearnError, OrderBook};

use crate::history::LogArgs;
use crate::orders::Unusable;
use crate::progress::{Unit, bar};
use crate::purchases;

/// Opens the log.
///
/// # Errors
/// When there is none, or it is in another currency than was asked for.
pub(crate) fn open(args: &LogArgs) -> Result<EventLog, Error> {
    let log = EventLog::open(&args.folder)?;
    match args.currency {
        Some(currency) if currency != log.currency() => {
            let (folder, own) = (args.folder.display(), log.currency());
            Err(Unusable::new(format!("{folder} is in {own}, not in {currency}: leave --currency out"))
                .into())
        }
        _ => Ok(log),
    }
}

/// What purchases need.
pub(crate) fn purchase_columns() -> Columns {
    [Column::Amount, Column::OrderId].into_iter().collect()
}

/// Those of a customer's facts that were known before the as-of; `None` takes all.
pub(crate) fn known_of(facts: &[Fact], as_of: Option<AsOf>) -> &[Fact] {
    // They come in the order in which they became known.
    as_of.map_or(facts, |as_of| &facts[..facts.partition_point(|fact| as_of.knows(fact.known_at()))])
}

/// What a log says of a shop's purchases.
#[derive(Debug)]
pub(crate) struct LogOrders {
    pub(crate) book: OrderBook,
    /// Kinds of events that were known, in the order of their names.
    pub(crate) kinds: Vec<EventKind>,
    pub(crate) summary: LogSummary,
}

/// What was read of a log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct LogSummary {
    folder: PathBuf,
    /// Events known before the as-of, repeated event ids left out.
    events: u64,
    /// Customers with such an event.
    customers: u64,
    /// Customers with an order or a refund among them.
    buyers: usize,
    /// Kinds of those events.
    kinds: Vec<String>,
}

impl fmt::Display for LogSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { folder, events, customers, buyers, kinds } = self;
        write!(
            f,
            "{}: {events} events of {customers} customers were known, {buyers} of them with an order\nkinds: {}",
            folder.display(),
            kinds.join(", ")
        )
    }
}

/// What was found in one bucket.
#[derive(Default)]
struct Found {
    histories: Vec<(CustomerId, OrderHistory)>,
    kinds: Vec<Symbol>,
    events: u64,
    customers: u64,
}

impl Found {
    fn add(&mut self, log: &EventLog, customer: &str, facts: &[Fact]) -> Result<(), LearnError> {
        if facts.is_empty() {
            return Ok(());
        }
        self.customers += 1;
        self.events += facts.len() as u64;
        for fact in facts {
            if !self.kinds.contains(&fact.kind) {
                self.kinds.push(fact.kind);
            }
        }
        let history = purchases::history(facts, log.currency());
        if !history.is_empty() {
            self.histories.push((CustomerId::new(customer)?, history));
        }
        Ok(())
    }
}

impl LogOrders {
    /// Reads the orders and refunds that were known before `as_of`, or all of them.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub(crate) fn read(log: &EventLog, as_of: Option<AsOf>) -> Result<Self, LearnError> {
        let found =
            scan(log, purchase_columns(), "reading orders", Found::default, |found, customer, facts| {
                found.add(log, customer, known_of(facts, as_of))
            })?;
        let mut book = OrderBook::new(log.currency());
        let (mut kinds, mut events, mut customers): (Vec<Symbol>, u64, u64) = (Vec::new(), 0, 0);
        for bucket in found {
            events += bucket.events;
            customers += bucket.customers;
            kinds.extend(bucket.kinds);
            for (customer, history) in bucket.histories {
                book.insert(customer, history)?;
            }
        }
        let kinds = names_of(log, &kinds)?;
        let summary = LogSummary {
            folder: log.folder().to_owned(),
            events,
            customers,
            buyers: book.customers(),
            kinds: kinds.iter().map(|kind| kind.as_str().to_owned()).collect(),
        };
        Ok(Self { book, kinds, summary })
    }
}

/// The kinds among the log's that were met.
fn names_of(log: &EventLog, met: &[Symbol]) -> Result<Vec<EventKind>, LearnError> {
    let named: HashMap<Symbol, String> =
        log.kinds().into_keys().map(|name| (Symbol::of(&name), name)).collect();
    let mut kinds = met
        .iter()
        .filter_map(|symbol| named.get(symbol))
        .map(|name| Ok(name.parse()?))
        .collect::<Result<Vec<EventKind>, LearnError>>()?;
    kinds.sort_unstable_by(|one, other| one.as_str().cmp(other.as_str()));
    kinds.dedup();
    Ok(kinds)
}

/// All events of a log, as training and scoring read them at one as-of.
#[derive(Debug)]
pub(crate) struct LogFacts<'a> {
    log: &'a EventLog,
    as_of: Option<AsOf>,
    kinds: Vec<EventKind>,
    columns: Columns,
}

impl<'a> LogFacts<'a> {
    /// The facts known before `as_of`, or all of them, with these columns of them.
    pub(crate) const fn new(
        log: &'a EventLog,
        as_of: Option<AsOf>,
        kinds: Vec<EventKind>,
        columns: Columns,
    ) -> Self {
        Self { log, as_of, kinds, columns }
    }
}

impl FactSource for LogFacts<'_> {
    fn kinds(&self) -> Vec<EventKind> {
        self.kinds.clone()
    }

    fn visit(
        &self,
        wanted: &(dyn Fn(&CustomerId) -> bool + Sync),
        visit: &(dyn Fn(&CustomerId, &[Fact]) + Sync),
    ) -> Result<(), LearnError> {
        let each = |(): &mut (), customer: &str, facts: &[Fact]| {
            let customer = CustomerId::new(customer)?;
            if wanted(&customer) {
                visit(&customer, known_of(facts, self.as_of));
            }
            Ok(())
        };
        scan(self.log, self.columns, "folding events", || (), each).map(|_| ())
    }

    fn names(&self, wanted: &BTreeSet<Symbol>) -> Result<Vec<String>, LearnError> {
        // An id of one event or order is no name that customers share.
        let is_id = |column: Column| matches!(column, Column::EventId | Column::OrderId);
        let columns: Columns = self.columns.iter().filter(|column| !is_id(*column)).collect();
        let found = self.log.symbols_among(columns, wanted);
        let found = found.map_err(|source| LearnError::Facts { source: Box::new(source) })?;
        Ok(found.names().into_iter().map(str::to_owned).collect())
    }
}

/// Reads all customers on all cores, bucket by bucket; what is made of each bucket comes back in their order.
fn scan<S: Send>(
    log: &EventLog,
    columns: Columns,
    what: &str,
    make: impl Fn() -> S + Sync,
    visit: impl Fn(&mut S, &str, &[Fact]) -> Result<(), LearnError> + Sync,
) -> Result<Vec<S>, LearnError> {
    let progress = Mutex::new(bar(what, Some(log.events()), Unit::Customers));
    let found = log.for_each_customer(
        columns,
        &make,
        &|state, customer, facts| Ok(visit(state, customer, facts)?),
        &|events| {
            if let Ok(mut bar) = progress.lock() {
                bar.set(events);
            }
        },
    );
    found.map_err(|source| LearnError::Facts { source: Box::new(source) })
}
