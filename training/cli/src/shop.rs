//! The shop that a command reads: a file of orders, or all events of a log.

use std::borrow::Cow;

use anyhow::Error;
use serde::Serialize;
use tenure_behaviour::fold::{Program, Settings};
use tenure_bundle::{BoostedModel, ChurnModel, Scorer};
use tenure_core::{AsOf, TimeZone};
use tenure_eventlog::ImportSummary;
use tenure_eventlog::features::columns_of;
use tenure_eventlog::log::{Columns, EventLog};
use tenure_learn::{Known, LearnError, OrderBook, Recipe, Silence};

use crate::history::History;
use crate::log_facts::{self, LogFacts, LogOrders, LogSummary};
use crate::orders::{self, Unusable};
use crate::say::say;

/// A shop, read as of an instant.
#[derive(Debug)]
pub(crate) struct Shop {
    source: Source,
    /// What was read.
    pub(crate) read: Read,
}

#[derive(Debug)]
enum Source {
    Orders(OrderBook),
    Log(Box<LogShop>),
}

/// A log, and what it knew at the instant at which a command looks: nearly all ask for that first.
#[derive(Debug)]
struct LogShop {
    log: EventLog,
    time_zone: TimeZone,
    as_of: AsOf,
    orders: LogOrders,
}

/// What was read.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Read {
    /// A file.
    Import(ImportSummary),
    /// An event log.
    Log(LogSummary),
}

impl Shop {
    /// Reads orders and refunds: those of a file, or those that a log knew before `as_of`. Says what was read,
    /// unless that is for a machine.
    pub(crate) fn open(history: &History, as_of: AsOf, json: bool) -> Result<Self, Error> {
        let shop = match history {
            History::Orders(file) => {
                let (book, import) = orders::book(file, as_of)?;
                Self { source: Source::Orders(book), read: Read::Import(import) }
            }
            History::Log(args) => {
                let log = log_facts::open(args)?;
                let orders = LogOrders::read(&log, Some(as_of))?;
                let read = Read::Log(orders.summary.clone());
                let shop = LogShop { log, time_zone: args.time_zone.clone(), as_of, orders };
                Self { source: Source::Log(Box::new(shop)), read }
            }
        };
        match &shop.read {
            _ if json => {}
            Read::Import(import) => say!("{import}\n"),
            Read::Log(summary) => say!("{summary}\n"),
        }
        Ok(shop)
    }

    /// Whether orders end long before an instant.
    pub(crate) fn silence(&self, as_of: AsOf) -> Option<Silence> {
        match &self.source {
            Source::Orders(book) => book.silence(as_of),
            Source::Log(shop) => shop.orders.book.silence(as_of),
        }
    }

    /// The shop as bundles and recipes see it that read these columns of a log.
    pub(crate) fn seen_with(&self, columns: Columns) -> Box<dyn tenure_learn::Shop + '_> {
        match &self.source {
            Source::Orders(book) => Box::new(book),
            Source::Log(shop) => Box::new(LogView { shop, columns }),
        }
    }

    /// What a recipe reads of a log; of a file there is nothing but orders to read.
    ///
    /// # Errors
    /// When its definitions cannot be compiled for this shop.
    pub(crate) fn columns_of(&self, recipe: &Recipe) -> Result<Columns, Unusable> {
        let Source::Log(shop) = &self.source else { return Ok(Columns::NONE) };
        let settings = Settings { currency: shop.log.currency(), time_zone: shop.time_zone.clone() };
        let program = Program::compile(&recipe.definitions, &settings)
            .map_err(|error| Unusable::new(format!("the features cannot be read here: {error}")))?;
        let churn = recipe.churn.as_ref().map(|churn| churn.program(&settings)).transpose();
        let churn = churn.map_err(|error| Unusable::new(format!("churn cannot be read here: {error}")))?;
        Ok(columns_of(&program).union(churn.as_ref().map_or(Columns::NONE, columns_of)))
    }

    /// What a bundle and its recipe, fitted again, read of a log.
    ///
    /// # Errors
    /// As [`Self::columns_of`].
    pub(crate) fn columns_of_bundle(&self, scorer: &Scorer, recipe: &Recipe) -> Result<Columns, Unusable> {
        Ok(self.columns_of(recipe)?.union(read_by(scorer)))
    }
}

/// What a bundle reads of a log besides orders, and what tells whether churn came as it defines it.
pub(crate) fn read_by(scorer: &Scorer) -> Columns {
    let of_trees = scorer.behaviour().map(BoostedModel::program).map_or(Columns::NONE, columns_of);
    of_trees.union(scorer.churn().map(ChurnModel::program).map_or(Columns::NONE, columns_of))
}

/// A log, read with some of its columns.
#[derive(Debug)]
struct LogView<'a> {
    shop: &'a LogShop,
    columns: Columns,
}

impl tenure_learn::Shop for LogView<'_> {
    fn known_at(&self, as_of: AsOf) -> Result<Known<'_>, LearnError> {
        let LogShop { log, as_of: opened_at, orders, .. } = self.shop;
        let (book, kinds) = if as_of == *opened_at {
            (Cow::Borrowed(&orders.book), orders.kinds.clone())
        } else {
            let LogOrders { book, kinds, .. } = LogOrders::read(log, Some(as_of))?;
            (Cow::Owned(book), kinds)
        };
        let facts = LogFacts::new(log, Some(as_of), kinds, self.columns);
        Ok(Known { book, facts: Some(Box::new(facts)) })
    }

    fn known_now(&self) -> Result<Known<'_>, LearnError> {
        let LogOrders { book, kinds, .. } = LogOrders::read(&self.shop.log, None)?;
        let facts = LogFacts::new(&self.shop.log, None, kinds, self.columns);
        Ok(Known { book: Cow::Owned(book), facts: Some(Box::new(facts)) })
    }
}
