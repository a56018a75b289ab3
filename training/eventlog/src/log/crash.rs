//! The disk failing, and the machine stopping, at every step of a change.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use tenure_core::{Currency, Timestamp};

use super::disk::{Hook, Step};
use super::{AppendSettings, Columns, EventLog, Source};
use crate::{EventLogError, ImportOptions};

type Known = Vec<(String, Vec<i64>)>;

fn known(log: &EventLog) -> Known {
    let visit = |all: &mut Known, customer: &str, facts: &[tenure_behaviour::Fact]| {
        let times = facts.iter().map(|fact| fact.occurred_at.microseconds()).collect();
        all.push((customer.to_owned(), times));
        Ok(())
    };
    log.for_each_customer(Columns::ALL, &Vec::new, &visit, &|_| {}).unwrap().concat()
}

fn append(log: &mut EventLog, file: &Path) -> Result<(), EventLogError> {
    let options =
        ImportOptions::new(Currency::USD, Timestamp::from_microseconds(1_900_000_000_000_000).unwrap());
    let source = Source { path: file.to_owned(), options };
    log.append(&[source], &AppendSettings::default(), &mut |_| {}).map(|_| ())
}

fn compact(log: &mut EventLog) -> Result<(), EventLogError> {
    log.compact(&AppendSettings::default(), &mut |_| {}).map(|_| ())
}

/// A folder with a log of two runs, and a file to add.
fn shop() -> (tempfile::TempDir, PathBuf, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let (log, file) = (folder.path().join("log"), folder.path().join("more.csv"));
    for (number, customer) in ["7", "8", "9"].into_iter().enumerate() {
        let rows = format!(
            "customer,ts,kind,event_id\n{customer},2024-05-30,session,e\n{customer},2024-05-1{number},session,e\n"
        );
        fs::write(&file, rows).unwrap();
        if number < 2 {
            append(&mut EventLog::create_or_open(&log, Currency::USD).unwrap(), &file).unwrap();
        }
    }
    (folder, log, file)
}

fn names(log: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(log).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Makes every step fail in turn: the log is the old one, or the new one where only the last step failed.
fn fail_everywhere(change: fn(&mut EventLog, &Path) -> Result<(), EventLogError>) -> Vec<Step> {
    let mut failed = Vec::new();
    for fatal in 0.. {
        let (_folder, path, file) = shop();
        let before = known(&EventLog::open(&path).unwrap());
        let (count, last) = (AtomicUsize::new(0), std::sync::Arc::new(Mutex::new(None)));
        let told = std::sync::Arc::clone(&last);
        let mut log = EventLog::open(&path).unwrap();
        log.hook = Hook::new(move |step| {
            if count.fetch_add(1, Ordering::SeqCst) == fatal {
                *told.lock().unwrap() = Some(step);
                return Err(io::Error::from(io::ErrorKind::StorageFull));
            }
            Ok(())
        });
        let outcome = change(&mut log, &file);
        let Some(step) = *last.lock().unwrap() else {
            outcome.unwrap();
            return failed;
        };
        let error = outcome.unwrap_err();
        assert!(
            matches!(error, EventLogError::Io { .. } | EventLogError::Parquet { .. }),
            "{step:?}: {error}"
        );
        let reopened = EventLog::open(&path).unwrap();
        assert_eq!(known(&log), known(&reopened), "{step:?}: memory and disk agree");
        if !matches!(step, Step::SyncFolderOfManifest | Step::RemoveOld) {
            assert_eq!(known(&reopened), before, "{step:?}");
            assert_eq!(
                names(&path),
                [".lock", "manifest.json", "run-000001.parquet", "run-000002.parquet"],
                "{step:?}"
            );
        }
        // The next change works, and clears away what this one left.
        log.hook = Hook::default();
        change(&mut log, &file).unwrap();
        assert_eq!(names(&path).len(), 2 + log.runs(), "{step:?}");
        failed.push(step);
    }
    failed
}

/// Keeps a copy of the folder as it is before each step, as a machine that stops there would.
fn stop_everywhere(change: fn(&mut EventLog, &Path) -> Result<(), EventLogError>) {
    let (folder, path, file) = shop();
    let before = known(&EventLog::open(&path).unwrap());
    let copies = folder.path().join("copies");
    let (from, to, count) = (path.clone(), copies.clone(), AtomicUsize::new(0));
    let mut log = EventLog::open(&path).unwrap();
    log.hook = Hook::new(move |_| {
        let to = to.join(count.fetch_add(1, Ordering::SeqCst).to_string());
        copy(&from, &to)
    });
    change(&mut log, &file).unwrap();
    let after = known(&log);
    let mut moments = 0;
    for moment in fs::read_dir(&copies).unwrap() {
        let moment = moment.unwrap().path();
        let mut log = EventLog::open(&moment).unwrap();
        let found = known(&log);
        assert!(found == before || found == after, "{}: {found:?}", moment.display());
        // And it goes on from there.
        append(&mut log, &file).unwrap();
        assert_eq!(names(&moment).len(), 2 + log.runs());
        moments += 1;
    }
    assert!(moments >= 10, "{moments} steps");
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

#[test]
fn a_disk_that_fails_at_any_step_of_an_import_leaves_the_log_whole() {
    let steps = fail_everywhere(append);
    for step in [Step::CreateRun, Step::WriteRowGroup, Step::SyncRun, Step::RenameRun, Step::SyncFolderOfRun]
    {
        assert!(steps.contains(&step), "{step:?}");
    }
    for step in [Step::CreateManifest, Step::WriteManifest, Step::SyncManifest, Step::RenameManifest] {
        assert!(steps.contains(&step), "{step:?}");
    }
    assert!(steps.contains(&Step::SyncFolderOfManifest));
}

#[test]
fn a_disk_that_fails_at_any_step_of_a_compaction_leaves_the_log_whole() {
    let steps = fail_everywhere(|log, _| compact(log));
    assert!(steps.contains(&Step::RemoveOld));
}

#[test]
fn a_machine_that_stops_at_any_step_leaves_the_old_log_or_the_new_one() {
    stop_everywhere(append);
    stop_everywhere(|log, _| compact(log));
}
