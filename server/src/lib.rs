//! The gRPC server: package `tenure.v1` over one model file.
//!
//! Three layers. `grpc` is the only code that knows protobuf and gRPC: it reads and checks a request, calls,
//! and writes the answer. `app` holds the use cases and knows neither. [`config`] names every limit.
//!
//! ```no_run
//! use std::path::Path;
//! use tenure_server::config::ServerConfig;
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let config = ServerConfig::for_bundle(Path::new("shop.tenure"))?;
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
//! println!("serving on {}", listener.local_addr()?);
//! tenure_server::run(config, listener, async { /* resolves when the server is to end */ }).await?;
//! # Ok(())
//! # }
//! ```

#![forbid(unsafe_code)]

mod app;
mod command;
pub mod config;
mod error;
mod grpc;
mod run;
mod signals;

pub use command::{command, config_from};
pub use error::ServerError;
pub use grpc::transport;
pub use run::{run, serve};
pub use tenure_bundle::WarmUpError;
