//! When a condition changes although nothing happens.
//!
//! Time moves everything that a condition depends on in one of two ways. Events enter and leave windows, days and
//! months begin, a silence crosses a cut: these instants are read off the state. Between two of them only days
//! since something grow, and what is computed from them. There the condition is asked of whole stretches of
//! instants at once ([`Stretch`]), halved where the answer is not the same throughout, until the first instant is
//! found at which it differs.

use tenure_core::{Duration, Timestamp};

use super::evaluate::Context;
use super::moment::{Instant, Moment, Stretch};
use super::node::{Body, Node, Reading, Test};
use super::read::View;
use super::{CustomerState, Program, Surroundings};
use crate::expression::{CalendarPart, RfmMeasure};

/// How often a search asks before it answers "look again then".
const MOST_QUESTIONS: usize = 4_096;
/// How far ahead changes are looked for: days are exact as floats that far and farther.
const FARTHEST: Duration = Duration::from_days(25_000);
const HOUR_US: i64 = 3_600_000_000;

/// How a search of a stretch ended.
enum Search {
    /// Here the condition differs for the first time.
    Differs(i64),
    /// It is the same throughout.
    Same,
    /// It is the same before this instant; from there on nobody looked.
    LookAgain(i64),
}

impl Program {
    /// The first instant after the as-of at which a condition's truth differs from its truth now if no further fact
    /// becomes known; nothing where it never does, or where the definition is a value.
    ///
    /// It is exact to the microsecond. After 4,096 steps, which only a condition with thousands of events before its
    /// change needs or one that compares what is always equal, the instant up to which the truth is known to stay is
    /// given: look again then. Changes more than 25,000 days ahead are not looked for. Predictions, quintiles and
    /// quantiles count as constant: they change with a scoring, not with time.
    #[must_use]
    pub fn next_change(
        &self,
        index: usize,
        state: &CustomerState,
        surroundings: &Surroundings<'_>,
    ) -> Option<Timestamp> {
        let Some(Body::Truth(test)) = self.bodies.get(index) else {
            return None;
        };
        let now = self.instant(state, surroundings);
        let truth = now.holds(test);
        let end = surroundings.as_of.instant().saturating_add(FARTHEST).microseconds();
        let mut questions = MOST_QUESTIONS;
        let mut from = now.moment.as_of();
        loop {
            let next = Context { moment: Instant(from), ..now }.next_event(test).filter(|next| *next < end);
            let found = match now.search(test, truth, (from, next.unwrap_or(end)), &mut questions) {
                Search::Same => match next {
                    None => return None,
                    Some(next) if questions == 0 => next,
                    Some(next) => {
                        from = next;
                        continue;
                    }
                },
                Search::Differs(at) | Search::LookAgain(at) => at,
            };
            return Timestamp::from_microseconds(found).ok();
        }
    }
}

impl Context<'_, Instant> {
    /// Searches the instants from the first up to, but not at, the second, at which windows show the same events.
    fn search(&self, test: &Test, truth: bool, bounds: (i64, i64), questions: &mut usize) -> Search {
        let mut open = vec![bounds];
        while let Some((from, until)) = open.pop() {
            let Some(left) = questions.checked_sub(1) else {
                return Search::LookAgain(from);
            };
            *questions = left;
            let stretch = Stretch { first: from, last: until - 1 };
            let answer = if until - from == 1 {
                Some(Context { moment: Instant(from), ..*self }.holds(test))
            } else {
                let Self { program, state, surroundings, places, .. } = *self;
                Context { program, state, surroundings, moment: stretch, places }.test(test)
            };
            match answer {
                Some(holds) if holds == truth => {}
                Some(_) => return Search::Differs(from),
                None => {
                    let middle = from + (until - from) / 2;
                    open.extend([(middle, until), (from, middle)]);
                }
            }
        }
        Search::Same
    }

    /// The first instant after this one at which what windows show, a calendar part or a score may change.
    fn next_event(&self, test: &Test) -> Option<i64> {
        match test {
            Test::All(parts) | Test::Any(parts) => {
                parts.iter().filter_map(|part| self.next_event(part)).min()
            }
            Test::Not(part) => self.next_event(part),
            Test::Compare(left, _, right) => earlier(self.next_in(left), self.next_in(right)),
            Test::OneOf(value, _) | Test::Missing(value) => self.next_in(value),
            Test::FollowedBy { first, .. } => self.next_of(first),
        }
    }

    fn next_in(&self, node: &Node) -> Option<i64> {
        match node {
            Node::Number(_) | Node::Text(_) | Node::Prediction(_) => None,
            Node::Reading(reading) => self.next_of(reading),
            Node::Trend(readings) => earlier(self.next_of(&readings.0), self.next_of(&readings.1)),
            Node::Arithmetic(_, sides) => earlier(self.next_in(&sides.0), self.next_in(&sides.1)),
            Node::Calendar(part) => self.next_day(*part),
            Node::Rfm { measure: RfmMeasure::Recency, last, .. } => self.next_cut(last),
            Node::Rfm { .. } => None,
            Node::Percentile { of, .. } => self.next_in(of),
        }
    }

    fn next_of(&self, reading: &Reading) -> Option<i64> {
        let next = |stream| View::next_change(self.series(stream), reading.window, self.moment.as_of());
        earlier(next(reading.stream), reading.refunds.and_then(next))
    }

    /// The beginning of the next local day or month.
    fn next_day(&self, part: CalendarPart) -> Option<i64> {
        let zone = &self.program.settings.time_zone;
        let mut day = zone.start_of_day(Timestamp::from_microseconds(self.moment.as_of()).ok()?);
        let month = zone.date(day).month();
        loop {
            // Noon of the next day, give or take a change of clocks.
            let noon = Timestamp::from_microseconds(day.microseconds().checked_add(36 * HOUR_US)?).ok()?;
            let next = zone.start_of_day(noon);
            if next <= day {
                return None;
            }
            day = next;
            if part != CalendarPart::Month || zone.date(day).month() != month {
                return Some(day.microseconds());
            }
        }
    }

    /// When the silence since the last order reaches the next cut.
    fn next_cut(&self, last: &Reading) -> Option<i64> {
        let cuts = self.surroundings.rfm?;
        let (at, _) = last.view(self.series(last.stream), last.storage, self.moment.as_of()).last()?;
        let crossings = cuts.recency_us().map(|cut| at.saturating_add(cut));
        crossings.into_iter().filter(|crossing| *crossing > self.moment.as_of()).min()
    }
}

fn earlier(one: Option<i64>, other: Option<i64>) -> Option<i64> {
    one.into_iter().chain(other).min()
}
