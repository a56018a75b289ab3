//! The kinds of events of one import: numbers for names, and what was counted of each.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use tenure_core::Timestamp;

use super::manifest::KindSpan;
use crate::EventLogError;

/// Most kinds that one import may bring: more are a column that is no kind at all.
pub const MAX_KINDS: usize = 4_096;

/// Numbers for the names of kinds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Kinds {
    names: Vec<Box<str>>,
    ids: HashMap<Box<str>, u32>,
    spans: Vec<Option<KindSpan>>,
}

impl Kinds {
    /// The number of a kind, which may be new.
    pub(crate) fn id(&mut self, name: &str, path: &Path) -> Result<u32, EventLogError> {
        if let Some(id) = self.ids.get(name) {
            return Ok(*id);
        }
        if self.names.len() == MAX_KINDS {
            return Err(EventLogError::TooManyKinds { path: path.to_owned(), max: MAX_KINDS });
        }
        let id = self.names.len() as u32;
        self.names.push(name.into());
        self.spans.push(None);
        self.ids.insert(name.into(), id);
        Ok(id)
    }

    pub(crate) fn names(&self) -> &[Box<str>] {
        &self.names
    }

    /// Counts the events of a batch.
    pub(crate) fn count(&mut self, kinds: &[u32], times: &[i64]) {
        const NEVER: (u64, i64, i64) = (0, i64::MAX, i64::MIN);
        let mut counts = vec![NEVER; self.spans.len()];
        for (kind, time) in kinds.iter().zip(times) {
            if let Some((events, first, last)) = counts.get_mut(*kind as usize) {
                *events += 1;
                *first = (*first).min(*time);
                *last = (*last).max(*time);
            }
        }
        for (span, (events, first, last)) in self.spans.iter_mut().zip(counts) {
            // Times come from timestamps, so they are in range.
            let ends = (Timestamp::from_microseconds(first), Timestamp::from_microseconds(last));
            if let (1.., (Ok(first), Ok(last))) = (events, ends) {
                let found = KindSpan { events, first, last };
                match span {
                    Some(span) => span.add(found),
                    None => *span = Some(found),
                }
            }
        }
    }

    /// What was counted, by name; kinds without an event are left out.
    pub(crate) fn spans(&self) -> BTreeMap<String, KindSpan> {
        let named = self.names.iter().zip(&self.spans);
        named.filter_map(|(name, span)| Some((name.to_string(), (*span)?))).collect()
    }
}
