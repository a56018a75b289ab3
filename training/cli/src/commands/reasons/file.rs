//! The reasons of all customers, as CSV.

use std::path::{Path, PathBuf};

use anyhow::{Context, Error};
use tempfile::NamedTempFile;
use tenure_bundle::{Change, Importance, RiskBand, Wording};

use super::{Asked, Explained, Of, Told};

/// A file of reasons that appears whole or not at all, and what mattered over all of them.
pub(super) struct ReasonFile {
    out: PathBuf,
    writer: csv::Writer<NamedTempFile>,
    importance: Importance,
    customers: usize,
}

impl ReasonFile {
    pub(super) fn create(out: &Path, asked: &Asked<'_>) -> Result<Self, Error> {
        let folder = out.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let file = NamedTempFile::new_in(folder).with_context(|| cannot(out))?;
        let mut writer = csv::Writer::from_writer(file);
        let (first, last): (&[&str], &[&str]) = match asked.of {
            Of::Churn => (&["customer_id", "churn_probability", "band", "rung"], &["change"]),
            Of::Value => (&["customer_id", "predicted_clv", "typical_clv", "rung"], &[]),
        };
        let reasons = (1..=asked.top).map(|place| format!("reason_{place}"));
        let own = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        writer
            .write_record(own(first).into_iter().chain(reasons).chain(own(last)))
            .with_context(|| cannot(out))?;
        Ok(Self { out: out.to_owned(), writer, importance: Importance::default(), customers: 0 })
    }

    pub(super) fn write(&mut self, asked: &Asked<'_>, told: &[Told]) -> Result<(), Error> {
        for one in told {
            let mut row = vec![one.id.to_string()];
            match &one.explained {
                Explained::Churn(reasons, changes) => {
                    self.importance.add(asked.scorer, reasons);
                    row.push(reasons.churn_probability.to_string());
                    row.extend([reasons.band().to_string(), reasons.rung.as_str().to_owned()]);
                    let all = reasons.contributions.iter();
                    fill(&mut row, asked.top, all.map(|one| asked.scorer.reason(one, asked.wording)));
                    row.push(in_words(asked, reasons.band(), changes));
                }
                Explained::Value(reasons) => {
                    self.importance.add_value(asked.scorer, reasons);
                    row.push(reasons.predicted_clv.major_units.to_string());
                    row.extend([reasons.start.to_string(), reasons.rung.as_str().to_owned()]);
                    let all = reasons.contributions.iter();
                    fill(&mut row, asked.top, all.map(|one| asked.scorer.value_reason(one, asked.wording)));
                }
            }
            self.writer.write_record(row).with_context(|| cannot(&self.out))?;
        }
        self.customers += told.len();
        Ok(())
    }

    /// How many were written.
    pub(super) const fn customers(&self) -> usize {
        self.customers
    }

    /// Puts the file in its place.
    pub(super) fn finish(self) -> Result<(PathBuf, Importance), Error> {
        let Self { out, writer, importance, .. } = self;
        let file = writer.into_inner().map_err(|error| error.into_error()).with_context(|| cannot(&out))?;
        file.persist(&out).with_context(|| cannot(&out))?;
        Ok((out, importance))
    }
}

fn cannot(out: &Path) -> String {
    format!("cannot write {}", out.display())
}

/// So many cells, as far as there are reasons; the rest stay empty.
fn fill(row: &mut Vec<String>, top: usize, mut reasons: impl Iterator<Item = String>) {
    row.extend((0..top).map(|_| reasons.next().unwrap_or_default()));
}

/// The changes, or why there is none.
fn in_words(asked: &Asked<'_>, band: RiskBand, changes: &[Change]) -> String {
    if changes.is_empty() {
        return band.why_unmoved(asked.wording);
    }
    let all: Vec<String> = changes.iter().map(|change| change.in_words(asked.wording)).collect();
    all.join(if asked.wording == Wording::Chinese { "；" } else { "; " })
}
