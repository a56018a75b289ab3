//! Damaged bundles: every flipped byte, every cut and every tail is a typed error, and none makes the
//! reader allocate more than twice the file's size and a little.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic like tests")]

use std::sync::{Mutex, MutexGuard, PoisonError};

use peak_alloc::PeakAlloc;
use tenure_bundle::{
    BundleError, Limits, RawBundle, decode, decode_part, encode, encode_part, read_file, write_file,
};

mod common;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// The allocator counts for the whole process, so the tests of this file take turns.
fn alone() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs `read` and checks that it never held more than `max` bytes beyond what was there before.
#[track_caller]
fn within<T>(max: usize, read: impl FnOnce() -> T) -> T {
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let result = read();
    let peak = MEMORY.peak_usage().saturating_sub(before);
    assert!(peak <= max, "held {peak} bytes, at most {max} are allowed");
    result
}

#[track_caller]
fn decode_small(bytes: &[u8]) -> Result<RawBundle, BundleError> {
    within(2 * bytes.len() + 16_384, || decode(bytes, &Limits::default()))
}

#[test]
fn every_flipped_byte_is_found() {
    let _alone = alone();
    let good = common::bundle();
    let parts_at = common::parts_at(&good);
    assert!(decode_small(&good).is_ok());
    for at in 0..good.len() {
        // All wrong values of the header, three of each byte after it.
        let flips: Vec<u8> = if at < 56 { (1..=255).collect() } else { vec![0x01, 0x80, 0xff] };
        for flip in flips {
            let mut bytes = good.clone();
            bytes[at] ^= flip;
            let error = decode_small(&bytes).expect_err("a flipped byte was not noticed");
            let as_expected = match at {
                0..8 => matches!(error, BundleError::NotABundle),
                // The other format that is read, of which the hash tells.
                8 if bytes[8] == 2 => matches!(error, BundleError::ManifestDamaged { .. }),
                8..12 => matches!(error, BundleError::NewerFormat { .. } | BundleError::UnknownFormat { .. }),
                12..20 => matches!(error, BundleError::Truncated { .. } | BundleError::TrailingBytes { .. }),
                20..24 => matches!(
                    error,
                    BundleError::ManifestTooLarge { .. }
                        | BundleError::Truncated { .. }
                        | BundleError::ManifestDamaged { .. }
                ),
                _ if at < parts_at => matches!(error, BundleError::ManifestDamaged { .. }),
                _ => matches!(error, BundleError::PartDamaged { .. }),
            };
            assert!(as_expected, "byte {at} xor {flip:#04x}: {error}");
        }
    }
}

#[test]
fn every_cut_and_every_tail_is_found() {
    let _alone = alone();
    let good = common::bundle();
    for end in 0..good.len() {
        let error = decode_small(&good[..end]).expect_err("a cut was not noticed");
        let stated = if end < 20 { 56 } else { good.len() as u64 };
        let cut_off = matches!(
            error,
            BundleError::Truncated { bytes, expected } if bytes == end as u64 && expected == stated
        );
        assert!(cut_off, "cut at {end}: {error}");
    }
    for tail in [vec![0], vec![0; 4_096], good.clone()] {
        let error = decode_small(&[good.as_slice(), &tail].concat()).expect_err("a tail was not noticed");
        assert!(
            matches!(error, BundleError::TrailingBytes { bytes } if bytes == tail.len() as u64),
            "{error}"
        );
    }
}

#[test]
fn a_large_bundle_takes_twice_its_size_to_read() {
    let _alone = alone();
    let weights = encode_part("weights", &vec![0.5_f64; 200_000]).unwrap();
    let bytes = encode(common::manifest(), &[weights]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.tenure");
    write_file(&path, &bytes).unwrap();
    let max = 2 * bytes.len() + 16_384;
    assert!(within(max, || read_file(&path, &Limits::default())).is_ok());
    let limits = Limits { max_file_bytes: 1_000_000, ..Limits::default() };
    let refused = within(1_024, || read_file(&path, &limits));
    assert!(matches!(refused, Err(BundleError::FileTooLarge { bytes: 1_600_000.., max: 1_000_000 })));
}

#[test]
fn a_lie_about_a_length_allocates_next_to_nothing() {
    let _alone = alone();
    let good = common::bundle();
    let manifest = String::from_utf8(good[56..common::parts_at(&good)].to_vec()).unwrap();
    let parts = &good[common::parts_at(&good)..];
    for length in ["33000000", "268435456", "18446744073709551615"] {
        let lie = manifest.replace("\"length\":32,", &format!("\"length\":{length},"));
        assert_ne!(lie, manifest);
        assert!(decode_small(&common::seal(lie.as_bytes(), parts)).is_err());
    }
    // A list of 2^63 numbers, stated in ten bytes of a part: serde reserves one mebibyte at most.
    let lie = [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01];
    assert!(within(2 << 20, || decode_part::<Vec<f64>>("weights", &lie)).is_err());
}
