//! The customers of one bucket: every id once, and their places in the order of a run.

use std::sync::Arc;

use arrow_array::{Array, StringArray};
use hashbrown::HashTable;

use super::scatter::customer_hash;

/// Ids in the order in which they were met.
#[derive(Debug, Default)]
pub(crate) struct Customers {
    text: String,
    /// Where each id ends in the text.
    ends: Vec<usize>,
    known: HashTable<u32>,
}

impl Customers {
    /// Adds the customers of a batch, and the number of each row's customer to `numbers`.
    pub(crate) fn number(&mut self, ids: &StringArray, numbers: &mut Vec<u32>) {
        numbers.reserve(ids.len());
        for row in 0..ids.len() {
            numbers.push(self.number_of(ids.value(row)));
        }
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Ends the collection: the ids in ascending order of their bytes, and for each number its place there.
    pub(crate) fn into_order(self) -> (StringArray, Arc<Vec<u32>>) {
        let mut order: Vec<u32> = (0..self.ends.len() as u32).collect();
        order.sort_unstable_by_key(|number| id_of(&self.text, &self.ends, *number));
        let mut places = vec![0; order.len()];
        for (place, number) in (0..).zip(&order) {
            places[*number as usize] = place;
        }
        let ids = order.iter().map(|number| Some(id_of(&self.text, &self.ends, *number)));
        (ids.collect(), Arc::new(places))
    }

    fn number_of(&mut self, id: &str) -> u32 {
        let Self { text, ends, known } = self;
        let hash = customer_hash(id);
        if let Some(number) = known.find(hash, |number| id_of(text, ends, *number) == id) {
            return *number;
        }
        let number = ends.len() as u32;
        text.push_str(id);
        ends.push(text.len());
        known.insert_unique(hash, number, |number| customer_hash(id_of(text, ends, *number)));
        number
    }
}

fn id_of<'a>(text: &'a str, ends: &[usize], number: u32) -> &'a str {
    let number = number as usize;
    let start = if number == 0 { 0 } else { ends[number - 1] };
    &text[start..ends[number]]
}
