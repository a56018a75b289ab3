//! How much of a stranger's file is read at all.

/// Bounds that a bundle is held to before anything of its size is allocated.
///
/// The defaults admit every bundle that Tenure writes today many times over. Raise one for a file that
/// you trust:
///
/// ```
/// use tenure_bundle::Limits;
/// let limits = Limits { max_file_bytes: 4 << 30, max_part_bytes: 2 << 30, ..Limits::default() };
/// # let _ = limits;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Largest file, in bytes. Defaults to 512 MiB.
    pub max_file_bytes: u64,
    /// Longest manifest, in bytes. Defaults to 4 MiB.
    pub max_manifest_bytes: u64,
    /// Most parts. Defaults to 64.
    pub max_parts: usize,
    /// Largest part, in bytes. Defaults to 256 MiB.
    pub max_part_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_file_bytes: 512 << 20,
            max_manifest_bytes: 4 << 20,
            max_parts: 64,
            max_part_bytes: 256 << 20,
        }
    }
}
