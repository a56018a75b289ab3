//! Which events are kept for what: the streams of a program.

use tenure_core::EventKind;

use super::column::{Check, Columns, value_of};
use super::series::{Keeps, Storage};
use super::{FoldError, ORDER, REACH_US, REFUND, Settings};
use crate::expression::{Attribute, Filter, NumberAttribute};
use crate::{Fact, Symbol};

/// What makes two readings look at the same stream.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Key {
    /// Any kind where absent.
    pub(super) kind: Option<EventKind>,
    pub(super) filter: Option<Filter>,
    pub(super) attribute: Option<Attribute>,
    pub(super) role: Role,
}

/// What a stream is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// The events.
    Events,
    /// The gaps between them: without those that became known too late to take their place.
    Gaps,
    /// Refunds that name no order, which lower sums of orders.
    LooseRefunds,
}

/// Events to keep of every customer.
#[derive(Clone, Debug)]
pub(super) struct Stream {
    pub(super) key: Key,
    pub(super) kind: Symbol,
    pub(super) check: Option<Check>,
    pub(super) keeps: Keeps,
    /// How long before the newest instant an event may still be looked at; -1 for never.
    pub(super) retention: i64,
    /// Whether the events are orders, which fall; and which of the order streams it is.
    pub(super) orders: Option<u16>,
}

/// The streams that a kind of event goes to.
#[derive(Clone, Debug)]
pub(super) struct Route {
    pub(super) kind: Symbol,
    pub(super) streams: Vec<u16>,
}

impl Stream {
    /// What the stream keeps of a fact; nothing where it does not admit it.
    #[inline]
    pub(super) fn admit(&self, fact: &Fact, now: i64, settings: &Settings) -> Option<i64> {
        let zone = &settings.time_zone;
        let refused = match self.key.role {
            Role::Events => false,
            Role::Gaps => now.saturating_sub(fact.occurred_at.microseconds()) > REACH_US,
            Role::LooseRefunds => !fact.order_id.is_none(),
        };
        if refused || self.check.as_ref().is_some_and(|check| !check.passes(fact, zone)) {
            return None;
        }
        match self.key.attribute {
            None => Some(0),
            Some(attribute) => value_of(attribute, fact, zone).filter(|value| *value != i64::MIN),
        }
    }

    /// Whether a refund changes the value that is kept of an order.
    pub(super) fn is_net(&self) -> bool {
        self.key.attribute == Some(Attribute::Number(NumberAttribute::Amount))
    }
}

/// Collects the streams that definitions ask for.
#[derive(Debug, Default)]
pub(super) struct Streams {
    pub(super) all: Vec<Stream>,
    pub(super) columns: Columns,
    order_streams: u16,
}

impl Streams {
    pub(super) const MAX: usize = 10_000;

    /// The number of the stream with this key, kept at least so long and for names of all time if asked.
    pub(super) fn number(&mut self, mut key: Key, retention: i64, names: bool, settings: &Settings) -> u16 {
        let is_order = key.kind == Some(EventKind::Order);
        if !is_order && key.attribute == Some(Attribute::Number(NumberAttribute::GrossAmount)) {
            key.attribute = Some(Attribute::Number(NumberAttribute::Amount));
        }
        let retention = if key.role == Role::Gaps { retention.max(REACH_US) } else { retention };
        if let Some(place) = self.all.iter().position(|stream| stream.key == key) {
            let stream = &mut self.all[place];
            stream.retention = stream.retention.max(retention);
            stream.keeps.names |= names;
            return place as u16;
        }
        if let Some(filter) = &key.filter {
            self.columns.read_filter(filter);
        }
        if let Some(attribute) = key.attribute {
            self.columns.read(attribute);
        }
        if is_order || key.role == Role::LooseRefunds {
            // Orders fall by refunds of their amounts.
            (self.columns.amount, self.columns.order_id) = (true, true);
        }
        let storage = match key.attribute {
            None => Storage::Times,
            Some(Attribute::Number(_)) => Storage::Running,
            Some(Attribute::Text(_)) => Storage::Names,
        };
        let orders = is_order.then_some(self.order_streams);
        self.order_streams = self.order_streams.saturating_add(u16::from(is_order));
        self.all.push(Stream {
            kind: key.kind.as_ref().map_or(Symbol::NONE, |kind| Symbol::of(kind.as_str())),
            check: key.filter.as_ref().map(|filter| Check::of(filter, settings)),
            keeps: Keeps { storage, names },
            retention,
            orders,
            key,
        });
        (self.all.len() - 1) as u16
    }

    /// How many streams there may be is known when all are collected.
    pub(super) fn check(&self) -> Result<(), FoldError> {
        let count = self.all.len();
        if count > Self::MAX { Err(FoldError::TooManyStreams { count, limit: Self::MAX }) } else { Ok(()) }
    }

    /// For each kind that is asked for its streams, then for all others those of any kind.
    pub(super) fn routes(&self) -> (Vec<Route>, Route) {
        let streams_of = |kind: Symbol| {
            let wanted = |stream: &&(usize, &Stream)| stream.1.kind.is_none() || stream.1.kind == kind;
            self.all
                .iter()
                .enumerate()
                .collect::<Vec<_>>()
                .iter()
                .filter(wanted)
                .map(|(at, _)| *at as u16)
                .collect()
        };
        let mut kinds: Vec<Symbol> =
            self.all.iter().map(|stream| stream.kind).filter(|kind| !kind.is_none()).collect();
        // Retractions concern orders even where nobody asks for them.
        kinds.extend([ORDER, REFUND, super::CANCEL]);
        kinds.sort_unstable();
        kinds.dedup();
        let routes = kinds.iter().map(|kind| Route { kind: *kind, streams: streams_of(*kind) }).collect();
        (routes, Route { kind: Symbol::NONE, streams: streams_of(Symbol::NONE) })
    }
}
