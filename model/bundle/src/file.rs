//! Bundles on disk: there whole, or not there at all.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use crate::{BundleError, Limits, RawBundle, decode};

/// Names tried for the temporary file before giving up.
const MAX_ATTEMPTS: u32 = 100;

/// Writes a bundle so that `path` holds the old file or the whole new one, also if the power fails.
///
/// The bytes go to a temporary file in the same folder, reach the disk, and are renamed over `path`; then
/// the folder reaches the disk.
///
/// # Errors
/// When the path names no file or the operating system refuses; the old file then stays.
pub fn write_file(path: &Path, bytes: &[u8]) -> Result<(), BundleError> {
    let name = path.file_name().ok_or_else(|| BundleError::NotAFile { path: path.to_owned() })?;
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let (mut file, temporary) = create_beside(folder, name.to_owned())?;
    let written = fill(&mut file, &temporary, bytes)
        .and_then(|()| fs::rename(&temporary, path).map_err(|source| io_error("rename", path, source)));
    drop(file);
    if let Err(error) = written {
        // The first error says more than one from cleaning up.
        let _ = fs::remove_file(&temporary);
        return Err(error);
    }
    sync_folder(folder)
}

/// Reads and checks a bundle; a file larger than the limit is not read at all.
///
/// # Errors
/// When the file cannot be read, is larger than the limit, or is not a whole bundle.
pub fn read_file(path: &Path, limits: &Limits) -> Result<RawBundle, BundleError> {
    // Asked before opening, since opening a named pipe would wait for somebody to write.
    let metadata = fs::metadata(path).map_err(|source| io_error("open", path, source))?;
    if !metadata.is_file() {
        return Err(BundleError::NotAFile { path: path.to_owned() });
    }
    let bytes = metadata.len();
    if bytes > limits.max_file_bytes {
        return Err(BundleError::FileTooLarge { bytes, max: limits.max_file_bytes });
    }
    let file = File::open(path).map_err(|source| io_error("open", path, source))?;
    let no_memory = |_| BundleError::NoMemory { bytes };
    let capacity = usize::try_from(bytes).map_err(|_| BundleError::NoMemory { bytes })?;
    let mut content = Vec::new();
    // Reading to the end wants room for one more byte to see that it is the end.
    content.try_reserve_exact(capacity.saturating_add(1)).map_err(no_memory)?;
    // A file that grows meanwhile is refused for its length, not read for ever.
    let read = file.take(bytes.saturating_add(1)).read_to_end(&mut content);
    read.map_err(|source| io_error("read", path, source))?;
    decode(&content, limits)
}

/// Creates a file that did not exist, in the folder of the file that it will become.
fn create_beside(folder: &Path, name: OsString) -> Result<(File, PathBuf), BundleError> {
    for attempt in 0..MAX_ATTEMPTS {
        let mut temporary = OsString::from(".");
        temporary.push(&name);
        temporary.push(format!(".{}-{attempt}.tmp", std::process::id()));
        let temporary = folder.join(temporary);
        match OpenOptions::new().write(true).create_new(true).open(&temporary) {
            Ok(file) => return Ok((file, temporary)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(source) => return Err(io_error("write", &temporary, source)),
        }
    }
    let source = io::Error::from(io::ErrorKind::AlreadyExists);
    Err(io_error("write", &folder.join(name), source))
}

fn fill(file: &mut File, path: &Path, bytes: &[u8]) -> Result<(), BundleError> {
    file.write_all(bytes).map_err(|source| io_error("write", path, source))?;
    file.sync_all().map_err(|source| io_error("sync", path, source))
}

/// Makes the rename itself last. Only Unix can open a folder for that.
fn sync_folder(folder: &Path) -> Result<(), BundleError> {
    if cfg!(unix) {
        let opened = File::open(folder).map_err(|source| io_error("open", folder, source))?;
        opened.sync_all().map_err(|source| io_error("sync", folder, source))?;
    }
    Ok(())
}

fn io_error(action: &'static str, path: &Path, source: io::Error) -> BundleError {
    BundleError::Io { action, path: path.to_owned(), source }
}
