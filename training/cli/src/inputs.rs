//! What an option wants to read, looked at before the work: a file where a folder is meant, a folder where a file is,
//! or nothing there.
//!
//! The operating system would say "Not a directory" of a file inside the log, which names neither the option nor what
//! was probably meant.

use std::io::ErrorKind;
use std::path::Path;

use tenure_bundle::{Listing, Registry};
use tenure_eventlog::log::EventLog;

use crate::orders::{Unusable, quoted_path};

/// Refuses what is no file to read orders from.
///
/// # Errors
/// When there is nothing, or a folder: an event log goes to `--log`.
pub(crate) fn orders(path: &Path) -> Result<(), Unusable> {
    file("--orders", path, |path| match EventLog::open(path) {
        Ok(_) => format!("it is an event log: give it as --log {}", quoted_path(path)),
        Err(_) => "name one file of orders in it".to_owned(),
    })
}

/// Refuses what is no file of events to import into a log.
///
/// # Errors
/// When there is nothing, or a folder.
pub(crate) fn events(path: &Path) -> Result<(), Unusable> {
    file("--input", path, |path| match EventLog::open(path) {
        Ok(_) => "it is an event log already".to_owned(),
        Err(_) => "name one file of events in it".to_owned(),
    })
}

/// Refuses what is no folder of an event log; that it holds one is seen when it is opened.
///
/// # Errors
/// When it is a file: orders go to `--orders`, if the command knows that.
pub(crate) fn log(path: &Path, knows_orders: bool) -> Result<(), Unusable> {
    if !path.is_file() {
        return Ok(());
    }
    let name = quoted_path(path);
    let instead = if knows_orders {
        format!("; a file of orders goes to --orders: --orders {name}")
    } else {
        format!(": tenure import --input {name} --log DIR")
    };
    let wanted = "--log wants the folder of an event log, as tenure import --log makes it";
    Err(Unusable::new(format!("--log {name} is a file: {wanted}{instead}")))
}

/// Refuses what cannot become an event log.
///
/// # Errors
/// When a file is in the way: what to read goes to `--input`, one file of clean events to `--out`.
pub(crate) fn new_log(path: &Path) -> Result<(), Unusable> {
    if !path.is_file() {
        return Ok(());
    }
    let name = quoted_path(path);
    let instead = format!("to read this file write --input {name}, to write one file of events --out FILE");
    Err(Unusable::new(format!("--log {name} is a file: --log wants the folder of an event log; {instead}")))
}

/// Refuses what is no bundle file, by the name of the option.
///
/// # Errors
/// When there is nothing, or a folder: of a registry a label names the file.
pub(crate) fn bundle(option: &str, path: &Path) -> Result<(), Unusable> {
    file(option, path, |path| match in_registry(path) {
        Some(name) => {
            let registry = quoted_path(path);
            format!(
                "it is a registry: \"$(tenure models path {name} --registry {registry})\" is a bundle in it"
            )
        }
        None => "a bundle is one file, as tenure train --out writes it".to_owned(),
    })
}

/// A label of a registry, or else its newest version; `None` where there is neither.
fn in_registry(path: &Path) -> Option<String> {
    let Listing { mut bundles, labels } = Registry::open(path).and_then(|registry| registry.list()).ok()?;
    bundles.retain(|bundle| bundle.manifest.is_ok());
    let label = labels.into_keys().next().map(|label| label.to_string());
    label.or_else(|| bundles.pop().map(|newest| newest.version))
}

/// Refuses what is no flat table.
///
/// # Errors
/// When there is nothing, or a folder.
pub(crate) fn table(path: &Path) -> Result<(), Unusable> {
    file("--table", path, |_| "a table is one CSV file with a row for each customer".to_owned())
}

/// Refuses what is no file of definitions or of other text.
///
/// # Errors
/// When there is nothing, or a folder.
pub(crate) fn text(path: &Path) -> Result<(), Unusable> {
    file("", path, |_| "name one file in it".to_owned())
}

/// What stands behind a name may also be a pipe; only what cannot be read at all is refused.
fn file(option: &str, path: &Path, of_folder: impl Fn(&Path) -> String) -> Result<(), Unusable> {
    let given = format!("{option} {}", quoted_path(path));
    let given = given.trim_start();
    match std::fs::metadata(path) {
        Ok(found) if found.is_dir() => {
            Err(Unusable::new(format!("{given} is a folder, and a file is wanted: {}", of_folder(path))))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            Err(Unusable::new(format!("cannot read {given}: there is no such file")))
        }
        // Whatever else is wrong the system says when the file is read.
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(found: Result<(), Unusable>, parts: &[&str]) {
        let message = found.unwrap_err().message;
        for part in parts {
            assert!(message.contains(part), "no {part:?} in: {message}");
        }
    }

    #[test]
    fn a_folder_is_no_file_and_a_file_no_folder() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("orders.csv");
        std::fs::write(&path, "customer_id,date,amount\n").unwrap();
        assert!(orders(&path).is_ok() && table(&path).is_ok() && text(&path).is_ok());
        assert!(log(folder.path(), true).is_ok() && new_log(folder.path()).is_ok());
        refused(orders(folder.path()), &["--orders", "is a folder", "name one file of orders in it"]);
        refused(table(folder.path()), &["--table", "is a folder", "one CSV file"]);
        refused(bundle("--bundle", folder.path()), &["--bundle", "is a folder", "tenure train --out"]);
        refused(log(&path, true), &["--log", "is a file", "folder of an event log", "--orders "]);
        refused(log(&path, false), &["--log", "is a file", "tenure import --input", "--log DIR"]);
        refused(new_log(&path), &["--log", "is a file", "--out FILE"]);
    }

    #[test]
    fn what_is_not_there_is_said_with_its_option() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("nowhere");
        refused(orders(&path), &["cannot read --orders ", "nowhere: there is no such file"]);
        refused(bundle("--bundle", &path), &["cannot read --bundle "]);
        // A log that is not there is the log's own to say, and a new one may be made.
        assert!(log(&path, true).is_ok() && new_log(&path).is_ok());
    }

    #[test]
    fn a_registry_is_told_from_other_folders() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("stable.label"), "{}").unwrap();
        refused(
            bundle("--bundle", folder.path()),
            &["is a registry", "tenure models path stable --registry"],
        );
    }
}
