//! The values that a term can have, split at every threshold that anybody compares it with.

/// Some of a term's cells, one bit each.
pub(super) type Mask = u128;

/// Most cells of one term: bits of a [`Mask`].
pub(super) const MOST_CELLS: usize = Mask::BITS as usize;

/// Values of a term that no condition tells apart.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cell {
    /// There is no value.
    Missing,
    /// A number in between.
    Number(Span),
    /// This name.
    Name(Box<str>),
    /// A name that nobody mentions.
    OtherName,
    /// It holds, or does not.
    Truth(bool),
}

/// The numbers between two ends; of whole numbers both ends belong to it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Span {
    pub low: f64,
    pub high: f64,
    pub low_open: bool,
    pub high_open: bool,
}

impl Span {
    pub(super) const REAL: Self =
        Self { low: f64::NEG_INFINITY, high: f64::INFINITY, low_open: true, high_open: true };

    pub(super) const fn at_least(low: f64) -> Self {
        Self { low, low_open: false, ..Self::REAL }
    }

    pub(super) const fn above(low: f64) -> Self {
        Self { low, ..Self::REAL }
    }

    pub(super) const fn closed(low: f64, high: f64) -> Self {
        Self { low, high, low_open: false, high_open: false }
    }

    pub(super) fn intersect(self, other: Self) -> Self {
        let (low, low_open) = later((self.low, self.low_open), (other.low, other.low_open));
        let (high, high_open) = later((-self.high, self.high_open), (-other.high, other.high_open));
        Self { low, low_open, high: -high, high_open }
    }

    /// Whether every number of this span is one of the other.
    pub(super) fn within(self, other: Self) -> bool {
        self.intersect(other) == self
    }

    pub(super) fn is_empty(self) -> bool {
        self.low > self.high || (self.low >= self.high && (self.low_open || self.high_open))
    }

    /// The same whole numbers with ends that belong to it.
    fn whole(self) -> Self {
        let low = if self.low_open { self.low.floor() + 1.0 } else { self.low.ceil() };
        let high = if self.high_open { self.high.ceil() - 1.0 } else { self.high.floor() };
        Self { low, high, low_open: low.is_infinite(), high_open: high.is_infinite() }
    }
}

/// Of two lower ends the one that leaves less.
fn later(one: (f64, bool), other: (f64, bool)) -> (f64, bool) {
    if one.0 > other.0 || (one.0 >= other.0 && one.1) { one } else { other }
}

/// What values a term can have at all.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Domain {
    Number { span: Span, is_whole: bool, can_be_missing: bool },
    Name { can_be_missing: bool },
    Truth { can_be_missing: bool },
}

impl Domain {
    /// The cells of a term with this domain: each cut a cell of its own, and what lies between.
    pub(super) fn cells(self, mut cuts: Vec<f64>, names: &[Box<str>]) -> Vec<Cell> {
        match self {
            Self::Truth { can_be_missing } => {
                let truth = [Cell::Truth(false), Cell::Truth(true)];
                truth.into_iter().chain(can_be_missing.then_some(Cell::Missing)).collect()
            }
            Self::Name { can_be_missing } => {
                let named = names.iter().cloned().map(Cell::Name);
                named.chain([Cell::OtherName]).chain(can_be_missing.then_some(Cell::Missing)).collect()
            }
            Self::Number { span, is_whole, can_be_missing } => {
                cuts.retain(|cut| !cut.is_nan());
                cuts.sort_unstable_by(f64::total_cmp);
                cuts.dedup();
                let mut cells = Vec::new();
                let mut add = |piece: Span| {
                    let piece = piece.intersect(span);
                    let piece = if is_whole { piece.whole() } else { piece };
                    if !piece.is_empty() {
                        cells.push(Cell::Number(piece));
                    }
                };
                let mut low = f64::NEG_INFINITY;
                for cut in cuts {
                    add(Span { low, high: cut, low_open: true, high_open: true });
                    add(Span::closed(cut, cut));
                    low = cut;
                }
                add(Span::above(low));
                cells.extend(can_be_missing.then_some(Cell::Missing));
                cells
            }
        }
    }
}

/// The mask of the cells that a test picks.
pub(super) fn mask_of(cells: &[Cell], picks: impl Fn(&Cell) -> bool) -> Mask {
    cells.iter().enumerate().filter(|(_, cell)| picks(cell)).fold(0, |mask, (bit, _)| mask | 1 << bit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(span: Span, is_whole: bool, cuts: &[f64], expected: &[&str]) {
        let cells = Domain::Number { span, is_whole, can_be_missing: false }.cells(cuts.to_vec(), &[]);
        let text: Vec<String> = cells
            .iter()
            .map(|cell| match cell {
                Cell::Number(s) => format!(
                    "{}{}, {}{}",
                    if s.low_open { '(' } else { '[' },
                    s.low,
                    s.high,
                    if s.high_open { ')' } else { ']' }
                ),
                Cell::Missing | Cell::Name(_) | Cell::OtherName | Cell::Truth(_) => String::new(),
            })
            .collect();
        assert_eq!(text, expected);
    }

    #[test]
    fn a_line_is_cut_into_points_and_open_pieces() {
        check(
            Span::above(0.0),
            false,
            &[90.0, 60.0, 60.0],
            &["(0, 60)", "[60, 60]", "(60, 90)", "[90, 90]", "(90, inf)"],
        );
        check(Span::closed(0.0, 1.0), false, &[0.0, 0.5], &["[0, 0]", "(0, 0.5)", "[0.5, 0.5]", "(0.5, 1]"]);
        check(Span::REAL, false, &[], &["(-inf, inf)"]);
        check(Span::closed(1.0, 5.0), false, &[7.0, -2.0], &["[1, 5]"]);
    }

    #[test]
    fn whole_numbers_have_no_cell_between_neighbours() {
        check(Span::at_least(0.0), true, &[1.0, 2.0, 2.5], &["[0, 0]", "[1, 1]", "[2, 2]", "[3, inf)"]);
        check(Span::closed(1.0, 5.0), true, &[4.0], &["[1, 3]", "[4, 4]", "[5, 5]"]);
    }

    #[test]
    fn spans_know_what_lies_within_them() {
        let above = Span::above(60.0);
        assert!(Span::closed(61.0, 90.0).within(above) && !Span::closed(60.0, 90.0).within(above));
        assert!(Span { low: 60.0, high: 90.0, low_open: true, high_open: true }.within(above));
        assert!(Span::closed(2.0, 1.0).is_empty() && !Span::closed(1.0, 1.0).is_empty());
    }
}
