//! `tenure score --table`.

use std::path::PathBuf;

use anyhow::{Context, Error};
use clap::Args;
use rayon::prelude::*;
use serde::Serialize;
use tenure_bundle::{Limits, TableScorer};
use tenure_learn::table::RawTable;
use tenure_predict::{TableModel, Target};

use crate::commands::print_json;
use crate::inputs;
use crate::orders::{self, Unusable};
use crate::say::say;
use crate::scores::temporary;

#[derive(Debug, Args)]
pub(crate) struct ScoreTableArgs {
    /// Flat table instead of orders: CSV with the columns that the bundle was trained on, in any order.
    #[arg(long, value_name = "FILE")]
    table: PathBuf,
    /// Bundle written by `tenure train`.
    #[arg(long, value_name = "FILE")]
    bundle: PathBuf,
    /// Where to write the scores: .csv.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Say why: the three columns that move each customer most, and what every column adds to the log-odds. With
    /// log_odds_base, all of adds_COLUMN add up to log_odds.
    #[arg(long)]
    reasons: bool,
}

/// What `--json` prints.
#[derive(Debug, Serialize)]
struct Report<'a> {
    customers: usize,
    model_version: &'a str,
    mean_churn_probability: f64,
    missing_columns: &'a [&'a str],
}

/// Rows scored at a time.
const CHUNK: usize = 4096;

/// Reasons that are told in words.
const TOLD: usize = 3;

pub(crate) fn run(args: &ScoreTableArgs, json: bool) -> Result<(), Error> {
    inputs::bundle("--bundle", &args.bundle)?;
    let scorer = TableScorer::open(&args.bundle, &Limits::default())?;
    orders::check_out(&args.out, &[&args.table, &args.bundle])?;
    if args.out.extension().is_none_or(|extension| extension != "csv") {
        return Err(Unusable::new(format!("--out {}: scores of a table are .csv", args.out.display())).into());
    }
    let table = super::read(&args.table)?;
    let reader = Reader::new(&table, &scorer)?;
    if reader.missing.len() == scorer.model().columns().columns().len() {
        return Err(
            Unusable::new("the table has none of the columns that the bundle reads".to_owned()).into()
        );
    }
    let folder = args.out.parent().filter(|folder| !folder.as_os_str().is_empty());
    let file = temporary(folder.unwrap_or(std::path::Path::new("."))).context("cannot write the scores")?;
    let mut writer = csv::Writer::from_writer(file);
    writer.write_record(reader.header(args.reasons))?;
    let mut total = 0.0;
    for start in (0..table.rows()).step_by(CHUNK) {
        total += reader.write(start..(start + CHUNK).min(table.rows()), args.reasons, &mut writer)?;
    }
    let file = writer.into_inner().map_err(|error| error.into_error())?;
    file.as_file().sync_all()?;
    file.persist(&args.out).with_context(|| format!("cannot write {}", args.out.display()))?;
    let mean = total / table.rows() as f64;
    let missing = &reader.missing;
    if json {
        return print_json(&Report {
            customers: table.rows(),
            model_version: scorer.model_version(),
            mean_churn_probability: mean,
            missing_columns: missing,
        });
    }
    for name in missing {
        say!("note: there is no column {name}: it counts as missing for everyone");
    }
    say!("{} customers scored by {}, mean churn probability {mean:.4}", table.rows(), scorer.model_version());
    say!("scores written to {}", args.out.display());
    Ok(())
}

/// Where the customer ids are, every one of which is there; `None` where the bundle names no column of them, and rows
/// are numbered. A number in place of an id could be somebody else's.
fn ids(table: &RawTable, scorer: &TableScorer) -> Result<Option<usize>, Unusable> {
    let Some(name) = &scorer.question().id else { return Ok(None) };
    let Ok(at) = table.column(name) else {
        let message = format!(
            "there is no column {name:?}, which holds the customer ids by the bundle; there are {}",
            table.header().join(", ")
        );
        return Err(Unusable::new(message));
    };
    match (0..table.rows()).find(|row| table.cell(*row, at).is_none()) {
        None => Ok(Some(at)),
        Some(row) => {
            let message = format!("row {} has no customer id: {name:?} is blank in it", row + 1);
            Err(Unusable::new(message))
        }
    }
}

/// From rows of a table to rows of scores.
struct Reader<'a> {
    table: &'a RawTable,
    scorer: &'a TableScorer,
    model: &'a TableModel,
    id: Option<usize>,
    /// Where each column that the model reads is in the table.
    places: Vec<Option<usize>>,
    missing: Vec<&'a str>,
}

impl<'a> Reader<'a> {
    fn new(table: &'a RawTable, scorer: &'a TableScorer) -> Result<Self, Unusable> {
        let model = scorer.model();
        let names = || model.columns().columns().iter().map(|column| column.name.as_str());
        let places: Vec<_> = names().map(|name| table.column(name).ok()).collect();
        let missing =
            names().zip(&places).filter(|(_, place)| place.is_none()).map(|(name, _)| name).collect();
        let id = ids(table, scorer)?;
        Ok(Self { table, scorer, model, id, places, missing })
    }

    fn header(&self, reasons: bool) -> Vec<String> {
        let mut header = vec!["customer_id".to_owned(), "churn_probability".to_owned()];
        if reasons {
            header.extend((1..=TOLD).map(|at| format!("reason_{at}")));
            header.extend(["log_odds".to_owned(), "log_odds_base".to_owned()]);
            header
                .extend(self.model.columns().columns().iter().map(|column| format!("adds_{}", column.name)));
        }
        header.push("model_version".to_owned());
        header
    }

    /// Writes some rows and returns the sum of their probabilities.
    fn write<W: std::io::Write>(
        &self,
        rows: std::ops::Range<usize>,
        reasons: bool,
        writer: &mut csv::Writer<W>,
    ) -> Result<f64, Error> {
        let features = self.model.columns().features();
        let mut numbers = Vec::with_capacity(rows.len() * features);
        for row in rows.clone() {
            self.model
                .columns()
                .encode(self.places.iter().map(|at| self.table.cell(row, (*at)?)), &mut numbers);
        }
        let mut log_odds = vec![0.0; rows.len()];
        self.model.log_odds(&numbers, &mut log_odds);
        let rows: Vec<(usize, f64)> = rows.zip(log_odds).collect();
        let record = |((row, log_odds), numbers): (&(usize, f64), &[f32])| {
            let id = self.id.and_then(|at| self.table.cell(*row, at));
            let probability = Target::Probability.prediction(*log_odds);
            let mut record =
                vec![id.map_or_else(|| (row + 1).to_string(), str::to_owned), probability.to_string()];
            if reasons {
                self.explain(*row, numbers, *log_odds, &mut record);
            }
            record.push(self.scorer.model_version().to_string());
            (record, probability)
        };
        let records: Vec<_> = rows.par_iter().zip(numbers.par_chunks(features)).map(record).collect();
        records.iter().try_fold(0.0, |total, (record, probability)| {
            writer.write_record(record)?;
            Ok(total + probability)
        })
    }

    fn explain(&self, row: usize, numbers: &[f32], log_odds: f64, record: &mut Vec<String>) {
        let columns = self.model.columns().columns();
        let mut adds = vec![0.0; columns.len()];
        let base = self.model.contributions(numbers, &mut adds);
        let mut order: Vec<usize> = (0..columns.len()).collect();
        order.sort_by(|a, b| adds[*b].abs().total_cmp(&adds[*a].abs()));
        record.extend((0..TOLD).map(|at| {
            order.get(at).map_or_else(String::new, |column| {
                let value = self.places[*column].and_then(|at| self.table.cell(row, at)).unwrap_or("missing");
                let way = if adds[*column] > 0.0 { "raises" } else { "lowers" };
                format!(
                    "{} = {value} {way} the odds by a factor of {:.2}",
                    columns[*column].name,
                    adds[*column].abs().exp()
                )
            })
        }));
        record.extend([log_odds.to_string(), base.to_string()]);
        record.extend(adds.iter().map(ToString::to_string));
    }
}
