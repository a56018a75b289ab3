//! From symbols back to names.

use std::collections::{BTreeSet, HashMap};

use arrow_array::cast::AsArray;
use arrow_array::types::Int32Type;
use rayon::prelude::*;
use tenure_behaviour::Symbol;

use super::EventLog;
use super::columns::Columns;
use super::cursor::RunFile;
use crate::EventLogError;

/// The names behind the symbols of a log.
#[derive(Clone, Debug, Default)]
pub struct SymbolTable(HashMap<Symbol, Box<str>>);

impl SymbolTable {
    /// All names, in the order of the alphabet.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.0.values().map(|name| &**name).collect();
        names.sort_unstable();
        names
    }

    /// The name; `None` for a symbol of a column that was not asked for.
    #[must_use]
    pub fn name(&self, symbol: Symbol) -> Option<&str> {
        self.0.get(&symbol).map(|name| &**name)
    }

    /// How many names there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl EventLog {
    /// The names of all kinds, and of everything in these columns. One pass over those columns alone; memory
    /// grows with the number of different names.
    ///
    /// # Errors
    /// When a file cannot be read or is damaged.
    pub fn symbols(&self, columns: Columns) -> Result<SymbolTable, EventLogError> {
        let columns: Columns = columns.iter().filter(|column| column.is_text()).collect();
        let mut table: HashMap<Symbol, Box<str>> =
            self.kinds().into_keys().map(|name| (Symbol::of(&name), name.into())).collect();
        self.read_names(columns, &|_| true, &mut table)?;
        Ok(SymbolTable(table))
    }

    /// The names behind these symbols, as far as they stand in these columns; memory grows with `wanted` alone.
    ///
    /// # Errors
    /// As [`Self::symbols`].
    pub fn symbols_among(
        &self,
        columns: Columns,
        wanted: &BTreeSet<Symbol>,
    ) -> Result<SymbolTable, EventLogError> {
        let columns: Columns = columns.iter().filter(|column| column.is_text()).collect();
        let mut table = HashMap::new();
        self.read_names(columns, &|symbol| wanted.contains(&symbol), &mut table)?;
        Ok(SymbolTable(table))
    }

    fn read_names(
        &self,
        columns: Columns,
        wanted: &(dyn Fn(Symbol) -> bool + Sync),
        table: &mut HashMap<Symbol, Box<str>>,
    ) -> Result<(), EventLogError> {
        if columns.intersection(self.columns()) == Columns::NONE {
            return Ok(());
        }
        let files = self.run_files()?;
        let found: Vec<HashMap<Symbol, Box<str>>> = (0..self.manifest.buckets)
            .into_par_iter()
            .map(|bucket| names_of(&files, bucket, columns, wanted))
            .collect::<Result<_, _>>()?;
        found.into_iter().for_each(|names| table.extend(names));
        Ok(())
    }
}

fn names_of(
    files: &[RunFile],
    bucket: u32,
    columns: Columns,
    wanted: &(dyn Fn(Symbol) -> bool + Sync),
) -> Result<HashMap<Symbol, Box<str>>, EventLogError> {
    let mut names = HashMap::new();
    let mut add = |name: Option<&str>| {
        if let Some((name, symbol)) = name.map(|name| (name, Symbol::of(name)))
            && wanted(symbol)
        {
            names.entry(symbol).or_insert_with(|| name.into());
        }
    };
    for file in files {
        let mut seen = Vec::new();
        for batch in file.batches(bucket, columns) {
            let batch = batch?;
            for column in columns.iter() {
                let Some(array) = batch.column_by_name(column.as_str()) else { continue };
                if let Some(texts) = array.as_string_opt::<i32>() {
                    texts.iter().for_each(&mut add);
                } else if let Some(dictionary) = array.as_dictionary_opt::<Int32Type>() {
                    // The batches of a row group share one dictionary.
                    let values = dictionary.values();
                    if !seen.iter().any(|known| std::sync::Arc::ptr_eq(known, values)) {
                        values.as_string::<i32>().iter().for_each(&mut add);
                        seen.push(std::sync::Arc::clone(values));
                    }
                }
            }
        }
    }
    Ok(names)
}
