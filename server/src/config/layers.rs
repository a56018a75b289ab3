//! One layer of settings over another.
//!
//! A setting is known by `section.key`, and by its default's type: text from the environment or a flag is
//! read as that type. What comes from which layer is remembered for the error message.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use toml::{Table, Value};

use super::{ConfigError, DEFAULT_TOML, Origin, RANGES, ServerConfig};

/// One thing that can be set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Its name, as `section.key`.
    pub key: String,
    /// Its flag, such as `--max-batch-rows`.
    pub flag: String,
    /// What it does, with unit and range.
    pub help: String,
    /// Its default, as TOML.
    pub default: String,
}

/// Everything that can be set, in the order of the embedded defaults, with the comments from there.
#[must_use]
pub fn settings() -> Vec<Setting> {
    let (mut section, mut help, mut settings) = ("", String::new(), Vec::new());
    for line in DEFAULT_TOML.lines().map(str::trim) {
        if let Some(comment) = line.strip_prefix('#') {
            help.push_str(comment);
            continue;
        }
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = name;
        } else if let Some((name, default)) = line.split_once(" = ") {
            let key = format!("{section}.{name}");
            let (flag, help, default) = (flag(&key), help.trim().to_owned(), default.to_owned());
            settings.push(Setting { key, flag, help, default });
        }
        help.clear();
    }
    settings
}

/// The flag of a setting: its key without the section, in dashes.
pub(super) fn flag(key: &str) -> String {
    let name = key.rsplit('.').next().unwrap_or(key);
    format!("--{}", name.replace('_', "-"))
}

/// The embedded defaults, and what was laid over them so far.
#[derive(Debug)]
pub(super) struct Layers {
    values: BTreeMap<String, Value>,
}

/// The embedded defaults. That they are TOML is tested.
pub(super) fn defaults() -> Layers {
    let mut values = BTreeMap::new();
    for (section, keys) in DEFAULT_TOML.parse::<Table>().unwrap_or_default() {
        for (key, value) in keys.as_table().cloned().unwrap_or_default() {
            values.insert(format!("{section}.{key}"), value);
        }
    }
    Layers { values }
}

impl Layers {
    /// Lays the settings of a TOML text over what is there.
    pub(super) fn add_toml(&mut self, origin: &Origin, text: &str) -> Result<(), ConfigError> {
        let syntax = |source| ConfigError::Syntax { origin: origin.clone(), source: Box::new(source) };
        for (section, keys) in text.parse::<Table>().map_err(syntax)? {
            let Value::Table(keys) = keys else {
                return Err(ConfigError::UnknownKey { origin: origin.clone(), key: section });
            };
            for (key, value) in keys {
                self.set(origin, format!("{section}.{key}"), value)?;
            }
        }
        Ok(())
    }

    /// Lays one setting over what is there; the text is read as the type of its default.
    pub(super) fn add_text(&mut self, origin: &Origin, key: &str, text: &str) -> Result<(), ConfigError> {
        let is_integer = self.values.get(key).is_some_and(Value::is_integer);
        let value = match text.trim().parse() {
            Ok(number) if is_integer => Value::Integer(number),
            _ => Value::String(text.to_owned()),
        };
        self.set(origin, key.to_owned(), value)
    }

    fn set(&mut self, origin: &Origin, key: String, value: Value) -> Result<(), ConfigError> {
        let origin = || origin.clone();
        let Some(current) = self.values.get_mut(&key) else {
            return Err(ConfigError::UnknownKey { origin: origin(), key });
        };
        if !current.same_type(&value) {
            let expected = if current.is_integer() { "a whole number" } else { "text" };
            return Err(ConfigError::WrongType { origin: origin(), key, value: value.to_string(), expected });
        }
        if let Some(value) = value.as_integer() {
            let range = RANGES.iter().find(|(name, ..)| *name == key);
            let (min, max) = range.map_or((i64::MIN, i64::MAX), |(_, min, max)| (*min, *max));
            if !(min..=max).contains(&value) {
                return Err(ConfigError::OutOfRange { origin: origin(), key, value, min, max });
            }
        }
        if key == "server.listen" && value.as_str().is_none_or(|text| text.parse::<SocketAddr>().is_err()) {
            let expected = "an IP address and a port, such as 127.0.0.1:50051";
            return Err(ConfigError::WrongType { origin: origin(), key, value: value.to_string(), expected });
        }
        *current = value;
        Ok(())
    }

    /// The settings as types.
    pub(super) fn deserialize(self) -> Result<ServerConfig, ConfigError> {
        let mut sections = Table::new();
        for (key, value) in self.values {
            let (section, name) = key.split_once('.').unwrap_or(("", &key));
            let section = sections.entry(section).or_insert_with(|| Value::Table(Table::new()));
            if let Value::Table(section) = section {
                section.insert(name.to_owned(), value);
            }
        }
        sections.try_into().map_err(|source| ConfigError::Invalid { source: Box::new(source) })
    }
}
