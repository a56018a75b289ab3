//! Who moved from which group to which between two as-ofs.

use std::collections::BTreeMap;

/// How many customers moved from each group to each, between two as-ofs.
///
/// Of RFM groups or of segments alike: a group is its id. A customer of whom nothing was known at the first as-of
/// [appeared](Place::Unknown), which is not the same as one who was known but had no order yet (the group `prospect`,
/// or whichever segment says so). One of whom nothing is known at the second was erased in between.
///
/// ```
/// use tenure_behaviour::rfm::{MigrationMatrix, Place};
/// let mut matrix = MigrationMatrix::default();
/// for _ in 0..3 {
///     matrix.record(Place::Group("potential_loyalist"), Place::Group("champions"));
/// }
/// matrix.record(Place::Group("potential_loyalist"), Place::Group("at_risk"));
/// matrix.record(Place::Unknown, Place::Group("prospect"));
/// assert_eq!(matrix.share(Place::Group("potential_loyalist"), Place::Group("champions")), Some(0.75));
/// assert_eq!(matrix.appeared(), 1);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MigrationMatrix {
    counts: BTreeMap<(Id, Id), u64>,
}

/// Id of a group; none where nothing was known of the customer.
type Id = Option<Box<str>>;

/// Where a customer was at an as-of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place<'a> {
    /// Nothing was known of the customer.
    Unknown,
    /// In the group with this id.
    Group(&'a str),
}

impl<'a> Place<'a> {
    fn of(id: Option<&'a str>) -> Self {
        id.map_or(Self::Unknown, Self::Group)
    }

    fn key(self) -> Id {
        match self {
            Self::Unknown => None,
            Self::Group(id) => Some(id.into()),
        }
    }
}

impl MigrationMatrix {
    /// Counts one customer.
    pub fn record(&mut self, from: Place<'_>, to: Place<'_>) {
        *self.counts.entry((from.key(), to.key())).or_default() += 1;
    }

    /// Adds the counts of another part of the customers.
    pub fn merge(&mut self, other: Self) {
        for (moved, count) in other.counts {
            *self.counts.entry(moved).or_default() += count;
        }
    }

    /// The moves that happened, with how many customers made each, sorted.
    pub fn moves(&self) -> impl Iterator<Item = (Place<'_>, Place<'_>, u64)> {
        self.counts
            .iter()
            .map(|((from, to), count)| (Place::of(from.as_deref()), Place::of(to.as_deref()), *count))
    }

    /// How many customers moved from one group to another, or stayed.
    #[must_use]
    pub fn count(&self, from: Place<'_>, to: Place<'_>) -> u64 {
        self.counts.get(&(from.key(), to.key())).copied().unwrap_or(0)
    }

    /// How many customers were in a group at the first as-of.
    #[must_use]
    pub fn before(&self, group: Place<'_>) -> u64 {
        self.moves().filter(|(from, ..)| *from == group).map(|(_, _, count)| count).sum()
    }

    /// How many customers are in a group at the second as-of.
    #[must_use]
    pub fn after(&self, group: Place<'_>) -> u64 {
        self.moves().filter(|(_, to, _)| *to == group).map(|(_, _, count)| count).sum()
    }

    /// Of the customers in `from` at the first as-of, which part is in `to` at the second; absent if nobody was there.
    #[must_use]
    pub fn share(&self, from: Place<'_>, to: Place<'_>) -> Option<f64> {
        let before = self.before(from);
        (before > 0).then(|| self.count(from, to) as f64 / before as f64)
    }

    /// How many customers were unknown at the first as-of.
    #[must_use]
    pub fn appeared(&self) -> u64 {
        self.before(Place::Unknown)
    }

    /// How many customers are in the group that they were in, those unknown at the first as-of left out.
    #[must_use]
    pub fn stayed(&self) -> u64 {
        self.moves().filter(|(from, to, _)| from == to && *from != Place::Unknown).map(|(.., n)| n).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn place(id: u8) -> Place<'static> {
        [Place::Unknown, Place::Group("a"), Place::Group("b"), Place::Group("c")][usize::from(id)]
    }

    #[test]
    fn a_group_that_nobody_left_has_no_share() {
        let mut matrix = MigrationMatrix::default();
        matrix.record(Place::Unknown, Place::Group("prospect"));
        assert_eq!(matrix.share(Place::Group("prospect"), Place::Group("new")), None);
        assert_eq!(matrix.share(Place::Unknown, Place::Group("new")), Some(0.0));
        assert_eq!((matrix.appeared(), matrix.stayed()), (1, 0));
    }

    proptest! {
        #[test]
        fn rows_and_columns_add_up_in_any_split(moves in proptest::collection::vec((0..4_u8, 0..4_u8), 0..60), cut in 0..60_usize) {
            let build = |part: &[(u8, u8)]| {
                let mut matrix = MigrationMatrix::default();
                part.iter().for_each(|(from, to)| matrix.record(place(*from), place(*to)));
                matrix
            };
            let whole = build(&moves);
            let (left, right) = moves.split_at(cut.min(moves.len()));
            let mut merged = build(right);
            merged.merge(build(left));
            prop_assert_eq!(&merged, &whole);
            let total: u64 = whole.moves().map(|(.., count)| count).sum();
            prop_assert_eq!(total, moves.len() as u64);
            for id in 0..4 {
                let left: usize = moves.iter().filter(|(from, _)| *from == id).count();
                prop_assert_eq!(whole.before(place(id)), left as u64);
                prop_assert_eq!(whole.after(place(id)), moves.iter().filter(|(_, to)| *to == id).count() as u64);
                let shares: f64 = (0..4).filter_map(|to| whole.share(place(id), place(to))).sum();
                prop_assert!(left == 0 && shares == 0.0 || (shares - 1.0).abs() < 1e-12);
            }
        }
    }
}
