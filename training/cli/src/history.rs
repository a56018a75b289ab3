//! Where a command's orders come from: a file of them, or an event log.

#![expect(clippy::doc_markdown, reason = "these comments are the help that people read")]

use std::path::{Path, PathBuf};

use clap::Args;
use tenure_bundle::Scorer;
use tenure_core::{Currency, TimeZone};
use tenure_eventlog::{ColumnMap, DateOrder, DecimalMark, EncodingChoice, NegativeAmounts};

use crate::inputs;
use crate::orders::{Unusable, quoted, quoted_path, same_file};

/// Share of rows that may be rejected where nothing else is said.
pub(crate) const MAX_REJECT_SHARE: f64 = 0.01;

/// How rows become events.
#[derive(Clone, Debug, Args)]
pub(crate) struct ReadingArgs {
    /// Which column is which, such as customer_id=Buyer,occurred_at=Date,amount=Total. Usual names are
    /// recognised without it; positions (#1) say that there is no header.
    #[arg(long, value_name = "MAP")]
    pub(crate) map: Option<ColumnMap>,
    /// Encoding of a text file: auto, utf-8, or gb18030 (also GBK and GB 2312, as exported in China). With auto a
    /// file that is not UTF-8 is GB18030 if its header then has a known Chinese column.
    #[arg(long, default_value = "auto", value_name = "ENCODING")]
    pub(crate) encoding: EncodingChoice,
    /// Reporting currency of every amount, ISO 4217 [default: the bundle's, else USD].
    #[arg(long)]
    currency: Option<Currency>,
    /// Zone of dates that name none, and in which days begin, by IANA name [default: the bundle's, else UTC].
    #[arg(long, value_name = "ZONE")]
    time_zone: Option<TimeZone>,
    /// What 03/04/2024 means: day-first or month-first. Settled from the file where it can be.
    #[arg(long, value_name = "ORDER")]
    pub(crate) date_order: Option<DateOrder>,
    /// Decimal mark of amounts: point or comma.
    #[arg(long, default_value = "point", value_name = "MARK")]
    pub(crate) decimal: DecimalMark,
    /// What a negative amount without a word about a return is: reject or refund.
    #[arg(long, default_value = "reject", value_name = "MEANING")]
    pub(crate) negative_amounts: NegativeAmounts,
    /// Where rows that cannot be read go, as line,reason,row; made only if there are any [default:
    /// FILE.rejects.csv].
    #[arg(long, value_name = "FILE")]
    pub(crate) rejects: Option<PathBuf>,
    /// Largest share of rows that may be rejected before the command fails with exit code 2.
    #[arg(long, default_value_t = MAX_REJECT_SHARE, value_name = "SHARE")]
    pub(crate) max_reject_share: f64,
}

impl ReadingArgs {
    /// The reporting currency.
    pub(crate) fn currency(&self) -> Currency {
        self.currency.unwrap_or(Currency::USD)
    }

    /// Where the shop's days begin.
    pub(crate) fn time_zone(&self) -> TimeZone {
        self.time_zone.clone().unwrap_or_else(TimeZone::utc)
    }

    fn as_in_training(&self, scorer: &Scorer) -> Self {
        let zone = || scorer.manifest().summary_rule.time_zone.clone();
        let time_zone = Some(self.time_zone.clone().unwrap_or_else(zone));
        Self { currency: Some(self.currency.unwrap_or(scorer.currency())), time_zone, ..self.clone() }
    }

    /// An option that was given and says nothing about a log, whose rows were read when they were imported.
    fn only_for_files(&self) -> Option<&'static str> {
        [
            (self.map.is_some(), "--map"),
            (self.encoding != EncodingChoice::Auto, "--encoding"),
            (self.date_order.is_some(), "--date-order"),
            (self.decimal != DecimalMark::default(), "--decimal"),
            (self.negative_amounts != NegativeAmounts::default(), "--negative-amounts"),
            (self.rejects.is_some(), "--rejects"),
            (self.max_reject_share.to_bits() != MAX_REJECT_SHARE.to_bits(), "--max-reject-share"),
        ]
        .into_iter()
        .find_map(|(given, name)| given.then_some(name))
    }
}

/// How a file of orders is read.
#[derive(Clone, Debug, Args)]
pub(crate) struct OrderFileArgs {
    /// File of orders or other events: CSV (also .gz), text in columns, or Parquet.
    #[arg(long, visible_alias = "input", value_name = "FILE")]
    pub(crate) orders: PathBuf,
    #[command(flatten)]
    pub(crate) how: ReadingArgs,
}

impl OrderFileArgs {
    /// The reporting currency.
    pub(crate) fn currency(&self) -> Currency {
        self.how.currency()
    }

    /// Where the shop's days begin.
    pub(crate) fn time_zone(&self) -> TimeZone {
        self.how.time_zone()
    }

    /// Another file, read the same way.
    pub(crate) fn with_orders(&self, orders: &Path) -> Self {
        Self { orders: orders.to_owned(), how: self.how.clone() }
    }
}

/// Exactly one of the two.
#[derive(Clone, Debug, Args)]
#[group(required = true, multiple = false)]
struct SourceArgs {
    /// File of orders or other events: CSV (also .gz), text in columns, or Parquet. Only orders and refunds count.
    #[arg(long, visible_alias = "input", value_name = "FILE")]
    orders: Option<PathBuf>,
    /// Folder of the event log, as tenure import --log makes it: all events count.
    #[arg(long, value_name = "DIR")]
    log: Option<PathBuf>,
}

/// A file of orders, or an event log.
#[derive(Clone, Debug, Args)]
pub(crate) struct HistoryArgs {
    #[command(flatten)]
    source: SourceArgs,
    #[command(flatten)]
    how: ReadingArgs,
}

/// Which of the two was given.
#[derive(Clone, Debug)]
pub(crate) enum History {
    /// Orders and refunds, from a file.
    Orders(OrderFileArgs),
    /// All events, from a log.
    Log(LogArgs),
}

/// An event log, and where its shop's days begin.
#[derive(Clone, Debug)]
pub(crate) struct LogArgs {
    pub(crate) folder: PathBuf,
    /// The currency that was asked for, which must be the log's.
    pub(crate) currency: Option<Currency>,
    pub(crate) time_zone: TimeZone,
}

impl HistoryArgs {
    /// Which of the two was given.
    ///
    /// # Errors
    /// When an option says how to read a file and there is a log, or a file is given as a log or a folder as orders.
    pub(crate) fn chosen(&self) -> Result<History, Unusable> {
        self.of(&self.how)
    }

    /// The same, read as training read its own where nothing else is said.
    ///
    /// # Errors
    /// As [`Self::chosen`].
    pub(crate) fn as_in_training(&self, scorer: &Scorer) -> Result<History, Unusable> {
        self.of(&self.how.as_in_training(scorer))
    }

    /// Where the shop's days begin.
    pub(crate) fn time_zone(&self) -> TimeZone {
        self.how.time_zone()
    }

    /// Where it lies.
    pub(crate) fn path(&self) -> &Path {
        let SourceArgs { orders, log } = &self.source;
        orders.as_deref().or(log.as_deref()).unwrap_or(Path::new(""))
    }

    fn of(&self, how: &ReadingArgs) -> Result<History, Unusable> {
        if let Some(orders) = &self.source.orders {
            inputs::orders(orders)?;
            return Ok(History::Orders(OrderFileArgs { orders: orders.clone(), how: how.clone() }));
        }
        let Some(folder) = self.source.log.clone() else {
            return Err(Unusable::new("name --orders FILE or --log DIR".to_owned()));
        };
        if let Some(option) = how.only_for_files() {
            let message =
                format!("{option} says how to read a file; what is in --log was read when imported");
            return Err(Unusable::new(message));
        }
        inputs::log(&folder, true)?;
        Ok(History::Log(LogArgs { folder, currency: how.currency, time_zone: how.time_zone() }))
    }
}

impl History {
    /// Where the shop's days begin.
    pub(crate) fn time_zone(&self) -> TimeZone {
        match self {
            Self::Orders(file) => file.time_zone(),
            Self::Log(log) => log.time_zone.clone(),
        }
    }

    /// The options that another command needs to read the same.
    pub(crate) fn same(&self) -> String {
        match self {
            Self::Orders(file) => same_file(file),
            Self::Log(log) if log.time_zone == TimeZone::utc() => {
                format!("--log {}", quoted_path(&log.folder))
            }
            Self::Log(log) => {
                let zone = quoted(&log.time_zone.to_string());
                format!("--log {} --time-zone {zone}", quoted_path(&log.folder))
            }
        }
    }
}
