//! Scoring many customers: the same answers as one by one, in less time.
//!
//! Trees are large beside a row, so rows wait until there are enough to take each tree into the cache for: what
//! [`Scorer::score`](crate::Scorer::score) does for one customer is done here for a block of them, through the same
//! code. Room for rows and states is used again from customer to customer.

use tenure_behaviour::fold::CustomerState;
use tenure_behaviour::{BehaviourError, OrderHistory};

use crate::boosted::{Base, Boosted};
use crate::scorer::{Asked, Room};
use crate::{Score, ScoreOptions, Scorer};

/// Customers whose rows are held at once: with their rows they fit the cache next to a core.
const BLOCK: usize = 256;

/// Customers on their way to a score, all asked of at one as-of; made by [`Scorer::batch`].
///
/// ```
/// # fn score(scorer: &tenure_bundle::Scorer, histories: &[tenure_behaviour::OrderHistory]) {
/// # let as_of = scorer.manifest().as_of;
/// let mut batch = scorer.batch(&scorer.defaults(as_of));
/// for history in histories {
///     batch.push(history);
/// }
/// let scores = batch.finish();
/// assert_eq!(scores.len(), histories.len());
/// # }
/// ```
#[derive(Debug)]
pub struct Batch<'a> {
    scorer: &'a Scorer,
    options: ScoreOptions,
    /// Room for the state of customers of whom only orders and refunds are known, where trees need no more.
    state: Option<CustomerState>,
    room: Room,
    waiting: Vec<Result<Asked, BehaviourError>>,
    scores: Vec<Result<Score, BehaviourError>>,
}

impl Scorer {
    /// Begins a batch of customers.
    #[must_use]
    pub fn batch(&self, options: &ScoreOptions) -> Batch<'_> {
        let boosted = self.behaviour().filter(|boosted| boosted.reads_only_orders());
        Batch {
            scorer: self,
            options: *options,
            state: boosted.map(|boosted| CustomerState::new(boosted.program())),
            room: Room::default(),
            waiting: Vec::new(),
            scores: Vec::new(),
        }
    }
}

impl Batch<'_> {
    /// Adds a customer of whom orders and refunds are known, as in [`Scorer::score`].
    pub fn push(&mut self, history: &OrderHistory) {
        let Self { scorer, options, state, room, .. } = self;
        if let (Some(state), Some(boosted)) = (&mut *state, scorer.behaviour()) {
            boosted.fold(history, options.as_of, state);
        }
        let asked = scorer.ask(history, state.as_ref(), options, room);
        self.wait(asked);
    }

    /// Adds a customer with a state of all events, as in [`Scorer::score_with`].
    pub fn push_with(&mut self, history: &OrderHistory, state: Option<&CustomerState>) {
        let asked = self.scorer.ask(history, state, &self.options, &mut self.room);
        self.wait(asked);
    }

    /// A score for each customer, in the order in which they were added, or why there is none.
    #[must_use]
    pub fn finish(mut self) -> Vec<Result<Score, BehaviourError>> {
        self.answer();
        self.scores
    }

    fn wait(&mut self, asked: Result<Asked, BehaviourError>) {
        self.waiting.push(asked);
        if self.waiting.len() >= BLOCK {
            self.answer();
        }
    }

    /// Answers all who wait.
    fn answer(&mut self) {
        let form = self.scorer.boosted().map(|boosted| boosted.form());
        let bases: Vec<Base> = self.waiting.iter().flatten().filter_map(|asked| asked.base).collect();
        let mut margins =
            form.map_or_else(Vec::new, |form| margins(form, &bases, &self.room.rows)).into_iter();
        for asked in self.waiting.drain(..) {
            let score = asked.map(|asked| {
                let bend = form.zip(asked.base).and_then(|(form, base)| {
                    margins.next().map(|(churn, spend)| form.bend(&base, churn, spend))
                });
                self.scorer.answer_asked(&asked, bend, &self.options)
            });
            self.scores.push(score);
        }
        self.room.rows.clear();
    }
}

/// The margins of churn and of spend of each row.
fn margins(form: &Boosted, bases: &[Base], rows: &[f32]) -> Vec<(f64, f64)> {
    let of = |read: fn(&Base) -> f64| bases.iter().map(read).collect::<Vec<f64>>();
    let churn = form.churn.margins(&of(Base::churn_margin), rows);
    let spend = form.spend.margins(&of(Base::spend_margin), rows);
    churn.into_iter().zip(spend).collect()
}
