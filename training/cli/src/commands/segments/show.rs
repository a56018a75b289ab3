//! Segments as people read them.

use comfy_table::{CellAlignment, Table, presets};
use serde::Serialize;
use tenure_behaviour::rfm::{MigrationMatrix, Place};
use tenure_behaviour::segments::{BookDifference, Segment, SegmentBook, SettingChange};
use tenure_core::AsOf;
use tenure_eventlog::segments::SegmentSizes;

use super::Language;
use crate::say::say;

/// What replacing a book would change.
#[derive(Debug, Serialize)]
pub(super) struct Difference {
    added: Vec<String>,
    removed: Vec<String>,
    changed: Vec<Changed>,
    /// Name, value before and after.
    settings: Vec<(String, Option<String>, Option<String>)>,
}

/// A segment that would mean something else.
#[derive(Debug, Serialize)]
struct Changed {
    id: String,
    aspects: Vec<String>,
    before: String,
    after: String,
}

impl Difference {
    pub(super) fn of(difference: &BookDifference) -> Self {
        let texts = |ids: &[Box<str>]| ids.iter().map(ToString::to_string).collect();
        let changed = difference.changed.iter().map(|change| Changed {
            id: change.id.to_string(),
            aspects: change.aspects.iter().map(|aspect| format!("{aspect:?}").to_lowercase()).collect(),
            before: change.before.to_string(),
            after: change.after.to_string(),
        });
        let text = |value: &Option<Box<str>>| value.as_ref().map(ToString::to_string);
        let setting =
            |setting: &SettingChange| (setting.name.to_string(), text(&setting.before), text(&setting.after));
        Self {
            added: texts(&difference.added),
            removed: texts(&difference.removed),
            changed: changed.collect(),
            settings: difference.settings.iter().map(setting).collect(),
        }
    }
}

/// How many customers are where.
pub(super) fn sizes(book: &SegmentBook, sizes: &SegmentSizes, as_of: AsOf, language: Language) {
    say!("{} customers as of {as_of}, each in exactly one segment\n", sizes.customers);
    say!(
        "{}",
        table("segment", book.primary(), |id| sizes.primary.get(id).copied(), sizes.customers, language)
    );
    for family in book.families() {
        let labels: Vec<Segment> = book
            .labels()
            .iter()
            .filter(|label| label.family.as_deref() == Some(&*family.id))
            .cloned()
            .collect();
        let name = if language == Language::Zh { &family.name_zh } else { &family.name_en };
        say!("\n{}", table(name, &labels, |id| sizes.labels.get(id).copied(), sizes.customers, language));
    }
    for warning in book.warnings() {
        say!("\nnote: {warning}");
    }
}

/// What replacing the book in use would change.
pub(super) fn difference(difference: &Difference) {
    let Difference { added, removed, changed, settings } = difference;
    say!("\nwhat would change");
    let list = |what: &str, ids: &[String]| {
        if !ids.is_empty() {
            say!("  {what}: {}", ids.join(", "));
        }
    };
    list("added", added);
    list("removed", removed);
    for (name, before, after) in settings {
        let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "nothing".to_owned());
        say!("  setting {name}: {} -> {}", text(before), text(after));
    }
    for change in changed {
        say!("  {} ({})", change.id, change.aspects.join(", "));
        if change.before != change.after {
            say!("    before: {}\n    after:  {}", change.before, change.after);
        }
    }
    if added.is_empty() && removed.is_empty() && changed.is_empty() && settings.is_empty() {
        say!("  nothing");
    }
}

/// Who moved from which segment to which.
pub(super) fn matrix(
    title: &str,
    matrix: &MigrationMatrix,
    before: &SegmentBook,
    after: &SegmentBook,
    language: Language,
) {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED);
    table.set_header(["from", "to", "customers", "of those before"]);
    let mut moves: Vec<_> = matrix.moves().filter(|(from, to, _)| from != to).collect();
    moves.sort_by_key(|(_, _, customers)| std::cmp::Reverse(*customers));
    for (from, to, customers) in moves {
        let share =
            matrix.share(from, to).map_or_else(String::new, |share| format!("{:.1} %", share * 100.0));
        let cells = [place(before, from, language), place(after, to, language), customers.to_string(), share];
        table.add_row(cells);
    }
    align(&mut table, &[2, 3]);
    say!("\n{title}: {} stayed, {} appeared\n{table}", matrix.stayed(), matrix.appeared());
}

fn place(book: &SegmentBook, place: Place<'_>, language: Language) -> String {
    match place {
        Place::Unknown => "(unknown)".to_owned(),
        Place::Group(id) => {
            book.find(id).map_or_else(|| id.to_owned(), |segment| name(segment, language).to_owned())
        }
    }
}

fn name(segment: &Segment, language: Language) -> &str {
    match language {
        Language::En => &segment.name_en,
        Language::Zh => &segment.name_zh,
    }
}

fn table(
    title: &str,
    segments: &[Segment],
    size: impl Fn(&str) -> Option<u64>,
    all: u64,
    language: Language,
) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED);
    table.set_header([title, "", "customers", "share", "maintained"]);
    for segment in segments {
        let customers = size(&segment.id).unwrap_or(0);
        let share = format!("{:.1} %", 100.0 * customers as f64 / all.max(1) as f64);
        let cells = [
            segment.id.to_string(),
            name(segment, language).to_owned(),
            customers.to_string(),
            share,
            segment.maintenance.as_str().to_owned(),
        ];
        table.add_row(cells);
    }
    align(&mut table, &[2, 3]);
    table
}

fn align(table: &mut Table, columns: &[usize]) {
    for column in columns {
        if let Some(column) = table.column_mut(*column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
}
