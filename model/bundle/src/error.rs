//! Why a bundle was refused or could not be written.

use std::io;
use std::path::PathBuf;

use crate::Digest;

/// Why this crate refused a bundle, a part or a manifest.
///
/// Every flaw of a file is one of these; no file makes this crate panic.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BundleError {
    /// The operating system refused.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was tried: `open`, `read`, `write`, `rename` or `sync`.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A path that names no file.
    #[error("{} is not a file: give the path of a bundle", path.display())]
    NotAFile {
        /// The refused path.
        path: PathBuf,
    },
    /// The file is larger than [`Limits::max_file_bytes`](crate::Limits::max_file_bytes).
    #[error("the bundle has {bytes} bytes, the limit is {max}: raise max_file_bytes if you trust it")]
    FileTooLarge {
        /// Size of the file.
        bytes: u64,
        /// The limit.
        max: u64,
    },
    /// The first bytes are another format's.
    #[error("this is not a Tenure bundle: it does not begin with TENURE")]
    NotABundle,
    /// The format is newer than this program.
    #[error(
        "the bundle has format {version}, this program reads up to {newest}: \
         upgrade Tenure, or train again with this version"
    )]
    NewerFormat {
        /// The file's format version.
        version: u32,
        /// The newest that this program reads.
        newest: u32,
    },
    /// A format version that was never given out.
    #[error("the bundle has format {version}, which does not exist: copy the file again")]
    UnknownFormat {
        /// The file's format version.
        version: u32,
    },
    /// The file ends too early.
    #[error("the bundle was cut off: it has {bytes} of {expected} bytes, copy the file again")]
    Truncated {
        /// Size of the file.
        bytes: u64,
        /// Size that it should have, at least.
        expected: u64,
    },
    /// Bytes after the stated end.
    #[error("{bytes} bytes follow the end of the bundle: copy the file again")]
    TrailingBytes {
        /// How many too many.
        bytes: u64,
    },
    /// The manifest is longer than [`Limits::max_manifest_bytes`](crate::Limits::max_manifest_bytes).
    #[error("the manifest has {bytes} bytes, the limit is {max}")]
    ManifestTooLarge {
        /// Stated length of the manifest.
        bytes: u64,
        /// The limit.
        max: u64,
    },
    /// The header or the manifest is not what was written.
    #[error(
        "the bundle is damaged: header and manifest hash to {found} instead of {expected}, copy the file again"
    )]
    ManifestDamaged {
        /// The hash in the header.
        expected: Digest,
        /// The hash of what is there.
        found: Digest,
    },
    /// The manifest is JSON of another kind, or not JSON.
    #[error("the manifest does not begin with {{: the file was not written by Tenure")]
    ManifestNotAnObject,
    /// The manifest lacks a field, has one too many or twice, or a value was refused.
    #[error("the manifest cannot be read: {source}")]
    InvalidManifest {
        /// What and where.
        source: serde_json::Error,
    },
    /// The manifest was changed by writing it: a value in it has no exact form in JSON.
    #[error(
        "the manifest would not read back as it was: look for a number that is not finite \
         or a length of time that is not in whole seconds"
    )]
    ManifestChanged,
    /// The manifest names another format than the header.
    #[error("the header says format {header}, the manifest {manifest}: the file was not written by Tenure")]
    FormatMismatch {
        /// Version in the header.
        header: u32,
        /// Version in the manifest.
        manifest: u32,
    },
    /// The model version does not follow from what the bundle holds.
    #[error("the manifest says model version {stated}, but its parts make it {derived}")]
    ModelVersionMismatch {
        /// Version in the manifest.
        stated: String,
        /// Version by the rule.
        derived: String,
    },
    /// Not a name for a model.
    #[error("{name:?} is not a name for a model: use 1 to 64 lower-case letters, digits and _")]
    InvalidModelName {
        /// The refused name.
        name: String,
    },
    /// No horizons, or horizons that do not rise.
    #[error("the horizons of the manifest must be at least one, each longer than the one before")]
    InvalidHorizons,
    /// A behaviour source does not have the hash beside it.
    #[error("the behaviour source {name:?} does not have the hash that the manifest gives it")]
    SourceDamaged {
        /// Name of the source.
        name: String,
    },
    /// More parts than [`Limits::max_parts`](crate::Limits::max_parts).
    #[error("the bundle has {parts} parts, the limit is {max}")]
    TooManyParts {
        /// How many it has.
        parts: usize,
        /// The limit.
        max: usize,
    },
    /// A part is larger than [`Limits::max_part_bytes`](crate::Limits::max_part_bytes).
    #[error("the part {name:?} has {bytes} bytes, the limit is {max}")]
    PartTooLarge {
        /// Name of the part.
        name: String,
        /// Its stated length.
        bytes: u64,
        /// The limit.
        max: u64,
    },
    /// Not a name for a part.
    #[error("{name:?} is not a name for a part: use 1 to 64 lower-case letters, digits and _")]
    InvalidPartName {
        /// The refused name.
        name: String,
    },
    /// Two parts of one name.
    #[error("the bundle has two parts named {name:?}")]
    DuplicatePart {
        /// The name.
        name: String,
    },
    /// A part does not begin where the one before ended: a hole or an overlap.
    #[error("the part {name:?} begins at {offset} instead of {expected}: parts lie back to back")]
    PartMisplaced {
        /// Name of the part.
        name: String,
        /// Where it says it begins, counted from the end of the manifest.
        offset: u64,
        /// Where the one before ended.
        expected: u64,
    },
    /// The parts end before or after the file does.
    #[error("the parts have {stated} bytes in all, the file has room for {room}")]
    PartsDoNotFill {
        /// Sum of the parts' lengths.
        stated: u64,
        /// Bytes after the manifest.
        room: u64,
    },
    /// The bytes of a part are not what was written.
    #[error("the part {name:?} is damaged: copy the file again")]
    PartDamaged {
        /// Name of the part.
        name: String,
    },
    /// No part of this name.
    #[error("the bundle has no part {name:?}: train it again with this version")]
    MissingPart {
        /// The name.
        name: String,
    },
    /// A bundle of a flat table where one of orders is needed.
    #[error(
        "this is a bundle of a flat table, which knows no orders: use it with score --table, or give a bundle that \
         was trained on orders or a log"
    )]
    OfTable,
    /// A bundle of orders where one of a flat table is needed.
    #[error(
        "this is a bundle of orders, not of a flat table: use it with --orders or --log, or give a bundle that was \
         trained with --table"
    )]
    OfOrders,
    /// A part does not hold what it should.
    #[error("the part {name:?} cannot be read: {source}")]
    InvalidPart {
        /// Name of the part.
        name: String,
        /// What was wrong.
        source: postcard::Error,
    },
    /// A part goes on after its value.
    #[error("the part {name:?} has {bytes} bytes after its value")]
    PartTooLong {
        /// Name of the part.
        name: String,
        /// How many too many.
        bytes: usize,
    },
    /// A value cannot be written as a part.
    #[error("the part {name:?} cannot be written: {source}")]
    UnwritablePart {
        /// Name of the part.
        name: String,
        /// What was wrong.
        source: postcard::Error,
    },
    /// A number of the boosted rung's rows names no definition.
    #[error("the boosted model reads {name:?}, which its definitions do not define")]
    UnknownFeature {
        /// The name.
        name: String,
    },
    /// A name is kept that no column of the boosted rung asks for.
    #[error("the bundle keeps the name {name:?}, which no column of its model asks for")]
    UnknownCategory {
        /// The name.
        name: String,
    },
    /// The definitions that the boosted rung reads cannot be used.
    #[error("the features of the boosted model cannot be used: {reason}")]
    UnusableFeatures {
        /// What is wrong with them.
        reason: String,
    },
    /// The definition of churn, or what predicts it, cannot be used.
    #[error("the definition of churn cannot be used: {reason}")]
    UnusableChurn {
        /// What is wrong with it.
        reason: String,
    },
    /// A weight of a blend that is not from 0 to 1.
    #[error("a blend has the weight {weight}: weights are from 0 to 1")]
    InvalidWeight {
        /// The refused weight.
        weight: f64,
    },
    /// The trees were made for rows of another width.
    #[error("the boosted model has rows of {columns} numbers and trees for {trees}")]
    RowWidth {
        /// Numbers of a row.
        columns: usize,
        /// What the trees read.
        trees: usize,
    },
    /// Not a hash.
    #[error("{value:?} is not a SHA-256: write 64 lower-case hexadecimal digits")]
    InvalidDigest {
        /// The refused text.
        value: String,
    },
    /// The machine has no room for the file.
    #[error("there is no memory for {bytes} bytes")]
    NoMemory {
        /// What was asked for.
        bytes: u64,
    },
}
