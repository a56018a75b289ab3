//! Named thresholds and definitions, put in where a text says `$name`.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use tenure_core::Duration;
use toml::Spanned;

use super::error::SegmentProblem;
use super::file::{File, Scalar, SettingEntry, Unit};
use super::segment::Setting;
use crate::expression::Type;
use crate::language::{MAX_NESTING, MAX_TEXT_BYTES};

/// Longest name of a segment, label, setting, definition or parameter.
pub(super) const LONGEST_NAME: usize = 64;

/// What `$name` can stand for.
#[derive(Debug, Default)]
pub(super) struct Names {
    settings: BTreeMap<Box<str>, Setting>,
    definitions: BTreeMap<Box<str>, Box<str>>,
    used: BTreeSet<Box<str>>,
}

impl Names {
    /// Reads settings and definitions; `refuse` hears of each that cannot be.
    pub(super) fn read(file: &File, refuse: &mut dyn FnMut(Range<usize>, SegmentProblem)) -> Self {
        let mut names = Self::default();
        for (name, entry) in &file.settings {
            match setting(name, entry) {
                Ok(setting) => drop(names.settings.insert(name.as_str().into(), setting)),
                Err(problem) => refuse(entry.value.span(), problem),
            }
        }
        for (name, text) in &file.definitions {
            if let Err(problem) = check_name(name) {
                refuse(text.span(), problem);
            }
            if names.settings.contains_key(name.as_str()) {
                refuse(text.span(), SegmentProblem::Twice { id: name.as_str().into() });
            }
            names.definitions.insert(name.as_str().into(), text.get_ref().as_str().into());
        }
        names
    }

    pub(super) fn settings(&self) -> Vec<Setting> {
        self.settings.values().cloned().collect()
    }

    /// Settings, then definitions, that no text used.
    pub(super) fn unused(&self) -> (Vec<Box<str>>, Vec<Box<str>>) {
        let unused = |names: &mut dyn Iterator<Item = &Box<str>>| {
            names.filter(|name| !self.used.contains(*name)).cloned().collect()
        };
        (unused(&mut self.settings.keys()), unused(&mut self.definitions.keys()))
    }

    /// The text with every `$name` replaced by what it stands for: a setting's value, or a definition in parentheses.
    pub(super) fn expand(&mut self, text: &str) -> Result<String, SegmentProblem> {
        self.expand_within(text, &mut Vec::new())
    }

    fn expand_within(&mut self, text: &str, within: &mut Vec<Box<str>>) -> Result<String, SegmentProblem> {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find(['$', '\'', '#']) {
            out.push_str(&rest[..at]);
            let (piece, after) = match &rest[at..at + 1] {
                "$" => {
                    let name = name_of(&rest[at + 1..]);
                    out.push_str(&self.meaning(name, within)?);
                    ("", &rest[at + 1 + name.len()..])
                }
                sign => {
                    // Quoted text and comments stay as they are.
                    let end = if sign == "#" { '\n' } else { '\'' };
                    let length = rest[at + 1..].find(end).map_or(rest.len() - at, |length| length + 2);
                    rest[at..].split_at(length)
                }
            };
            out.push_str(piece);
            rest = after;
            // Definitions that name each other twice would grow without end.
            if out.len() > MAX_TEXT_BYTES {
                return Err(SegmentProblem::TooLong { max: MAX_TEXT_BYTES });
            }
        }
        out.push_str(rest);
        Ok(out)
    }

    fn meaning(&mut self, name: &str, within: &mut Vec<Box<str>>) -> Result<String, SegmentProblem> {
        self.used.insert(name.into());
        if let Some(setting) = self.settings.get(name) {
            return Ok(setting.value.to_string());
        }
        let Some(text) = self.definitions.get(name).cloned() else {
            let known = self.settings.keys().chain(self.definitions.keys());
            let nearest = nearest(name, known.map(|name| &**name));
            return Err(SegmentProblem::UnknownSetting { name: name.into(), nearest });
        };
        if within.iter().any(|outer| **outer == *name) {
            return Err(SegmentProblem::Circular { name: name.into() });
        }
        if within.len() >= MAX_NESTING {
            return Err(SegmentProblem::TooDeep { max: MAX_NESTING });
        }
        within.push(name.into());
        let meaning = self.expand_within(&text, within)?;
        within.pop();
        Ok(format!("({meaning})"))
    }
}

/// The name at the start of a text.
fn name_of(text: &str) -> &str {
    let is_other = |c: char| !c.is_ascii_alphanumeric() && c != '_';
    &text[..text.find(is_other).unwrap_or(text.len())]
}

fn setting(name: &str, entry: &SettingEntry) -> Result<Setting, SegmentProblem> {
    check_name(name)?;
    let value = entry.value.get_ref().text();
    if let Some(unit) = misfit(&value, entry.unit) {
        return Err(SegmentProblem::SettingValue { value: value.into(), unit });
    }
    Ok(Setting {
        name: name.into(),
        value: value.into(),
        unit: entry.unit,
        reason: entry.reason.as_str().into(),
    })
}

/// What a value should be, in words, if it is not.
fn misfit(value: &str, unit: Unit) -> Option<&'static str> {
    let number = value.parse::<f64>().ok().filter(|number| number.is_finite());
    let share = value.strip_suffix('%').and_then(|percent| percent.parse::<f64>().ok()).map(|p| p / 100.0);
    let (fits, words) = match unit {
        Unit::Money => (number.is_some(), "an amount of money: write a number such as 500"),
        Unit::Factor => (number.is_some(), "a factor: write a number such as 1.2"),
        Unit::Count => (value.parse::<u32>().is_ok(), "a count: write a whole number such as 2"),
        Unit::Score => (value.parse::<u32>().is_ok(), "a score: write a whole number such as 4"),
        Unit::Share => {
            let share = share.or(number).is_some_and(|share| (0.0..=1.0).contains(&share));
            (share, "a share: write a number from 0 to 1 such as 0.5, or \"50%\"")
        }
        Unit::Time => (
            value.parse::<Duration>().is_ok(),
            "a length of time: write a whole number and a unit, such as \"60d\" or \"30m\"",
        ),
    };
    (!fits).then_some(words)
}

/// A number that a bound of a parameter stands for: days for a length of time, and a part for a percentage.
pub(super) fn bound(names: &mut Names, scalar: &Spanned<Scalar>) -> Result<f64, SegmentProblem> {
    let text = names.expand(&scalar.get_ref().text())?;
    constant(&text).map(|(number, _)| number).ok_or_else(|| {
        let unit = "a number: write one such as 50, \"10%\", \"14d\" or \"$name\" of a setting";
        SegmentProblem::SettingValue { value: text.into(), unit }
    })
}

/// The number that a text is the same for everybody, with what it measures.
pub(super) fn constant(text: &str) -> Option<(f64, Type)> {
    let text = text.trim();
    let number = || text.parse::<f64>().ok().map(|number| (number, Type::Count));
    let share = || {
        let percent = text.strip_suffix('%')?.parse::<f64>().ok()?;
        Some((percent / 100.0, Type::Share))
    };
    let days = || text.parse::<Duration>().ok().map(|length| (length.days(), Type::Days));
    number().or_else(share).or_else(days).filter(|(number, _)| number.is_finite())
}

pub(super) fn check_name(name: &str) -> Result<(), SegmentProblem> {
    let letters = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    let fits = name.len() <= LONGEST_NAME
        && name.as_bytes().first().is_some_and(u8::is_ascii_lowercase)
        && name.bytes().all(letters);
    fits.then_some(()).ok_or_else(|| SegmentProblem::Name { name: name.into(), max: LONGEST_NAME })
}

/// The known name that differs least, if that is at most a third of its letters.
pub(super) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<Box<str>> {
    let distances = known.map(|other| (distance(name, other), other));
    let (steps, other) = distances.min_by_key(|(steps, _)| *steps)?;
    (steps <= 1 + other.len() / 4).then(|| other.into())
}

/// Letters to insert, remove or replace to make one text the other.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (index, letter) in from.chars().enumerate() {
        let mut corner = std::mem::replace(&mut row[0], index + 1);
        for (place, other) in to.iter().enumerate() {
            let replaced = corner + usize::from(letter != *other);
            corner = row[place + 1];
            row[place + 1] = replaced.min(corner + 1).min(row[place] + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Names {
        let setting = |name: &str, value: &str| Setting {
            name: name.into(),
            value: value.into(),
            unit: Unit::Count,
            reason: "".into(),
        };
        let mut names = Names::default();
        for (name, value) in [("vip_spend", "500"), ("recent", "30d")] {
            names.settings.insert(name.into(), setting(name, value));
        }
        let definitions = [
            ("bought", "count(order, $recent) > 0"),
            ("rich", "$bought and sum(order.amount) > $vip_spend"),
            ("egg", "$hen"),
            ("hen", "not $egg"),
        ];
        names.definitions = definitions.map(|(name, text)| (name.into(), text.into())).into();
        names
    }

    #[test]
    fn names_are_put_in_and_quoted_text_and_comments_stay() {
        let mut names = names();
        assert_eq!(
            names.expand("$rich or last(order.campaign) = '$bought' # $hen\n and $vip_spend > 1").unwrap(),
            "((count(order, 30d) > 0) and sum(order.amount) > 500) or last(order.campaign) = '$bought' # $hen\n \
             and 500 > 1"
        );
        let unused = names.unused();
        assert_eq!(unused, (vec![], vec!["egg".into(), "hen".into()]));
        assert_eq!(names.expand("'open $rich").unwrap(), "'open $rich");
    }

    #[test]
    fn unknown_and_circular_names_are_refused() {
        let unknown = |name: &str, nearest: Option<&str>| SegmentProblem::UnknownSetting {
            name: name.into(),
            nearest: nearest.map(Into::into),
        };
        assert_eq!(names().expand("x > $vip_spent"), Err(unknown("vip_spent", Some("vip_spend"))));
        assert_eq!(names().expand("x > $"), Err(unknown("", None)));
        assert_eq!(names().expand("x > $country"), Err(unknown("country", None)));
        assert_eq!(names().expand("$egg"), Err(SegmentProblem::Circular { name: "egg".into() }));
    }

    #[test]
    fn definitions_that_grow_without_end_are_refused() {
        let mut names = names();
        for level in 0..60 {
            let text = |times: usize| vec![format!("$n{}", level + 1); times].join(" or ").into();
            names.definitions.insert(format!("n{level}").into(), text(2));
            names.definitions.insert(format!("d{level}").into(), format!("$d{}", level + 1).into());
        }
        names.definitions.insert("n25".into(), "count(order) > 0".into());
        assert_eq!(names.expand("$n0"), Err(SegmentProblem::TooLong { max: MAX_TEXT_BYTES }));
        assert_eq!(names.expand("$d0"), Err(SegmentProblem::TooDeep { max: MAX_NESTING }));
    }

    #[test]
    fn values_fit_their_units() {
        for (value, unit) in [
            ("500", Unit::Money),
            ("60d", Unit::Time),
            ("30m", Unit::Time),
            ("2", Unit::Count),
            ("50%", Unit::Share),
            ("0.5", Unit::Share),
            ("-1.5", Unit::Factor),
        ] {
            assert_eq!(misfit(value, unit), None, "{value} {unit:?}");
        }
        for (value, unit) in [
            ("500 USD", Unit::Money),
            ("60", Unit::Time),
            ("2.5", Unit::Count),
            ("-1", Unit::Score),
            ("50", Unit::Share),
            ("NaN", Unit::Factor),
            ("inf", Unit::Money),
        ] {
            assert!(misfit(value, unit).is_some(), "{value} {unit:?}");
        }
    }
}
