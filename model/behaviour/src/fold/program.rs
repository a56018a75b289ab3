//! Definitions, compiled together.

use tenure_core::{Currency, TimeZone};
use twox_hash::XxHash3_64;

use super::column::Columns;
use super::compile::Compiler;
use super::evaluate::Context;
use super::moment::Instant;
use super::node::{Body, Node};
use super::state::CustomerState;
use super::stream::{Route, Stream};
use super::{FoldError, Surroundings, Value};
use crate::Symbol;
use crate::expression::Definition;

/// What values depend on besides events and definitions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The reporting currency, in whose minor units the facts are.
    pub currency: Currency,
    /// Where days, months and hours begin.
    pub time_zone: TimeZone,
}

/// Definitions compiled together: what a [`CustomerState`] must remember for them, and how to read it.
///
/// Equal selections of events are remembered once, however many definitions and windows look at them.
#[derive(Clone, Debug)]
pub struct Program {
    names: Vec<Box<str>>,
    pub(super) bodies: Vec<Body>,
    pub(super) streams: Vec<Stream>,
    /// The streams of orders, by [`Stream::orders`].
    pub(super) order_streams: Vec<u16>,
    pub(super) settings: Settings,
    /// Open-addressed by the kind's bits; an empty place has no kind.
    routes: Vec<Route>,
    /// What goes to the streams of any kind.
    others: Route,
    columns: Columns,
    percentiles: Vec<(u64, Node)>,
    needs_population: bool,
    reads_predictions: bool,
    nests_fits: bool,
    /// Tells states of different programs apart.
    pub(super) fingerprint: u64,
}

impl Program {
    /// Compiles features, conditions and segments.
    ///
    /// # Errors
    /// When a definition looks ahead, or a function has not the attribute that it needs.
    pub fn compile(definitions: &[Definition], settings: &Settings) -> Result<Self, FoldError> {
        Self::build(definitions, Compiler::new(settings, false))
    }

    /// Compiles labels, whose windows may look ahead of the as-of.
    ///
    /// A label is read from a state that holds the facts after the as-of as well, so it sees every event that was
    /// known when the state was made: that is the outcome as known at training, refunds included, and not at the
    /// as-of. Nothing is ever summed up, so a state grows with the history. `distinct` counts without bound.
    ///
    /// # Errors
    /// When a function has not the attribute that it needs.
    pub fn compile_labels(definitions: &[Definition], settings: &Settings) -> Result<Self, FoldError> {
        Self::build(definitions, Compiler::new(settings, true))
    }

    fn build(definitions: &[Definition], mut compiler: Compiler<'_>) -> Result<Self, FoldError> {
        let bodies = definitions
            .iter()
            .map(|definition| compiler.definition(definition))
            .collect::<Result<Vec<_>, _>>()?;
        compiler.streams.check()?;
        let (routes, others) = compiler.streams.routes();
        let streams = compiler.streams.all;
        let is_order = |(at, stream): (usize, &Stream)| stream.orders.map(|_| at as u16);
        let plan: Vec<_> = streams.iter().map(|s| (&s.key, s.keeps, s.retention)).collect();
        let fingerprint = XxHash3_64::oneshot(format!("{plan:?}{:?}", compiler.settings).as_bytes());
        Ok(Self {
            names: definitions.iter().map(|definition| definition.name.clone()).collect(),
            bodies,
            order_streams: streams.iter().enumerate().filter_map(is_order).collect(),
            streams,
            settings: compiler.settings.clone(),
            routes: table(routes),
            others,
            columns: compiler.streams.columns,
            reads_predictions: compiler.reads_predictions,
            nests_fits: compiler.nests_fits,
            needs_population: compiler.reads_rfm || !compiler.percentiles.is_empty(),
            percentiles: compiler.percentiles,
            fingerprint,
        })
    }

    /// Names of the definitions, in the order in which they were given.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.names.iter().map(|name| &**name)
    }

    /// The attributes that facts must carry.
    #[must_use]
    pub const fn columns(&self) -> Columns {
        self.columns
    }

    /// Whether values depend on the shop's other customers: RFM scores and percentiles do.
    #[must_use]
    pub const fn needs_population(&self) -> bool {
        self.needs_population
    }

    /// Whether values depend on what a model says.
    #[must_use]
    pub const fn reads_predictions(&self) -> bool {
        self.reads_predictions
    }

    /// Whether a percentile is taken of an RFM score, a percentile or a prediction, for which one pass over the customers
    /// cannot fit the quantiles.
    #[must_use]
    pub const fn nests_fits(&self) -> bool {
        self.nests_fits
    }

    /// The value of a definition; conditions are [`Value::Truth`]. Missing where there is no such definition.
    #[must_use]
    pub fn value(&self, index: usize, state: &CustomerState, surroundings: &Surroundings<'_>) -> Value {
        self.bodies.get(index).map_or(Value::Missing, |body| self.instant(state, surroundings).body(body))
    }

    /// Appends the values of all definitions, in their order.
    pub fn features(&self, state: &CustomerState, surroundings: &Surroundings<'_>, out: &mut Vec<Value>) {
        let context = self.instant(state, surroundings);
        out.extend(self.bodies.iter().map(|body| context.body(body)));
    }

    /// Whether a condition holds; false where the definition is a value.
    #[must_use]
    pub fn holds(&self, index: usize, state: &CustomerState, surroundings: &Surroundings<'_>) -> bool {
        match self.bodies.get(index) {
            Some(Body::Truth(test)) => self.instant(state, surroundings).holds(test),
            Some(Body::Value(_)) | None => false,
        }
    }

    /// The expressions that percentiles are taken of: the key for [`Quantiles`](super::Quantiles), and this
    /// customer's value, absent where it is missing.
    pub fn percentile_values<'a>(
        &'a self,
        state: &'a CustomerState,
        surroundings: &'a Surroundings<'a>,
    ) -> impl Iterator<Item = (u64, Option<f64>)> {
        self.percentiles.iter().map(move |(key, node)| {
            let found = self.instant(state, surroundings).node(node);
            (*key, found.number())
        })
    }

    pub(super) fn instant<'a>(
        &'a self,
        state: &'a CustomerState,
        surroundings: &'a Surroundings<'a>,
    ) -> Context<'a, Instant> {
        let own = state.fingerprint == self.fingerprint;
        let places = if own { &*state.places } else { &[] };
        Context { program: self, state, surroundings, moment: Instant::of(surroundings.as_of), places }
    }

    #[inline]
    pub(super) fn route(&self, kind: Symbol) -> &Route {
        let mask = self.routes.len() - 1;
        let mut place = kind.bits() as usize & mask;
        loop {
            let route = &self.routes[place];
            if route.kind == kind {
                return route;
            }
            if route.kind.is_none() {
                return &self.others;
            }
            place = (place + 1) & mask;
        }
    }
}

/// Puts the routes where their kind's bits say; at least half of the places stay empty.
fn table(routes: Vec<Route>) -> Vec<Route> {
    let size = (2 * routes.len() + 1).next_power_of_two();
    let mut table = vec![Route { kind: Symbol::NONE, streams: Vec::new() }; size];
    for route in routes {
        let mut place = route.kind.bits() as usize & (size - 1);
        while !table[place].kind.is_none() {
            place = (place + 1) & (size - 1);
        }
        table[place] = route;
    }
    table
}
