//! Why an import stopped, with the file, the value and what to do.

use std::io;
use std::path::PathBuf;

use crate::{Field, ImportSummary};

/// What a caller's sink may fail with.
pub type SinkError = Box<dyn std::error::Error + Send + Sync>;

/// Why an import or a write stopped. A single bad row never does: see [`RejectReason`](crate::RejectReason).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EventLogError {
    /// A table of features can be written as Parquet or CSV only.
    #[error("--out {}: name it .csv or .parquet", path.display())]
    UnknownOutput {
        /// The refused path.
        path: PathBuf,
    },
    /// A feature with the name of a column that every table has.
    #[error("{name} is a column of every table: give the feature another name")]
    ReservedName {
        /// The name.
        name: String,
    },
    /// A percentile of something that is itself fitted.
    #[error(
        "a percentile of an RFM score, a percentile or a prediction cannot be fitted: take it of what customers did"
    )]
    NestedFit,
    /// Predictions where there is no model.
    #[error(
        "predictions (churn_probability, clv, expected_orders, p_alive) need a model, and tables of features have none: leave them out"
    )]
    NoModel,
    /// Definitions that cannot be evaluated.
    #[error(transparent)]
    Fold(#[from] tenure_behaviour::fold::FoldError),
    /// A population that cannot be divided into fifths.
    #[error(transparent)]
    Behaviour(#[from] tenure_behaviour::BehaviourError),
    /// The operating system refused a file operation, or a compressed file is cut short.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was tried: `read`, `create` and so on.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The Parquet file is damaged, cut short, or uses what this build cannot read.
    #[error("{} is not a readable Parquet file (cut short or damaged?): {source}", path.display())]
    Parquet {
        /// The file.
        path: PathBuf,
        /// What the Parquet library saw.
        source: parquet::errors::ParquetError,
    },
    /// A Parquet column could not be decoded or encoded.
    #[error("cannot convert a column of {}: {source}", path.display())]
    Arrow {
        /// The file.
        path: PathBuf,
        /// What the Arrow library saw.
        source: arrow_schema::ArrowError,
    },
    /// The file is neither text nor Parquet.
    #[error("{} looks like {found}: {advice}", path.display())]
    UnsupportedFormat {
        /// The file.
        path: PathBuf,
        /// What its first bytes say.
        found: &'static str,
        /// What to do.
        advice: &'static str,
    },
    /// The file has no bytes, or a header and nothing below it.
    #[error("{} holds no rows: expected a header and one line for each order", path.display())]
    NoRows {
        /// The file.
        path: PathBuf,
    },
    /// A needed column was neither mapped nor recognised.
    #[error(
        "no column of {} is recognised as {field}; its columns are {}{}; name it, for example {example}",
        path.display(),
        listed(found),
        nearest_clause(nearest.as_ref())
    )]
    MissingColumn {
        /// The file.
        path: PathBuf,
        /// What is missing.
        field: Field,
        /// The columns that are there.
        found: Vec<String>,
        /// The column that looks most like it.
        nearest: Option<String>,
        /// A map to start from.
        example: String,
    },
    /// The map names a column that is not in the file.
    #[error(
        "the map takes {field} from {column:?}, which is not a column of {}; its columns are {}{}",
        path.display(),
        listed(found),
        nearest_clause(nearest.as_ref())
    )]
    UnknownColumn {
        /// The file.
        path: PathBuf,
        /// What was mapped.
        field: Field,
        /// The name that is not there.
        column: String,
        /// The columns that are there.
        found: Vec<String>,
        /// The column that looks most like it.
        nearest: Option<String>,
    },
    /// A price column beside a quantity column: the amount of a line cannot be known.
    #[error(
        "{} has {price:?} and {quantity:?}: say whether {price:?} is the price of one piece \
         (--map amount={quantity}*{price}) or the amount of the line (--map amount={price})",
        path.display()
    )]
    PriceOrAmount {
        /// The file.
        path: PathBuf,
        /// The column that looks like a price.
        price: String,
        /// The column that looks like a quantity.
        quantity: String,
    },
    /// A Parquet column has a type that cannot hold the field.
    #[error(
        "column {column:?} of {} has type {found}, which cannot be read as {field}: expected {expected}",
        path.display()
    )]
    ColumnType {
        /// The file.
        path: PathBuf,
        /// What the column was taken for.
        field: Field,
        /// The column.
        column: String,
        /// Its type.
        found: String,
        /// The types that would do.
        expected: &'static str,
    },
    /// The text of a column map cannot be read.
    #[error(
        "cannot read the map at {value:?}: {problem}; write \
         customer_id=COLUMN,occurred_at=COLUMN,amount=COLUMN, with #1, #2 for columns without a header"
    )]
    InvalidMap {
        /// The part that cannot be read.
        value: String,
        /// Why.
        problem: String,
    },
    /// The text of a map of kinds cannot be read.
    #[error("cannot read the map of kinds at {value:?}: {problem}; write WORD=KIND,WORD=KIND")]
    InvalidKindMap {
        /// The part that cannot be read.
        value: String,
        /// Why.
        problem: String,
    },
    /// One kind was stated for all rows, and a column of kinds was mapped.
    #[error("every row of {} was said to be {kind}, and {column:?} to say what each is: say one of the two", path.display())]
    KindTwice {
        /// The file.
        path: PathBuf,
        /// The kind of all rows.
        kind: String,
        /// The mapped column.
        column: String,
    },
    /// Kinds that Tenure does not know, where only known ones are wanted.
    #[error(
        "{} has kinds that Tenure does not know: {}; rename them with --kind-map, or leave out --strict to keep \
         them as kinds of the shop's own",
        path.display(),
        unknown_kinds(kinds)
    )]
    UnknownKinds {
        /// The file.
        path: PathBuf,
        /// Each unknown name, how often it came, and the known name most like it.
        kinds: Vec<(String, u64, Option<String>)>,
    },
    /// An option has a value that it does not know.
    #[error("{value:?} is not a value of {option}: write one of {}", accepted.join(", "))]
    UnknownOption {
        /// The option.
        option: &'static str,
        /// The refused value.
        value: String,
        /// The values it knows.
        accepted: &'static [&'static str],
    },
    /// A share of rejected rows outside 0 to 1.
    #[error("{value} is not a share of rows: it must be between 0 and 1, such as 0.01 for 1 %")]
    InvalidRejectShare {
        /// The refused share.
        value: f64,
    },
    /// Dates could be day first or month first and no row settles it.
    #[error(
        "{}, line {line}: {value:?} could be day first or month first and no date near the start of the \
         file settles it: pass --date-order day-first or --date-order month-first",
        path.display()
    )]
    AmbiguousDates {
        /// The file.
        path: PathBuf,
        /// Line (CSV) or row (Parquet) of the first such date.
        line: u64,
        /// The date.
        value: String,
    },
    /// More rows were rejected than allowed. The rejects file is complete; events already given to the sink
    /// should be dropped.
    #[error("{}", too_many(.summary, *.max_share))]
    TooManyRejects {
        /// The whole summary, with counts by reason.
        summary: Box<ImportSummary>,
        /// The share that was allowed.
        max_share: f64,
    },
    /// The caller's sink failed.
    #[error("{}, line {line}: {source}", path.display())]
    Sink {
        /// The file.
        path: PathBuf,
        /// Line (CSV) or row (Parquet) of the event.
        line: u64,
        /// What the sink said.
        source: SinkError,
    },
    /// A writer was given amounts of two currencies.
    #[error("cannot write {found} to {}, whose events are in {expected}", path.display())]
    MixedCurrencies {
        /// The file being written.
        path: PathBuf,
        /// Currency of the file.
        expected: tenure_core::Currency,
        /// Currency of the refused event.
        found: tenure_core::Currency,
    },
    /// There is no event log in the folder.
    #[error("there is no event log in {}: make one with tenure import --input FILE --log {}", path.display(), path.display())]
    LogMissing {
        /// The folder.
        path: PathBuf,
    },
    /// A file of an event log is not as it was written.
    #[error("{} of the event log is damaged: {problem}; restore it, or import the sources into a new folder", path.display())]
    LogDamaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// The log was written by another version.
    #[error("{} has version {found} and this build reads version {known}: use a newer tenure", path.display())]
    LogVersion {
        /// The manifest.
        path: PathBuf,
        /// Its version.
        found: u32,
        /// The version that can be read.
        known: u32,
    },
    /// Another process is changing the log.
    #[error("another process is writing to the event log {}: wait until it is done", path.display())]
    LogBusy {
        /// The folder.
        path: PathBuf,
    },
    /// An import in another currency than that of the log.
    #[error(
        "the event log {} is in {expected} and this import in {found}: pass --currency {expected}, or import \
         into another folder",
        path.display()
    )]
    LogCurrency {
        /// The folder.
        path: PathBuf,
        /// Currency of the log.
        expected: tenure_core::Currency,
        /// Currency of the import.
        found: tenure_core::Currency,
    },
    /// A memory limit too small for the work.
    #[error("{memory_bytes} bytes for one sort are too few: pass a larger --memory-limit ({problem})")]
    MemoryLimit {
        /// Bytes that one sort may hold.
        memory_bytes: usize,
        /// What DataFusion said.
        problem: String,
    },
    /// The sort failed for another reason.
    #[error("cannot sort in {}: {source}", path.display())]
    Sort {
        /// The folder for what is spilled.
        path: PathBuf,
        /// What DataFusion said.
        source: SinkError,
    },
    /// A column of kinds that holds something else.
    #[error("{} has more than {max} kinds of events: is the right column mapped to kind?", path.display())]
    TooManyKinds {
        /// The file.
        path: PathBuf,
        /// Most kinds of one import.
        max: usize,
    },
    /// What a caller does with the events of a customer failed.
    #[error("{source}")]
    Visitor {
        /// What it said.
        source: SinkError,
    },
}

fn listed(columns: &[String]) -> String {
    const SHOWN: usize = 40;
    let mut text = columns.iter().take(SHOWN).map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ");
    if columns.len() > SHOWN {
        text.push_str(&format!(" and {} more", columns.len() - SHOWN));
    }
    text
}

fn unknown_kinds(kinds: &[(String, u64, Option<String>)]) -> String {
    let one = |(name, events, nearest): &(String, u64, Option<String>)| {
        let hint = nearest.as_ref().map_or_else(String::new, |near| format!(", did you mean {near}?"));
        format!("{name:?} ({events} events{hint})")
    };
    kinds.iter().map(one).collect::<Vec<_>>().join("; ")
}

fn nearest_clause(nearest: Option<&String>) -> String {
    nearest.map_or_else(String::new, |name| format!("; did you mean {name:?}?"))
}

fn too_many(summary: &ImportSummary, max_share: f64) -> String {
    let reasons: Vec<String> =
        summary.rejects.iter().map(|(reason, count)| format!("{count} {reason}")).collect();
    let place = summary.rejects_file.as_ref().map_or_else(
        || "name a rejects file to see them".to_owned(),
        |path| format!("they are in {}", path.display()),
    );
    format!(
        "{} of {} rows of {} were rejected, more than the {} % allowed: {}; {place}",
        summary.rejected(),
        summary.rows,
        summary.source.display(),
        max_share * 100.0,
        reasons.join(", "),
    )
}
