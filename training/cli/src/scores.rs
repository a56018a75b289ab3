//! Files of scores: one row a customer, CSV or Parquet by the name of the file.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Error, bail};
use arrow_array::{ArrayRef, Float64Array, RecordBatch, StringArray, TimestampMicrosecondArray, UInt8Array};
use arrow_schema::{DataType, Field, Schema, TimeUnit};
use parquet::arrow::ArrowWriter;
use tempfile::NamedTempFile;
use tenure_behaviour::BehaviourError;
use tenure_bundle::{Score, Scorer, ValueInterval};
use tenure_core::{CustomerId, Timestamp};
use tenure_learn::LearnError;

/// One customer's score.
pub(crate) type Scored = (CustomerId, Score);

/// A customer's score, or whose history it was that cannot be scored.
pub(crate) fn scored(
    (customer_id, score): (CustomerId, Result<Score, BehaviourError>),
) -> Result<Scored, LearnError> {
    match score {
        Ok(score) => Ok((customer_id, score)),
        Err(source) => Err(LearnError::Customer { customer_id, source }),
    }
}

/// Writes scores; the file appears whole when [`ScoreWriter::finish`] returns, or not at all.
pub(crate) struct ScoreWriter {
    path: PathBuf,
    kind: Kind,
}

enum Kind {
    Csv(Box<csv::Writer<NamedTempFile>>),
    Parquet { writer: Box<ArrowWriter<File>>, file: NamedTempFile, schema: Arc<Schema> },
}

impl ScoreWriter {
    /// Starts a file whose columns follow the scorer's horizons.
    pub(crate) fn create(path: &Path, scorer: &Scorer) -> Result<Self, Error> {
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let file = temporary(folder).with_context(|| format!("cannot write to {}", folder.display()))?;
        let kind = match path.extension().and_then(|extension| extension.to_str()) {
            Some("csv") => {
                let mut writer = csv::Writer::from_writer(file);
                writer.write_record(column_names(scorer))?;
                Kind::Csv(Box::new(writer))
            }
            Some("parquet") => {
                let schema = Arc::new(schema(scorer));
                let writer = ArrowWriter::try_new(file.reopen()?, Arc::clone(&schema), None)?;
                Kind::Parquet { writer: Box::new(writer), file, schema }
            }
            _ => bail!("--out {}: name it .csv or .parquet", path.display()),
        };
        Ok(Self { path: path.to_owned(), kind })
    }

    /// Adds rows.
    pub(crate) fn write(&mut self, rows: &[Scored]) -> Result<(), Error> {
        match &mut self.kind {
            Kind::Csv(writer) => rows.iter().try_for_each(|row| Ok(writer.write_record(record(row))?)),
            Kind::Parquet { writer, schema, .. } => {
                Ok(writer.write(&RecordBatch::try_new(Arc::clone(schema), columns(rows))?)?)
            }
        }
    }

    /// Puts the file in place.
    pub(crate) fn finish(self) -> Result<(), Error> {
        let file = match self.kind {
            Kind::Csv(writer) => writer.into_inner().map_err(|error| error.into_error())?,
            Kind::Parquet { writer, file, .. } => {
                writer.close()?;
                file
            }
        };
        file.as_file().sync_all()?;
        file.persist(&self.path).with_context(|| format!("cannot write {}", self.path.display()))?;
        Ok(())
    }
}

/// A temporary file beside the final one, with the rights of a plain new file: others load the scores.
pub(crate) fn temporary(folder: &Path) -> std::io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".tenure-").suffix(".tmp");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}

const BEFORE_CURVE: [&str; 18] = [
    "customer_id",
    "churn_probability",
    "predicted_clv",
    "currency",
    "expected_orders",
    "p_alive",
    "next_order_at",
    "next_order_earliest_at",
    "next_order_latest_at",
    "rfm_recency",
    "rfm_frequency",
    "rfm_monetary",
    "segment",
    "rung",
    "horizon",
    "clv_horizon",
    "discount_rate",
    "as_of",
];

const AFTER_CURVE: [&str; 6] =
    ["value_low_80", "value_high_80", "value_low_95", "value_high_95", "next_rung", "model_version"];

/// The ends of the intervals, in the order of their columns.
const ENDS: [fn(&[ValueInterval; 2]) -> f64; 4] =
    [|both| both[0].low, |both| both[0].high, |both| both[1].low, |both| both[1].high];

fn column_names(scorer: &Scorer) -> Vec<String> {
    let curve = scorer.manifest().horizons.iter().map(|horizon| format!("churn_probability_{horizon}"));
    let before = BEFORE_CURVE.iter().map(|name| (*name).to_owned());
    before.chain(curve).chain(AFTER_CURVE.map(str::to_owned)).collect()
}

/// The row as text: shortest digits that read back to the same number.
fn record((customer_id, score): &Scored) -> Vec<String> {
    let next = |pick: fn(&tenure_bundle::NextOrder) -> Timestamp| {
        score.next_order.as_ref().map_or_else(String::new, |next| pick(next).to_string())
    };
    let rfm = |pick: fn(&tenure_behaviour::rfm::RfmScore) -> u8| {
        score.rfm.as_ref().map_or_else(String::new, |rfm| pick(rfm).to_string())
    };
    let mut row = vec![
        customer_id.to_string(),
        score.churn_probability.to_string(),
        score.predicted_clv.major_units.to_string(),
        score.predicted_clv.currency.to_string(),
        score.expected_orders.to_string(),
        score.p_alive.to_string(),
        next(|next| next.expected_at),
        next(|next| next.earliest_at),
        next(|next| next.latest_at),
        rfm(|rfm| rfm.recency),
        rfm(|rfm| rfm.frequency),
        rfm(|rfm| rfm.monetary),
        score.segment.as_str().to_owned(),
        score.rung.as_str().to_owned(),
        score.options.horizon.to_string(),
        score.options.clv_horizon.to_string(),
        score.options.discount_rate.to_string(),
        score.options.as_of.to_string(),
    ];
    row.extend(score.churn.iter().map(|one| one.churn_probability.to_string()));
    row.extend(
        ENDS.map(|end| score.intervals.as_ref().map_or_else(String::new, |both| end(both).to_string())),
    );
    row.push(score.next_rung.to_string());
    row.push(score.model_version.to_string());
    row
}

fn schema(scorer: &Scorer) -> Schema {
    let instant = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    let kind = |name: &str| match name {
        "next_order_at" | "next_order_earliest_at" | "next_order_latest_at" | "as_of" => instant.clone(),
        "rfm_recency" | "rfm_frequency" | "rfm_monetary" => DataType::UInt8,
        "customer_id" | "currency" | "segment" | "rung" | "horizon" | "clv_horizon" | "next_rung"
        | "model_version" => DataType::Utf8,
        _ => DataType::Float64,
    };
    let fields: Vec<Field> = column_names(scorer)
        .iter()
        .map(|name| Field::new(name, kind(name), is_absent_at_times(name)))
        .collect();
    Schema::new(fields)
}

/// Whether some customers have no value: without an order, or where the training could not tell.
fn is_absent_at_times(name: &str) -> bool {
    ["next_order", "rfm_", "value_"].iter().any(|start| name.starts_with(start))
}

/// The same columns as [`record`], in the same order.
fn columns(rows: &[Scored]) -> Vec<ArrayRef> {
    let text = |pick: &dyn Fn(&Score) -> String| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(rows.iter().map(|(_, score)| pick(score))))
    };
    let number = |pick: &dyn Fn(&Score) -> f64| -> ArrayRef {
        Arc::new(Float64Array::from_iter_values(rows.iter().map(|(_, score)| pick(score))))
    };
    let instant = |pick: &dyn Fn(&Score) -> Option<Timestamp>| -> ArrayRef {
        let values = rows.iter().map(|(_, score)| pick(score).map(|at| at.microseconds()));
        Arc::new(TimestampMicrosecondArray::from_iter(values).with_timezone("UTC"))
    };
    let rfm = |pick: &dyn Fn(&tenure_behaviour::rfm::RfmScore) -> u8| -> ArrayRef {
        Arc::new(UInt8Array::from_iter(rows.iter().map(|(_, score)| score.rfm.as_ref().map(pick))))
    };
    let mut columns = vec![
        Arc::new(StringArray::from_iter_values(rows.iter().map(|(id, _)| id.as_str()))) as ArrayRef,
        number(&|score| score.churn_probability),
        number(&|score| score.predicted_clv.major_units),
        text(&|score| score.predicted_clv.currency.to_string()),
        number(&|score| score.expected_orders),
        number(&|score| score.p_alive),
        instant(&|score| score.next_order.map(|next| next.expected_at)),
        instant(&|score| score.next_order.map(|next| next.earliest_at)),
        instant(&|score| score.next_order.map(|next| next.latest_at)),
        rfm(&|rfm| rfm.recency),
        rfm(&|rfm| rfm.frequency),
        rfm(&|rfm| rfm.monetary),
        text(&|score| score.segment.as_str().to_owned()),
        text(&|score| score.rung.as_str().to_owned()),
        text(&|score| score.options.horizon.to_string()),
        text(&|score| score.options.clv_horizon.to_string()),
        number(&|score| score.options.discount_rate.annual()),
        instant(&|score| Some(score.options.as_of.instant())),
    ];
    let horizons = rows.first().map_or(0, |(_, score)| score.churn.len());
    columns.extend((0..horizons).map(|index| number(&|score| score.churn[index].churn_probability)));
    let end = |of: fn(&[ValueInterval; 2]) -> f64| -> ArrayRef {
        Arc::new(Float64Array::from_iter(rows.iter().map(|(_, score)| score.intervals.as_ref().map(of))))
    };
    columns.extend(ENDS.map(end));
    columns.push(text(&|score| score.next_rung.to_string()));
    columns.push(text(&|score| score.model_version.to_string()));
    columns
}
