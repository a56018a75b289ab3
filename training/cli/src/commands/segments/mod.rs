//! `tenure segments`.

mod check;
mod predictor;
mod show;

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use anyhow::Error;
use clap::{Args, ValueEnum};
use serde::Serialize;
use tenure_behaviour::fold::Settings;
use tenure_behaviour::rfm::MigrationMatrix;
use tenure_behaviour::segments::{BookDifference, Rules, STANDARD, SegmentBook};
use tenure_bundle::Scorer;
use tenure_core::{AsOf, TimeZone};
use tenure_eventlog::log::EventLog;
use tenure_eventlog::segments::{Predictor, SegmentQuery, SegmentSizes, assign_segments, migration};

pub(crate) use check::check;

use crate::bundles;
use crate::commands::{self, print_json};
use crate::inputs;
use crate::orders::{self, Unusable};
use crate::progress::{Unit, bar};
use crate::say::say;

/// What `tenure segments` is told.
#[derive(Debug, Args)]
pub(crate) struct SegmentsArgs {
    /// Folder of the event log, as tenure import --log makes it.
    #[arg(long, value_name = "DIR", required_unless_present = "print_standard")]
    log: Option<PathBuf>,
    /// When. Only what was known before is used.
    #[arg(long, value_name = "DATE", required_unless_present = "print_standard")]
    as_of: Option<String>,
    /// File of segments [default: the standard ones].
    #[arg(long, value_name = "FILE")]
    segments: Option<PathBuf>,
    /// Where to write who is where, with offers: .csv or .parquet.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// The file of segments that is in use: what would change, and who would move, if --segments replaced it.
    #[arg(long, value_name = "FILE", conflicts_with = "since")]
    against: Option<PathBuf>,
    /// An earlier date: who moved from which segment to which since then.
    #[arg(long, value_name = "DATE")]
    since: Option<String>,
    /// Bundle that predicts, for segments that ask for a churn probability or a value.
    #[arg(long, value_name = "FILE")]
    bundle: Option<PathBuf>,
    /// Zone of dates that name none, and in which days begin.
    #[arg(long, value_name = "ZONE", default_value = "UTC")]
    time_zone: TimeZone,
    /// Language of names and headings: en or zh.
    #[arg(long, value_enum, default_value = "en")]
    language: Language,
    /// Print the standard segments, to edit them, and do nothing else.
    #[arg(long)]
    print_standard: bool,
}

/// Which names to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Language {
    /// English.
    En,
    /// Chinese.
    Zh,
}

impl Language {
    /// One of two texts that say the same: they stand side by side, so that neither is forgotten.
    const fn pick<'a>(self, english: &'a str, chinese: &'a str) -> &'a str {
        match self {
            Self::En => english,
            Self::Zh => chinese,
        }
    }

    /// The same for texts with numbers in them.
    fn say(self, english: impl FnOnce() -> String, chinese: impl FnOnce() -> String) -> String {
        match self {
            Self::En => english(),
            Self::Zh => chinese(),
        }
    }
}

/// What `--json` prints.
#[derive(Debug, Serialize)]
struct Report {
    as_of: String,
    book_version: u32,
    #[serde(flatten)]
    sizes: SegmentSizes,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    moves: Vec<Move>,
    #[serde(skip_serializing_if = "Option::is_none")]
    difference: Option<show::Difference>,
}

/// How many customers went from one segment to another; without `from` nothing was known of them before.
#[derive(Debug, Serialize)]
struct Move {
    from: Option<String>,
    to: Option<String>,
    customers: u64,
}

pub(crate) fn run(args: &SegmentsArgs, json: bool) -> Result<(), Error> {
    let (Some(folder), Some(as_of), false) = (&args.log, &args.as_of, args.print_standard) else {
        say!("{}", STANDARD.trim_end());
        return Ok(());
    };
    inputs::log(folder, false)?;
    let log = EventLog::open(folder)?;
    let rules = Rules::standard();
    let book = compile(args.segments.as_deref(), &rules)?;
    let other = args.against.as_deref().map(|path| compile(Some(path), &rules)).transpose()?;
    if let Some(out) = &args.out {
        let inputs: Vec<&Path> = [&args.segments, &args.against, &args.bundle, &args.log]
            .into_iter()
            .flatten()
            .map(PathBuf::as_path)
            .collect();
        orders::check_out(out, &inputs)?;
    }
    let as_of = orders::as_of(as_of, &args.time_zone)?;
    let since = args.since.as_ref().map(|text| earlier(text, as_of, &args.time_zone)).transpose()?;
    let scorer = args.bundle.as_ref().map(|path| scorer(path, &log)).transpose()?;
    if let Some(scorer) = &scorer {
        predictor::check(scorer, [&book].into_iter().chain(&other))?;
    }
    let predict = scorer.as_ref().map(|scorer| (predictor::reads(scorer), predictor::of(scorer)));
    let query = |book, as_of| SegmentQuery {
        book,
        settings: Settings { currency: log.currency(), time_zone: args.time_zone.clone() },
        as_of,
        predictor: predict.as_ref().map(|(columns, predict)| Predictor { columns: *columns, predict }),
    };
    let now = query(&book, as_of);
    let sizes = assign_segments(&log, &now, args.out.as_deref(), &progress("assigning segments", &log))?;
    let before = match (&other, since) {
        (Some(other), _) => Some(query(other, as_of)),
        (None, Some(since)) => Some(query(&book, since)),
        (None, None) => None,
    };
    let matrix =
        before.map(|before| migration(&log, &before, &now, &progress("comparing", &log))).transpose()?;
    let difference = other.as_ref().map(|other| BookDifference::between(other, &book));
    if json {
        return print_json(&Report {
            as_of: as_of.to_string(),
            book_version: book.version(),
            sizes,
            moves: matrix.as_ref().map(moves).unwrap_or_default(),
            difference: difference.as_ref().map(show::Difference::of),
        });
    }
    let language = args.language;
    show::sizes(&book, &sizes, as_of, language);
    if scorer.is_none() && book.program(&now.settings)?.reads_predictions() {
        let note = language.pick(
            "note: without --bundle, what asks for predictions holds of nobody",
            "注意：未指定 --bundle，依赖预测的条件对任何客户都不成立",
        );
        say!("\n{note}");
    }
    if let Some(difference) = &difference {
        show::difference(&show::Difference::of(difference), language);
    }
    if let Some(matrix) = &matrix {
        show::matrix(&title(since, language), matrix, other.as_ref().unwrap_or(&book), &book, language);
    }
    if let Some(out) = &args.out {
        let written = language.pick("members written to", "成员名单已写入");
        say!("\n{written} {}", out.display());
    }
    Ok(())
}

/// What stands above the moves: those since a date, or those that another file would make.
fn title(since: Option<AsOf>, language: Language) -> String {
    match since {
        None => language.pick("who would move", "哪些客户会变动").to_owned(),
        Some(since) => {
            language.say(|| format!("who moved since {since}"), || format!("自 {since} 以来的客户变动"))
        }
    }
}

/// The segments of a file, or the standard ones.
fn compile(file: Option<&Path>, rules: &Rules) -> Result<SegmentBook, Error> {
    let text = match file {
        Some(path) => commands::check::read(path)?,
        None => STANDARD.to_owned(),
    };
    SegmentBook::compile(&text, rules).map_err(|errors| {
        let name = file.map_or_else(|| "the standard segments".to_owned(), |path| path.display().to_string());
        let each = commands::check::shown(&errors);
        Unusable { message: format!("{name} cannot be used\n\n{each}") }.into()
    })
}

/// The bundle, if it counts in the log's currency.
fn scorer(path: &Path, log: &EventLog) -> Result<Scorer, Error> {
    let scorer = bundles::open(path)?;
    let (model, log) = (scorer.currency(), log.currency());
    if model != log {
        let message =
            format!("{} is in {model}, the log in {log}: train on this log's currency", path.display());
        return Err(Unusable { message }.into());
    }
    Ok(scorer)
}

fn earlier(since: &str, as_of: AsOf, zone: &TimeZone) -> Result<AsOf, Error> {
    let since = orders::as_of(since, zone)?;
    if since < as_of {
        return Ok(since);
    }
    let message = format!("--since {since} is not before --as-of {as_of}: name an earlier date");
    Err(Unusable { message }.into())
}

fn progress(what: &str, log: &EventLog) -> impl Fn(u64) + Sync + use<> {
    let bar = Mutex::new(bar(what, Some(log.events()), Unit::Customers));
    move |events| {
        if let Ok(mut bar) = bar.lock() {
            bar.set(events);
        }
    }
}

fn moves(matrix: &MigrationMatrix) -> Vec<Move> {
    let id = |place| match place {
        tenure_behaviour::rfm::Place::Unknown => None,
        tenure_behaviour::rfm::Place::Group(id) => Some(id.to_owned()),
    };
    matrix.moves().map(|(from, to, customers)| Move { from: id(from), to: id(to), customers }).collect()
}
