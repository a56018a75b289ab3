//! What is in a log: kinds, spans, customers, gaps.

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;

use serde::Serialize;
use tenure_behaviour::{Fact, Symbol};
use tenure_core::{Currency, Timestamp};

use super::EventLog;
use super::columns::{Column, Columns};
use crate::EventLogError;

/// What is in a log, repeated event ids left out.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LogStats {
    /// The folder.
    pub folder: PathBuf,
    /// Currency of every amount.
    pub currency: Currency,
    /// Runs that are merged when it is read.
    pub runs: usize,
    /// Bytes of their files.
    pub bytes: u64,
    /// Events.
    pub events: u64,
    /// Events that are not counted because their event id was there already.
    pub repeated: u64,
    /// Customers.
    pub customers: u64,
    /// Columns that some event has.
    pub columns: Vec<Column>,
    /// The kinds, the most frequent first.
    pub kinds: Vec<KindStats>,
}

/// What is known of one kind of event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KindStats {
    /// Its name.
    pub kind: String,
    /// Events.
    pub events: u64,
    /// Customers with such an event.
    pub customers: u64,
    /// The earliest; microseconds since 1970.
    pub first: Timestamp,
    /// The latest.
    pub last: Timestamp,
    /// Days of UTC between the first and the last without such an event: many of them, where there were many
    /// events a day, are days that were not exported.
    pub days_without: u64,
    /// The longest run of such days.
    pub longest_gap_days: u64,
    /// The day before it began, as an instant of that day; `None` where there is no gap.
    pub longest_gap_after: Option<Timestamp>,
}

const DAY_US: i64 = 86_400_000_000;

#[derive(Clone, Debug)]
struct Tally {
    events: u64,
    customers: u64,
    first: Timestamp,
    last: Timestamp,
    /// Days with an event, since 1970.
    days: BTreeSet<i64>,
    last_day: i64,
}

impl EventLog {
    /// Reads the whole log and says what is in it. `progress` is told how many events have been read.
    ///
    /// # Errors
    /// When a file cannot be read or is damaged.
    pub fn stats(&self, progress: &(dyn Fn(u64) + Sync)) -> Result<LogStats, EventLogError> {
        let tallies = self.for_each_customer(
            Columns::NONE,
            &|| (0_u64, Tallies::default()),
            &|(customers, tallies), _, facts| {
                *customers += 1;
                tallies.count(facts);
                Ok(())
            },
            progress,
        )?;
        let mut customers = 0;
        let mut all = Tallies::default();
        for (count, tallies) in tallies {
            customers += count;
            all.merge(tallies);
        }
        let names: HashMap<Symbol, String> =
            self.kinds().into_keys().map(|name| (Symbol::of(&name), name)).collect();
        let mut kinds: Vec<KindStats> = all
            .0
            .into_iter()
            .map(|(kind, tally)| tally.stats(names.get(&kind).cloned().unwrap_or_default()))
            .collect();
        kinds.sort_by(|one, other| other.events.cmp(&one.events).then(one.kind.cmp(&other.kind)));
        let events = kinds.iter().map(|kind| kind.events).sum();
        Ok(LogStats {
            folder: self.folder.clone(),
            currency: self.currency(),
            runs: self.runs(),
            bytes: self.manifest.runs.iter().map(|run| run.bytes).sum(),
            events,
            repeated: self.events() - events,
            customers,
            columns: self.columns().iter().collect(),
            kinds,
        })
    }
}

/// Kinds in the order in which they were met: there are few, so looking through them beats hashing.
#[derive(Debug, Default)]
struct Tallies(Vec<(Symbol, Tally)>);

impl Tallies {
    fn count(&mut self, facts: &[Fact]) {
        let before: Vec<u64> = self.0.iter().map(|(_, tally)| tally.events).collect();
        for fact in facts {
            let at = fact.occurred_at;
            let day = at.microseconds().div_euclid(DAY_US);
            let tally = match self.0.iter().position(|(kind, _)| *kind == fact.kind) {
                Some(place) => &mut self.0[place].1,
                None => {
                    let tally = Tally {
                        events: 0,
                        customers: 0,
                        first: at,
                        last: at,
                        days: BTreeSet::new(),
                        last_day: i64::MIN,
                    };
                    self.0.push((fact.kind, tally));
                    let place = self.0.len() - 1;
                    &mut self.0[place].1
                }
            };
            tally.events += 1;
            tally.first = tally.first.min(at);
            tally.last = tally.last.max(at);
            if tally.last_day != day {
                tally.days.insert(day);
                tally.last_day = day;
            }
        }
        for (place, (_, tally)) in self.0.iter_mut().enumerate() {
            tally.customers += u64::from(before.get(place).is_none_or(|events| *events < tally.events));
        }
    }

    fn merge(&mut self, others: Self) {
        for (kind, other) in others.0 {
            match self.0.iter_mut().find(|(known, _)| *known == kind) {
                None => self.0.push((kind, other)),
                Some((_, tally)) => {
                    tally.events += other.events;
                    tally.customers += other.customers;
                    tally.first = tally.first.min(other.first);
                    tally.last = tally.last.max(other.last);
                    tally.days.extend(other.days);
                }
            }
        }
    }
}

impl Tally {
    fn stats(&self, kind: String) -> KindStats {
        let pairs = self.days.iter().zip(self.days.iter().skip(1));
        let gaps = pairs.map(|(day, next)| (next - day - 1, *day));
        // Of equal gaps the first.
        let longest = gaps.clone().filter(|(days, _)| *days > 0).max_by_key(|(days, day)| (*days, -day));
        KindStats {
            kind,
            events: self.events,
            customers: self.customers,
            first: self.first,
            last: self.last,
            days_without: gaps.map(|(days, _)| days.unsigned_abs()).sum(),
            longest_gap_days: longest.map_or(0, |(days, _)| days.unsigned_abs()),
            longest_gap_after: longest.and_then(|(_, day)| Timestamp::from_microseconds(day * DAY_US).ok()),
        }
    }
}
