//! What a new book changes, before anybody publishes it.

use super::book::SegmentBook;
use super::segment::Segment;

/// What one book has that another has not, by definition. Who would move is a
/// [`MigrationMatrix`](crate::rfm::MigrationMatrix) of both books at one as-of.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BookDifference {
    /// Ids that only the new book has.
    pub added: Vec<Box<str>>,
    /// Ids that only the old book has.
    pub removed: Vec<Box<str>>,
    /// Segments and labels of both that differ.
    pub changed: Vec<Change>,
    /// Settings with another value, or of one book only, by name.
    pub settings: Vec<SettingChange>,
}

/// A segment or label that differs.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Its id.
    pub id: Box<str>,
    /// What differs; never empty.
    pub aspects: Vec<Aspect>,
    /// Its definition in the old book, settings put in.
    pub before: Box<str>,
    /// Its definition in the new book, settings put in.
    pub after: Box<str>,
}

/// A setting that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingChange {
    /// Its name.
    pub name: Box<str>,
    /// Its value in the old book; nothing where that has no such setting.
    pub before: Option<Box<str>>,
    /// Its value in the new book; nothing where that has no such setting.
    pub after: Option<Box<str>>,
}

/// What of a segment differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Aspect {
    /// Whom it holds of: members may move.
    Condition,
    /// How it is written, not what it means.
    Wording,
    /// Names or descriptions for people.
    Names,
    /// Its family, or whether it is primary.
    Family,
    /// How it is kept right.
    Maintenance,
    /// What to do about it.
    Action,
}

impl BookDifference {
    /// What changes from the old book to the new one.
    ///
    /// ```
    /// use tenure_behaviour::segments::{Aspect, BookDifference, Rules, STANDARD, SegmentBook};
    /// let compile = |text: &str| SegmentBook::compile(text, &Rules::standard()).map_err(|errors| errors[0].clone());
    /// let old = compile(STANDARD)?;
    /// let new = compile(&STANDARD.replace("value = 500", "value = 300"))?;
    /// let difference = BookDifference::between(&old, &new);
    /// assert_eq!(&*difference.settings[0].name, "vip_spend");
    /// assert_eq!(difference.settings[0].after.as_deref(), Some("300"));
    /// let vip = difference.changed.iter().find(|change| &*change.id == "vip").unwrap();
    /// assert_eq!(vip.aspects, [Aspect::Condition]);
    /// # Ok::<(), tenure_behaviour::segments::SegmentError>(())
    /// ```
    #[must_use]
    pub fn between(old: &SegmentBook, new: &SegmentBook) -> Self {
        let only = |one: &SegmentBook, other: &SegmentBook| {
            let missing = |segment: &&Segment| other.find(&segment.id).is_none();
            one.all().filter(missing).map(|segment| segment.id.clone()).collect()
        };
        let change = |before: &Segment| {
            let after = new.find(&before.id)?;
            let aspects = aspects(before, after);
            let (id, before, after) = (before.id.clone(), before.expanded.clone(), after.expanded.clone());
            (!aspects.is_empty()).then_some(Change { id, aspects, before, after })
        };
        Self {
            added: only(new, old),
            removed: only(old, new),
            changed: old.all().filter_map(change).collect(),
            settings: settings(old, new),
        }
    }

    /// Whether the books mean the same, to the letter.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

fn settings(old: &SegmentBook, new: &SegmentBook) -> Vec<SettingChange> {
    let value = |book: &SegmentBook, name: &str| {
        book.settings().iter().find(|setting| &*setting.name == name).map(|setting| setting.value.clone())
    };
    let mut names: Vec<_> =
        old.settings().iter().chain(new.settings()).map(|setting| setting.name.clone()).collect();
    names.sort_unstable();
    names.dedup();
    let change = |name: Box<str>| SettingChange { before: value(old, &name), after: value(new, &name), name };
    names.into_iter().map(change).filter(|change| change.before != change.after).collect()
}

fn aspects(before: &Segment, after: &Segment) -> Vec<Aspect> {
    let moves = before.condition != after.condition;
    let names = |segment: &Segment| {
        let Segment { name_en, name_zh, description_en, description_zh, .. } = segment.clone();
        [name_en, name_zh, description_en, description_zh]
    };
    let all = [
        (moves, Aspect::Condition),
        (!moves && before.expanded != after.expanded, Aspect::Wording),
        (names(before) != names(after), Aspect::Names),
        (before.family != after.family, Aspect::Family),
        (before.maintenance != after.maintenance, Aspect::Maintenance),
        (before.action != after.action, Aspect::Action),
    ];
    all.into_iter().filter(|(differs, _)| *differs).map(|(_, aspect)| aspect).collect()
}
