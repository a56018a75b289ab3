//! Package `tenure.v1` on the wire: messages, clients and servers, and the descriptors for reflection.
//!
//! The `.proto` files are in `tenure/v1`. What is generated from them is committed, so that a build needs
//! neither `protoc` nor a build script; after a change to a `.proto` file run
//! `cargo run -p tenure-proto --example generate`. A test generates again and compares byte for byte.
//!
//! ```
//! use tenure_proto::v1::{Amount, PurchaseEvent, PurchaseKind};
//! let order = PurchaseEvent {
//!     kind: PurchaseKind::Order.into(),
//!     occurred_at_us: Some(867_715_200_000_000),
//!     amount: Some(Amount { minor_units: 2_933 }),
//! };
//! assert_eq!(order.kind().as_str_name(), "PURCHASE_KIND_ORDER");
//! ```

#![forbid(unsafe_code)]

/// Messages, clients and servers of package `tenure.v1`.
#[expect(
    clippy::allow_attributes,
    clippy::doc_markdown,
    clippy::too_many_lines,
    reason = "the generator writes this file, and its comments come from the .proto files"
)]
pub mod v1 {
    include!("generated/tenure.v1.rs");
}

/// The descriptors of package `tenure.v1` with their comments: an encoded `google.protobuf.FileDescriptorSet`,
/// for reflection.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!("generated/tenure.v1.binpb");
