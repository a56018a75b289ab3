//! What the names are called that columns ask for.
//!
//! A [`Column::Category`] holds the hash of a name, which is all that scoring needs. People who read reasons need the
//! name. So a bundle keeps those that its columns ask for, and no other: they are common among the customers of
//! training (one in a hundred at least), so that none of them tells of one customer. On loading every name must be one
//! that a column asks for, by its hash.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tenure_behaviour::Symbol;

use super::row::Column;
use crate::part::{Part, encode_part};
use crate::{BundleError, RawBundle};

/// Name of the part; a bundle without it is older, or has no column that asks for a name.
const PART: &str = "category_names";
/// Most names of a bundle.
const MOST_NAMES: usize = 4_096;
/// Longest name, in characters.
const LONGEST: usize = 64;

/// The names that columns of a bundle ask for.
///
/// ```
/// use tenure_behaviour::Symbol;
/// use tenure_bundle::{CategoryNames, Column};
/// let asked = |name: &str| Column::Category { name: "last_channel".to_owned(), symbol: Symbol::of(name).bits() };
/// let names = CategoryNames::new(&[asked("web"), asked("app")], ["app", "web", "Jane Doe"].map(str::to_owned));
/// assert_eq!(names.name(Symbol::of("web")), Some("web"));
/// assert_eq!(names.name(Symbol::of("Jane Doe")), None);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked", into = "Vec<String>")]
pub struct CategoryNames(BTreeMap<u64, Box<str>>);

/// Names as they stand in a file, before anybody looked at them.
#[derive(Deserialize)]
struct Unchecked(Vec<String>);

/// Names that no bundle has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the names of categories cannot be: {what}")]
struct Impossible {
    what: String,
}

impl CategoryNames {
    /// Of `names` those that a column asks for. One that is longer than 64 characters, or that a terminal or a page
    /// would not show as it is, is left out: its column then has no name.
    #[must_use]
    pub fn new(columns: &[Column], names: impl IntoIterator<Item = String>) -> Self {
        let names = names.into_iter().filter(|name| is_plain(name) && is_asked(columns, Symbol::of(name)));
        Self(names.map(|name| (Symbol::of(&name).bits(), name.into())).take(MOST_NAMES).collect())
    }

    /// The names of a bundle whose boosted rung has these columns; none where it was made without.
    ///
    /// # Errors
    /// When the part does not hold what it should, or a name that no column asks for.
    pub(crate) fn of(bundle: &RawBundle, columns: &[Column]) -> Result<Self, BundleError> {
        let names: Self = bundle.optional(PART)?.unwrap_or_default();
        match names.0.iter().find(|(symbol, _)| !is_asked(columns, Symbol::from_bits(**symbol))) {
            Some((_, name)) => Err(BundleError::UnknownCategory { name: name.to_string() }),
            None => Ok(names),
        }
    }

    /// The part of a bundle that holds them.
    ///
    /// # Errors
    /// When it has no form in postcard.
    pub fn to_part(&self) -> Result<Part, BundleError> {
        encode_part(PART, self)
    }

    /// The name behind a symbol, if the bundle keeps it.
    #[must_use]
    pub fn name(&self, symbol: Symbol) -> Option<&str> {
        self.0.get(&symbol.bits()).map(|name| &**name)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<CategoryNames> for Vec<String> {
    /// In the order of the alphabet.
    fn from(names: CategoryNames) -> Self {
        let mut names: Vec<String> = names.0.into_values().map(String::from).collect();
        names.sort_unstable();
        names
    }
}

impl TryFrom<Unchecked> for CategoryNames {
    type Error = Impossible;
    fn try_from(Unchecked(names): Unchecked) -> Result<Self, Impossible> {
        if names.len() > MOST_NAMES {
            return Err(Impossible { what: format!("{} names, at most {MOST_NAMES} are read", names.len()) });
        }
        if !names.is_sorted_by(|one, next| one < next) {
            return Err(Impossible { what: "they do not rise".to_owned() });
        }
        match names.iter().find(|name| !is_plain(name)) {
            Some(name) => Err(Impossible { what: format!("{name:?}") }),
            None => Ok(Self(names.into_iter().map(|name| (Symbol::of(&name).bits(), name.into())).collect())),
        }
    }
}

fn is_asked(columns: &[Column], wanted: Symbol) -> bool {
    columns.iter().any(|column| matches!(column, Column::Category { symbol, .. } if *symbol == wanted.bits()))
}

/// Whether a name shows as what it is: of a bounded length, without control characters, and without those that turn
/// the direction of text, end a line or are not seen.
fn is_plain(name: &str) -> bool {
    let is_hidden = |letter: char| {
        letter.is_control()
            || matches!(letter, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{feff}')
            || matches!(letter, '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fff9}'..='\u{fffb}')
            || matches!(letter, '\u{e0000}'..='\u{e007f}')
    };
    (1..=LONGEST).contains(&name.chars().count()) && !name.trim().is_empty() && !name.chars().any(is_hidden)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode_part;

    fn asked(names: &[&str]) -> Vec<Column> {
        let column = |name: &&str| Column::Category {
            name: "last_channel".to_owned(),
            symbol: Symbol::of(name).bits(),
        };
        names.iter().map(column).collect()
    }

    fn read(names: &[&str]) -> Result<CategoryNames, BundleError> {
        let part = encode_part(PART, &names)?;
        decode_part(PART, &part.bytes)
    }

    #[test]
    fn names_survive_the_bundle() {
        let columns = asked(&["web", "微信", "e-mail"]);
        let names = CategoryNames::new(&columns, ["微信", "e-mail", "web", "web"].map(str::to_owned));
        let part = names.to_part().unwrap();
        let again: CategoryNames = decode_part(&part.name, &part.bytes).unwrap();
        assert_eq!(again, names);
        assert_eq!(
            ["web", "微信", "fax"].map(|name| again.name(Symbol::of(name))),
            [Some("web"), Some("微信"), None]
        );
        assert_eq!(read(&["e-mail", "web", "微信"]).unwrap(), names);
    }

    #[test]
    fn what_does_not_show_as_it_is_is_left_out_and_refused() {
        let long = "x".repeat(LONGEST + 1);
        for name in ["", " ", "a\u{1b}[31m", "line\nbreak", "\u{202e}gpj", "zero\u{200b}width", &long] {
            assert!(CategoryNames::new(&asked(&[name]), [name.to_owned()]).is_empty(), "{name:?}");
            assert!(read(&[name]).is_err(), "{name:?}");
        }
        let longest = "微".repeat(LONGEST);
        assert!(read(&[&longest]).is_ok());
    }

    #[test]
    fn only_rising_names_are_read_and_not_too_many() {
        assert!(read(&["app", "web"]).is_ok());
        assert!(read(&["web", "app"]).is_err() && read(&["web", "web"]).is_err());
        let many: Vec<String> = (0..=MOST_NAMES).map(|at| format!("{at:05}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert!(read(&many).is_err() && read(&many[1..]).is_ok());
    }
}
