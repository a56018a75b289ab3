//! Which features are read, and which of them say anything.

use std::collections::{BTreeMap, BTreeSet};

use rayon::iter::{IntoParallelIterator, ParallelIterator};
use tenure_behaviour::Symbol;
use tenure_behaviour::expression::{Body, Definition, Type};
use tenure_behaviour::fold::{Program, Value};
use tenure_behaviour::language::Survey;
use tenure_bundle::{CategoryNames, Column, PurchaseReading};
use tenure_core::EventKind;

use super::source::FactSource;
use crate::LearnError;

/// Names of one definition that get a column of their own, at most.
const MOST_NAMES: usize = 8;
/// A rarer name says too little.
const LEAST_SHARE: f64 = 0.01;

/// Definitions that can say something where only events of `kinds` occur.
pub(crate) fn possible(definitions: &[Definition], kinds: &[EventKind]) -> Vec<Definition> {
    let occurs = |definition: &&Definition| {
        let survey = Survey::of([&definition.body]);
        let own = survey.streams.iter().all(|stream| match &stream.selector.kind {
            Some(kind) => kinds.contains(kind),
            None => true,
        });
        own && !survey.streams.is_empty() && survey.percentiles.is_empty() && survey.rfm.is_empty()
    };
    definitions.iter().filter(occurs).cloned().collect()
}

/// The kinds without which the rows would not be what they are here.
pub(crate) fn kinds_read(definitions: &[Definition], all: &[EventKind]) -> Vec<EventKind> {
    let mut read: Vec<EventKind> = Vec::new();
    for stream in Survey::of(definitions.iter().map(|definition| &definition.body)).streams {
        match stream.selector.kind {
            Some(kind) => read.push(kind),
            // Any kind: whatever the shop records.
            None => read.extend(all.iter().cloned()),
        }
    }
    read.sort_unstable();
    read.dedup();
    read
}

/// The text of definitions, one a line, as a bundle keeps them.
pub(crate) fn text(definitions: &[Definition]) -> String {
    definitions.iter().map(|definition| format!("{} = {}\n", definition.name, definition.body)).collect()
}

/// Whether a definition gives a name.
pub(crate) fn is_name(definition: &Definition) -> bool {
    matches!(&definition.body, Body::Value(value) if value.measures() == Type::Text)
}

/// Raw values of all definitions for one customer at one date, names as symbols.
#[derive(Clone, Debug, Default)]
pub(crate) struct RawRow {
    pub(crate) numbers: Vec<f32>,
    pub(crate) names: Vec<u64>,
}

impl RawRow {
    pub(crate) fn of(program: &Program, values: &[Value], is_name: &[bool]) -> Self {
        debug_assert_eq!(program.names().len(), values.len());
        let mut row = Self::default();
        for (value, is_name) in values.iter().zip(is_name) {
            match (is_name, value) {
                (true, Value::Text(name)) => row.names.push(name.bits()),
                (true, _) => row.names.push(Symbol::NONE.bits()),
                (false, value) => row.numbers.push(tenure_bundle::number(*value)),
            }
        }
        row
    }
}

/// What can be asked of raw rows: every number, and the commoner names of each definition that gives one.
pub(crate) fn columns(definitions: &[Definition], rows: &[&RawRow]) -> Vec<Column> {
    let (mut columns, mut place) = (Vec::new(), 0);
    for definition in definitions {
        if !is_name(definition) {
            columns.push(Column::Feature { name: definition.name.to_string() });
            continue;
        }
        let mut counts: BTreeMap<u64, usize> = BTreeMap::new();
        for row in rows {
            *counts.entry(row.names[place]).or_default() += 1;
        }
        place += 1;
        let least = (LEAST_SHARE * rows.len() as f64).ceil() as usize;
        let mut common: Vec<(u64, usize)> =
            counts.into_iter().filter(|(name, count)| *name != 0 && *count >= least.max(1)).collect();
        common.sort_unstable_by_key(|(name, count)| (usize::MAX - count, *name));
        columns.extend(
            common
                .into_iter()
                .take(MOST_NAMES)
                .map(|(symbol, _)| Column::Category { name: definition.name.to_string(), symbol }),
        );
    }
    columns.extend(PurchaseReading::ALL.map(Column::Purchase));
    columns
}

/// What the names are called that columns ask for: common ones alone, by [`columns`].
pub(crate) fn category_names(
    columns: &[Column],
    source: &dyn FactSource,
) -> Result<CategoryNames, LearnError> {
    let symbol = |column: &Column| match column {
        Column::Category { symbol, .. } => Some(Symbol::from_bits(*symbol)),
        Column::Feature { .. } | Column::Purchase(_) => None,
    };
    let wanted: BTreeSet<Symbol> = columns.iter().filter_map(symbol).collect();
    let names = if wanted.is_empty() { Vec::new() } else { source.names(&wanted)? };
    Ok(CategoryNames::new(columns, names))
}

/// Which columns differ between customers of one date. One that does not could only tell dates apart, and what it
/// learned of them would not come again.
pub(crate) fn telling(width: usize, dates: &[&[f32]]) -> Vec<bool> {
    let differs = |column: usize| {
        dates.iter().any(|rows| {
            let mut own = rows.iter().skip(column).step_by(width).map(|value| value.to_bits());
            let first = own.next();
            own.any(|value| Some(value) != first)
        })
    };
    (0..width).into_par_iter().map(differs).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tenure_behaviour::Fact;
    use tenure_behaviour::language::{STANDARD_FEATURES, Scope, compile_definitions};
    use tenure_core::CustomerId;

    fn standard() -> Vec<Definition> {
        compile_definitions(STANDARD_FEATURES, &Scope::features()).unwrap()
    }

    #[test]
    fn orders_alone_leave_out_what_needs_more() {
        let kept = possible(&standard(), &[EventKind::Order, EventKind::Refund]);
        let names: Vec<&str> = kept.iter().map(|one| &*one.name).collect();
        assert!(names.contains(&"overdue") && names.contains(&"refunds_365d"), "{names:?}");
        assert!(!names.contains(&"days_since_session") && !names.contains(&"month_of_year"), "{names:?}");
    }

    #[test]
    fn any_kind_reads_all_that_the_shop_records() {
        let any: Vec<Definition> =
            standard().into_iter().filter(|one| &*one.name == "days_since_any_event").collect();
        let shop = [EventKind::Order, EventKind::Session];
        assert_eq!(kinds_read(&any, &shop), shop);
    }

    #[test]
    fn a_bundle_reads_back_the_definitions_that_it_keeps() {
        let all = standard();
        assert_eq!(compile_definitions(&text(&all), &Scope::features()).unwrap(), all);
    }

    #[test]
    fn a_column_that_only_tells_dates_apart_says_nothing() {
        let (january, may) = ([1.0, 7.0, f32::NAN, 1.0, 8.0, f32::NAN], [5.0, 9.0, f32::NAN]);
        assert_eq!(telling(3, &[&january, &may]), [false, true, false]);
    }

    /// A source that knows more names than it is asked for.
    struct Telltale;

    impl FactSource for Telltale {
        fn kinds(&self) -> Vec<EventKind> {
            Vec::new()
        }

        fn visit(
            &self,
            _: &(dyn Fn(&CustomerId) -> bool + Sync),
            _: &(dyn Fn(&CustomerId, &[Fact]) + Sync),
        ) -> Result<(), LearnError> {
            Ok(())
        }

        fn names(&self, _: &BTreeSet<Symbol>) -> Result<Vec<String>, LearnError> {
            Ok(["Jane Doe", "web", "app"].map(str::to_owned).to_vec())
        }
    }

    #[test]
    fn only_names_that_columns_ask_for_are_kept() {
        let column = Column::Category { name: "last_channel".to_owned(), symbol: Symbol::of("web").bits() };
        let kept = category_names(&[column], &Telltale).unwrap();
        let found = ["Jane Doe", "web", "app"].map(|name| kept.name(Symbol::of(name)));
        assert_eq!(found, [None, Some("web"), None]);
        assert!(category_names(&[], &Telltale).unwrap().is_empty());
    }

    #[test]
    fn common_names_get_columns_and_rare_ones_none() {
        let all: Vec<Definition> = standard()
            .into_iter()
            .filter(|one| ["orders_ever", "last_channel"].contains(&&*one.name))
            .collect();
        let row = |name: u64| RawRow { numbers: vec![1.0], names: vec![name] };
        let mut rows = vec![row(7); 600];
        rows.extend(vec![row(9); 395]);
        rows.extend(vec![row(11); 5]);
        rows.push(row(0));
        let found = columns(&all, &rows.iter().collect::<Vec<_>>());
        let names: Vec<_> = found
            .iter()
            .filter_map(|one| match one {
                Column::Category { symbol, .. } => Some(*symbol),
                Column::Feature { .. } | Column::Purchase(_) => None,
            })
            .collect();
        assert_eq!(names, [7, 9]);
        assert_eq!(found.len(), 1 + 2 + 4);
    }
}
