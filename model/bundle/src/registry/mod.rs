//! A folder of bundles with labels.
//!
//! ```text
//! registry/
//!   bg_nbd-2024-06-01-3fa9c2d1e0ab.tenure     a bundle, named by its model version
//!   mbg_nbd-2024-07-01-91bd00c1d2e3.tenure
//!   stable.label                              which version `stable` stands for, and stood for before
//!   .lock                                     held by whoever writes
//! ```
//!
//! The model version is made of everything that a score depends on, so it names the content: adding a bundle
//! twice is adding it once. Bundles and labels are written beside their place and renamed, so whenever the
//! machine stops, a reader finds the old one or the new one. Readers take no lock.
//!
//! A registry knows no clock. What it remembers of the past is an order of versions and their as-ofs.

mod error;
mod label;

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

pub use error::RegistryError;
use label::is_version;
pub use label::{LABEL_HISTORY, Label, LabelName, Placed};

use crate::{Limits, Manifest, RawBundle, Scorer, decode, read_file, warm_up, write_file};

const BUNDLE_EXTENSION: &str = "tenure";
const LABEL_EXTENSION: &str = "label";
const LOCK_FILE: &str = ".lock";

/// A folder of bundles with labels, such as `stable` and `canary`.
#[derive(Clone, Debug)]
pub struct Registry {
    folder: PathBuf,
    limits: Limits,
}

/// One bundle of a registry.
#[derive(Debug)]
pub struct Listed {
    /// Its version, by the name of its file.
    pub version: String,
    /// What it says about itself, or why it cannot be used.
    pub manifest: Result<Manifest, RegistryError>,
}

/// What a folder holds.
#[derive(Debug)]
pub struct Listing {
    /// Bundles, oldest as-of first; those that cannot be used come last.
    pub bundles: Vec<Listed>,
    /// Labels by name, or why one cannot be used.
    pub labels: BTreeMap<LabelName, Result<Label, RegistryError>>,
}

impl Registry {
    /// A registry that is there.
    ///
    /// # Errors
    /// When there is no such folder.
    pub fn open(folder: &Path) -> Result<Self, RegistryError> {
        if !folder.is_dir() {
            return Err(RegistryError::NoFolder { path: folder.to_owned() });
        }
        Ok(Self { folder: folder.to_owned(), limits: Limits::default() })
    }

    /// A registry to write to: the folder is made where there is none, and what a crash left is removed.
    ///
    /// Who is about to train for minutes finds out here that nothing can be written.
    ///
    /// # Errors
    /// When the folder cannot be made or written to.
    pub fn create(folder: &Path) -> Result<Self, RegistryError> {
        fs::create_dir_all(folder).map_err(|source| io_error("create", folder, source))?;
        let registry = Self::open(folder)?;
        let _lock = registry.lock()?;
        registry.sweep()?;
        Ok(registry)
    }

    /// Where it is.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The file of a version, whether it is there or not.
    #[must_use]
    pub fn path(&self, version: &str) -> PathBuf {
        self.folder.join(format!("{version}.{BUNDLE_EXTENSION}"))
    }

    /// Adds a bundle and gives its version; one that is already there stays as it is.
    ///
    /// # Errors
    /// When the bytes are no bundle whose parts load, or the folder cannot be written to.
    pub fn add(&self, bytes: &[u8]) -> Result<String, RegistryError> {
        let refused = |source| RegistryError::Bundle { path: self.folder.clone(), source };
        let bundle = decode(bytes, &self.limits).map_err(refused)?;
        let version = bundle.manifest.model_version.clone();
        Scorer::from_raw(bundle).map_err(refused)?;
        let _lock = self.lock()?;
        self.sweep()?;
        // A file of that name that is damaged is one worth replacing.
        if self.bundle(&version).is_err() {
            let path = self.path(&version);
            write_file(&path, bytes).map_err(|source| RegistryError::Bundle { path, source })?;
        }
        Ok(version)
    }

    /// The version that a label or a version names.
    ///
    /// # Errors
    /// When there is no such thing, or the file of the label cannot be used.
    pub fn resolve(&self, name: &str) -> Result<String, RegistryError> {
        if is_version(name) && self.path(name).is_file() {
            return Ok(name.to_owned());
        }
        if let Ok(label) = name.parse::<LabelName>()
            && let Some(label) = self.label(&label)?
        {
            return Ok(label.current().to_owned());
        }
        Err(RegistryError::Unknown { name: name.to_owned(), known: self.known() })
    }

    /// The bundle of a label or a version.
    ///
    /// # Errors
    /// As [`Self::resolve`]; also when the file is damaged or holds another version.
    pub fn bundle(&self, name: &str) -> Result<RawBundle, RegistryError> {
        let version = self.resolve(name)?;
        let path = self.path(&version);
        let bundle = read_file(&path, &self.limits)
            .map_err(|source| RegistryError::Bundle { path: path.clone(), source })?;
        let found = &bundle.manifest.model_version;
        if *found == version {
            Ok(bundle)
        } else {
            Err(RegistryError::WrongVersion { path, found: found.clone() })
        }
    }

    /// Where a label stands and stood; `None` where nobody has set it.
    ///
    /// # Errors
    /// When its file cannot be read or does not hold what it should.
    pub fn label(&self, label: &LabelName) -> Result<Option<Label>, RegistryError> {
        Label::read(&self.label_path(label), label)
    }

    /// All bundles and labels, the damaged ones too.
    ///
    /// # Errors
    /// When the folder cannot be listed.
    pub fn list(&self) -> Result<Listing, RegistryError> {
        let mut listing = Listing { bundles: Vec::new(), labels: BTreeMap::new() };
        for (stem, extension) in self.names()? {
            if extension == LABEL_EXTENSION
                && let Ok(name) = stem.parse::<LabelName>()
            {
                let label = self.label(&name);
                // Between the listing and the reading a label may be removed.
                if let Some(label) = label.transpose() {
                    listing.labels.insert(name, label);
                }
            } else if extension == BUNDLE_EXTENSION && is_version(&stem) {
                let manifest = self.bundle(&stem).map(|bundle| bundle.manifest);
                listing.bundles.push(Listed { version: stem, manifest });
            }
        }
        let age = |listed: &Listed| {
            let as_of = listed.manifest.as_ref().ok().map(|manifest| manifest.as_of);
            (as_of.is_none(), as_of, listed.version.clone())
        };
        listing.bundles.sort_by_key(age);
        Ok(listing)
    }

    /// Moves a label to a version that loaded and passed its warm-up; gives what the label was before.
    ///
    /// Moving it to where it stands changes nothing.
    ///
    /// # Errors
    /// When there is no such version, it does not load or pass its warm-up, the label's file is damaged, or
    /// the folder cannot be written to. The label then stays where it was.
    pub fn move_label(&self, label: &LabelName, version: &str) -> Result<Option<Label>, RegistryError> {
        let placed = self.proved(version)?;
        let _lock = self.lock()?;
        let before = self.label(label)?;
        self.place(label, before.clone(), placed)?;
        Ok(before)
    }

    /// Moves a label as [`Self::move_label`] does, but only if it stands where `before` says.
    ///
    /// For who compared two versions and then moves: another program may have moved the label meanwhile.
    ///
    /// # Errors
    /// As [`Self::move_label`]; also when the label stands elsewhere.
    pub fn move_label_from(
        &self,
        label: &LabelName,
        before: Option<&str>,
        version: &str,
    ) -> Result<(), RegistryError> {
        let placed = self.proved(version)?;
        let _lock = self.lock()?;
        let found = self.label(label)?;
        if found.as_ref().map(Label::current) != before {
            let name = |version: Option<&str>| version.unwrap_or("no version").to_owned();
            return Err(RegistryError::LabelMoved {
                label: label.clone(),
                expected: name(before),
                found: name(found.as_ref().map(Label::current)),
            });
        }
        self.place(label, found, placed)
    }

    /// Moves a label back to the version before, which is loaded and warmed up again; gives that version.
    ///
    /// The version that it leaves is withdrawn: [`Label::withdrawn`] says so to programs that promote.
    ///
    /// # Errors
    /// When the label is not set or has no version before, or that one cannot be used any more.
    pub fn roll_back(&self, label: &LabelName) -> Result<String, RegistryError> {
        let _lock = self.lock()?;
        let found = self.label(label)?;
        let found =
            found.ok_or_else(|| RegistryError::Unknown { name: label.to_string(), known: self.known() })?;
        let nothing =
            || RegistryError::NothingBefore { label: label.clone(), current: found.current().to_owned() };
        let back = found.step_back().ok_or_else(nothing)?;
        let version = self.proved(back.current())?.version;
        self.write_label(&back)?;
        Ok(version)
    }

    /// Loads and warms up a version.
    fn proved(&self, version: &str) -> Result<Placed, RegistryError> {
        let bundle = self.bundle(version)?;
        let Manifest { model_version: version, as_of, .. } = bundle.manifest.clone();
        let scorer = Scorer::from_raw(bundle)
            .map_err(|source| RegistryError::Bundle { path: self.path(&version), source })?;
        match warm_up(&scorer, as_of) {
            Ok(()) => Ok(Placed { version, as_of }),
            Err(source) => Err(RegistryError::WarmUp { version, source }),
        }
    }

    /// Writes where a label now stands; the lock is held.
    fn place(&self, name: &LabelName, before: Option<Label>, placed: Placed) -> Result<(), RegistryError> {
        self.sweep()?;
        let label = match before {
            Some(label) if label.current() == placed.version => return Ok(()),
            Some(mut label) => {
                label.advance(placed);
                label
            }
            None => Label::new(name.clone(), placed),
        };
        self.write_label(&label)
    }

    fn write_label(&self, label: &Label) -> Result<(), RegistryError> {
        let path = self.label_path(&label.label);
        write_file(&path, &label.to_json()).map_err(|source| RegistryError::Bundle { path, source })
    }

    fn label_path(&self, label: &LabelName) -> PathBuf {
        self.folder.join(format!("{label}.{LABEL_EXTENSION}"))
    }

    /// Waits for the right to write: others hold it for as long as a file takes, and lose it when they end.
    fn lock(&self) -> Result<File, RegistryError> {
        let path = self.folder.join(LOCK_FILE);
        let failed = |source| io_error("lock", &path, source);
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path).map_err(failed)?;
        file.lock().map_err(failed)?;
        Ok(file)
    }

    /// Removes what a writer left that died before its rename. The lock is held, so no writer lives.
    fn sweep(&self) -> Result<(), RegistryError> {
        for (name, extension) in self.names()? {
            if name.starts_with('.') && extension == "tmp" {
                let path = self.folder.join(format!("{name}.{extension}"));
                // What cannot be removed is in nobody's way.
                let _ = fs::remove_file(path);
            }
        }
        Ok(())
    }

    /// Names of all files, each parted at its last point.
    fn names(&self) -> Result<Vec<(String, String)>, RegistryError> {
        let failed = |source| io_error("list", &self.folder, source);
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.folder).map_err(failed)? {
            let name = entry.map_err(failed)?.file_name();
            if let Some((stem, extension)) = name.to_str().and_then(|name| name.rsplit_once('.')) {
                names.push((stem.to_owned(), extension.to_owned()));
            }
        }
        names.sort_unstable();
        Ok(names)
    }

    /// What there is, for a message; at most a few names.
    fn known(&self) -> String {
        const SHOWN: usize = 10;
        let names = self.names().unwrap_or_default();
        let known = |(_, extension): &&(String, String)| {
            [BUNDLE_EXTENSION, LABEL_EXTENSION].contains(&extension.as_str())
        };
        let mut all: Vec<String> = names.iter().filter(known).map(|(stem, _)| stem.clone()).collect();
        let more = all.len().saturating_sub(SHOWN);
        all.truncate(SHOWN);
        match (all.is_empty(), more) {
            (true, _) => "nothing yet".to_owned(),
            (_, 0) => all.join(", "),
            _ => format!("{} and {more} more", all.join(", ")),
        }
    }
}

fn io_error(action: &'static str, path: &Path, source: io::Error) -> RegistryError {
    RegistryError::Io { action, path: path.to_owned(), source }
}
