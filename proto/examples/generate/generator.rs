//! From `.proto` files to Rust and descriptors, without `protoc`: shared by the example that writes and the
//! test that compares.

use std::error::Error;
use std::fs;
use std::path::Path;

use prost::Message;
use prost_types::FileDescriptorSet;

const PROTO_FILES: [&str; 5] = [
    "tenure/v1/history.proto",
    "tenure/v1/model.proto",
    "tenure/v1/model_service.proto",
    "tenure/v1/score.proto",
    "tenure/v1/scoring_service.proto",
];

/// The descriptors of every `.proto` file under `root`, comments included.
pub(crate) fn descriptors(root: &Path) -> Result<FileDescriptorSet, Box<dyn Error>> {
    Ok(protox::compile(PROTO_FILES, [root])?)
}

/// Writes `tenure.v1.rs` and `tenure.v1.binpb` into `folder`, from the `.proto` files under `root`.
pub(crate) fn generate(root: &Path, folder: &Path) -> Result<(), Box<dyn Error>> {
    let descriptors = descriptors(root)?;
    fs::write(folder.join("tenure.v1.binpb"), descriptors.encode_to_vec())?;
    // No transport: who needs a channel brings one, and this crate stays free of hyper.
    tonic_prost_build::configure()
        .build_transport(false)
        .emit_rerun_if_changed(false)
        .out_dir(folder)
        .compile_fds(descriptors)?;
    Ok(())
}
