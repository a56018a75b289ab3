//! `tenure check` of a file of segments.

use std::path::Path;

use anyhow::Error;
use comfy_table::{Table, presets};
use serde::Serialize;
use tenure_behaviour::language::Scope;
use tenure_behaviour::segments::{NODE_LIMIT, Rules, Segment, SegmentBook, SegmentError};

use crate::commands::{self, print_json};
use crate::say::say;

/// What `--json` prints of a file that compiles.
#[derive(Debug, Serialize)]
struct Report<'a> {
    file: String,
    version: u32,
    /// Proved to hold of exactly one each.
    primary: Vec<Row<'a>>,
    labels: Vec<Row<'a>>,
    warnings: Vec<String>,
    /// Steps of the proofs.
    proof_steps: u64,
}

#[derive(Debug, Serialize)]
struct Row<'a> {
    id: &'a str,
    family: Option<&'a str>,
    name_en: &'a str,
    name_zh: &'a str,
    maintained: &'static str,
    condition: String,
}

/// What `--json` prints of a file that does not.
#[derive(Debug, Serialize)]
struct Refusals {
    errors: Vec<Refusal>,
}

#[derive(Debug, Serialize)]
struct Refusal {
    line: usize,
    column: usize,
    message: String,
}

/// Compiles and proves a file of segments, and reports.
pub(crate) fn check(path: &Path, scope: Scope, json: bool) -> Result<(), Error> {
    let rules = Rules { scope, node_limit: NODE_LIMIT };
    if json && let Err(errors) = SegmentBook::compile(&commands::check::read(path)?, &rules) {
        let refusal = |error: &SegmentError| Refusal {
            line: error.spot.line,
            column: error.spot.column,
            message: error.problem.to_string(),
        };
        print_json(&Refusals { errors: errors.iter().map(refusal).collect() })?;
    }
    let book = super::compile(Some(path), &rules)?;
    if json {
        return print_json(&Report {
            file: path.display().to_string(),
            version: book.version(),
            primary: book.primary().iter().map(row).collect(),
            labels: book.labels().iter().map(row).collect(),
            warnings: book.warnings().iter().map(ToString::to_string).collect(),
            proof_steps: book.proof_steps(),
        });
    }
    say!("{}", table(&book));
    let (n_primary, n_labels) = (book.primary().len(), book.labels().len());
    say!("{}: {n_primary} primary segments and {n_labels} labels compile", path.display());
    say!("  every customer is in exactly one primary segment, proved in {} steps", book.proof_steps());
    for warning in book.warnings() {
        say!("  note: {warning}");
    }
    Ok(())
}

fn row(segment: &Segment) -> Row<'_> {
    Row {
        id: &segment.id,
        family: segment.family.as_deref(),
        name_en: &segment.name_en,
        name_zh: &segment.name_zh,
        maintained: segment.maintenance.as_str(),
        condition: segment.condition.to_string(),
    }
}

fn table(book: &SegmentBook) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED);
    table.set_header(["id", "family", "name", "名称", "maintained"]);
    for segment in book.primary().iter().chain(book.labels()) {
        let Row { id, family, name_en, name_zh, maintained, .. } = row(segment);
        table.add_row([id, family.unwrap_or("primary"), name_en, name_zh, maintained]);
    }
    table
}
