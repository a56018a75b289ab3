//! Writes `src/generated` anew: `cargo run -p tenure-proto --example generate`.

#![forbid(unsafe_code)]

mod generator;

use std::path::Path;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    generator::generate(root, &root.join("src/generated"))
}
