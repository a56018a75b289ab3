//! How files come into a log and leave it: complete or not at all, whenever the machine stops.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::manifest::{self, Manifest};
use crate::EventLogError;
use crate::writer::temporary;

/// Start of the name of every run file.
const RUN_PREFIX: &str = "run-";

/// Start of the name of what is not yet, or no longer, part of a log.
const TEMPORARY_PREFIX: &str = ".tenure-";

/// The file that a writer holds locked.
const LOCK_FILE: &str = ".lock";

/// A step of a change to a log, told to the hook before it is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    CreateRun,
    WriteRowGroup,
    SyncRun,
    RenameRun,
    SyncFolderOfRun,
    CreateManifest,
    WriteManifest,
    SyncManifest,
    RenameManifest,
    SyncFolderOfManifest,
    RemoveOld,
}

/// Called before each step; an error from it is an error of the disk. Only tests set another than nothing.
#[derive(Clone)]
pub(crate) struct Hook(Arc<dyn Fn(Step) -> io::Result<()> + Send + Sync>);

impl Default for Hook {
    fn default() -> Self {
        Self(Arc::new(|_| Ok(())))
    }
}

impl std::fmt::Debug for Hook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hook")
    }
}

impl Hook {
    #[cfg(test)]
    pub(crate) fn new(hook: impl Fn(Step) -> io::Result<()> + Send + Sync + 'static) -> Self {
        Self(Arc::new(hook))
    }

    pub(crate) fn before(&self, step: Step) -> io::Result<()> {
        (self.0)(step)
    }
}

/// The right to change a log: one process has it at a time, and loses it when it ends, however it ends.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    pub(crate) fn take(folder: &Path) -> Result<Self, EventLogError> {
        let path = folder.join(LOCK_FILE);
        let failed = |source| EventLogError::Io { action: "lock", path: path.clone(), source };
        let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(EventLogError::LogBusy { path: folder.to_owned() }),
            Err(TryLockError::Error(source)) => Err(failed(source)),
        }
    }
}

/// The name of the run with this number.
pub(crate) fn run_name(number: u64) -> String {
    format!("{RUN_PREFIX}{number:06}.parquet")
}

/// A folder inside the log for what is spilled; gone when dropped.
pub(crate) fn scratch(folder: &Path) -> Result<tempfile::TempDir, EventLogError> {
    tempfile::Builder::new().prefix(TEMPORARY_PREFIX).tempdir_in(folder).map_err(|source| EventLogError::Io {
        action: "write in",
        path: folder.to_owned(),
        source,
    })
}

/// Gives a finished run its name. It is no part of the log before the manifest says so.
pub(crate) fn place_run(
    temporary: &Path,
    folder: &Path,
    name: &str,
    hook: &Hook,
) -> Result<u64, EventLogError> {
    let path = folder.join(name);
    let place = || {
        hook.before(Step::RenameRun)?;
        let bytes = fs::metadata(temporary)?.len();
        fs::rename(temporary, &path)?;
        hook.before(Step::SyncFolderOfRun)?;
        sync_folder(folder)?;
        Ok(bytes)
    };
    place().map_err(|source| {
        // Best effort: a file that the manifest does not name is ignored, and removed by the next import.
        fs::remove_file(&path).ok();
        EventLogError::Io { action: "write", path: path.clone(), source }
    })
}

/// Replaces the manifest: before the rename the log is the old one, after it the new one.
pub(crate) fn commit(folder: &Path, manifest: &Manifest, hook: &Hook) -> Result<(), EventLogError> {
    let path = folder.join(manifest::FILE_NAME);
    let failed = |source| EventLogError::Io { action: "write", path: path.clone(), source };
    let text = manifest.to_json().map_err(|error| failed(error.into()))?;
    let replace = || {
        hook.before(Step::CreateManifest)?;
        let mut file = temporary(folder)?;
        hook.before(Step::WriteManifest)?;
        file.write_all(&text)?;
        hook.before(Step::SyncManifest)?;
        file.as_file().sync_all()?;
        hook.before(Step::RenameManifest)?;
        file.persist(&path).map_err(|error| error.error)?;
        Ok(())
    };
    replace().map_err(failed)?;
    // The new manifest counts from the rename on, so what fails now is no reason to take the change back.
    hook.before(Step::SyncFolderOfManifest).and_then(|()| sync_folder(folder)).map_err(failed)
}

/// Removes what no manifest names: what a crash left, and runs that were rewritten.
pub(crate) fn clean(folder: &Path, manifest: &Manifest, hook: &Hook) -> Result<(), EventLogError> {
    let failed = |path: PathBuf| move |source| EventLogError::Io { action: "remove", path, source };
    let entries = fs::read_dir(folder).map_err(failed(folder.to_owned()))?;
    for entry in entries {
        let entry = entry.map_err(failed(folder.to_owned()))?;
        let name = entry.file_name();
        let Some(name) = name.to_str() else { continue };
        let is_old_run = name.starts_with(RUN_PREFIX)
            && name.ends_with(".parquet")
            && !manifest.runs.iter().any(|run| run.file == name);
        if !is_old_run && !name.starts_with(TEMPORARY_PREFIX) {
            continue;
        }
        let path = entry.path();
        let remove = || {
            hook.before(Step::RemoveOld)?;
            if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) }
        };
        remove().map_err(failed(path.clone()))?;
    }
    Ok(())
}

/// A new name is on the disk only when its folder is.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}
