//! Why a definition cannot be folded.

/// Why definitions were not compiled, or a stored state not taken.
///
/// Text that the [language](crate::language) let through is never refused; these are for expressions made by hand.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FoldError {
    /// A window that looks ahead outside a label.
    #[error("{name} looks ahead of the as-of: a next window is only for labels")]
    LooksAhead {
        /// Name of the definition.
        name: Box<str>,
    },
    /// A function without the attribute that it needs, or with one that it cannot take.
    #[error("{name}: {function} cannot take {attribute}")]
    WrongAttribute {
        /// Name of the definition.
        name: Box<str>,
        /// The function.
        function: Box<str>,
        /// What it was given.
        attribute: Box<str>,
    },
    /// A trend over all time, or over what comes next, has no window before.
    #[error("{name}: a trend needs a window of a length in the past, such as 30d")]
    TrendWithoutWindow {
        /// Name of the definition.
        name: Box<str>,
    },
    /// More different selections of events than a state can number.
    #[error(
        "{count} different selections of events; at most {limit} fit in one program: compile fewer definitions together"
    )]
    TooManyStreams {
        /// How many there are.
        count: usize,
        /// How many are allowed.
        limit: usize,
    },
    /// A stored state of another program, or a damaged one.
    #[error(
        "the stored state does not belong to these definitions or is damaged ({what}): fold the log again"
    )]
    WrongState {
        /// What does not fit.
        what: &'static str,
    },
    /// Quantiles that are not numbers in rising order.
    #[error("quantiles must be finite and never fall: fit them again")]
    InvalidQuantiles,
}
