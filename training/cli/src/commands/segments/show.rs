//! Segments as people read them.

use comfy_table::{CellAlignment, Table, presets};
use serde::Serialize;
use tenure_behaviour::rfm::{MigrationMatrix, Place};
use tenure_behaviour::segments::{BookDifference, Maintenance, Segment, SegmentBook, SettingChange};
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
    let customers = sizes.customers;
    let title = language.say(
        || format!("{customers} customers as of {as_of}, each in exactly one segment"),
        || format!("截至 {as_of} 共 {customers} 位客户，每位客户恰好属于一个分群"),
    );
    say!("{title}\n");
    say!(
        "{}",
        table(
            language.pick("segment", "分群"),
            book.primary(),
            |id| sizes.primary.get(id).copied(),
            sizes.customers,
            language
        )
    );
    for family in book.families() {
        let labels: Vec<Segment> = book
            .labels()
            .iter()
            .filter(|label| label.family.as_deref() == Some(&*family.id))
            .cloned()
            .collect();
        let name = language.pick(&family.name_en, &family.name_zh);
        say!("\n{}", table(name, &labels, |id| sizes.labels.get(id).copied(), sizes.customers, language));
    }
    for warning in book.warnings() {
        say!("\n{}{warning}", language.pick("note: ", "注意："));
    }
}

/// What replacing the book in use would change.
pub(super) fn difference(difference: &Difference, language: Language) {
    let Difference { added, removed, changed, settings } = difference;
    say!("\n{}", language.pick("what would change", "将发生的变化"));
    let list = |what: &str, ids: &[String]| {
        if !ids.is_empty() {
            say!("  {what}: {}", ids.join(", "));
        }
    };
    list(language.pick("added", "新增"), added);
    list(language.pick("removed", "删除"), removed);
    let nothing = language.pick("nothing", "无");
    for (name, before, after) in settings {
        let text = |value: &Option<String>| value.clone().unwrap_or_else(|| nothing.to_owned());
        say!("  {} {name}: {} -> {}", language.pick("setting", "参数"), text(before), text(after));
    }
    for change in changed {
        let aspects: Vec<&str> = change.aspects.iter().map(|aspect| aspect_name(aspect, language)).collect();
        say!("  {} ({})", change.id, aspects.join(", "));
        if change.before != change.after {
            let [before, after] =
                [language.pick("before:", "变更前："), language.pick("after: ", "变更后：")];
            say!("    {before} {}\n    {after} {}", change.before, change.after);
        }
    }
    if added.is_empty() && removed.is_empty() && changed.is_empty() && settings.is_empty() {
        say!("  {nothing}");
    }
}

/// What of a segment changed.
fn aspect_name(aspect: &str, language: Language) -> &str {
    let chinese = match aspect {
        "condition" => "条件",
        "wording" => "写法",
        "names" => "名称",
        "family" => "类别",
        "maintenance" => "维护方式",
        "action" => "动作",
        other => other,
    };
    language.pick(aspect, chinese)
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
    table.set_header(match language {
        Language::En => ["from", "to", "customers", "of those before"],
        Language::Zh => ["原分群", "新分群", "客户数", "占原分群比例"],
    });
    let mut moves: Vec<_> = matrix.moves().filter(|(from, to, _)| from != to).collect();
    moves.sort_by_key(|(_, _, customers)| std::cmp::Reverse(*customers));
    for (from, to, customers) in moves {
        let share =
            matrix.share(from, to).map_or_else(String::new, |share| format!("{:.1} %", share * 100.0));
        let cells = [place(before, from, language), place(after, to, language), customers.to_string(), share];
        table.add_row(cells);
    }
    align(&mut table, &[2, 3]);
    let (stayed, appeared) = (matrix.stayed(), matrix.appeared());
    let counts = language.say(
        || format!(": {stayed} stayed, {appeared} appeared"),
        || format!("：{stayed} 位未变动，{appeared} 位新出现"),
    );
    say!("\n{title}{counts}\n{table}");
}

fn place(book: &SegmentBook, place: Place<'_>, language: Language) -> String {
    match place {
        Place::Unknown => language.pick("(unknown)", "（未知）").to_owned(),
        Place::Group(id) => {
            book.find(id).map_or_else(|| id.to_owned(), |segment| name(segment, language).to_owned())
        }
    }
}

fn name(segment: &Segment, language: Language) -> &str {
    language.pick(&segment.name_en, &segment.name_zh)
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
    let [customers, share, maintained] = match language {
        Language::En => ["customers", "share", "maintained"],
        Language::Zh => ["客户数", "占比", "维护方式"],
    };
    table.set_header([title, "", customers, share, maintained]);
    for segment in segments {
        let customers = size(&segment.id).unwrap_or(0);
        let share = format!("{:.1} %", 100.0 * customers as f64 / all.max(1) as f64);
        let cells = [
            segment.id.to_string(),
            name(segment, language).to_owned(),
            customers.to_string(),
            share,
            maintenance(segment.maintenance, language).to_owned(),
        ];
        table.add_row(cells);
    }
    align(&mut table, &[2, 3]);
    table
}

/// How a segment is kept right.
const fn maintenance(how: Maintenance, language: Language) -> &'static str {
    match language {
        Language::En => how.as_str(),
        Language::Zh => match how {
            Maintenance::RealTime => "实时",
            Maintenance::Reviewed => "定期复核",
            Maintenance::Predictive => "随模型更新",
        },
    }
}

fn align(table: &mut Table, columns: &[usize]) {
    for column in columns {
        if let Some(column) = table.column_mut(*column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
}
