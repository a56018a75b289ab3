//! The only code that knows protobuf and gRPC: read and check, call, write.

mod health;
mod model;
mod read;
mod scoring;
mod status;
#[cfg(test)]
mod tests;
pub mod transport;
mod violations;
mod write;

use std::sync::Arc;

use tenure_proto::v1::model_service_server::ModelServiceServer;
use tenure_proto::v1::scoring_service_server::ScoringServiceServer;
use tonic::service::Routes;
use tonic_reflection::server::Builder;

pub(crate) use health::Health;

use crate::app::App;

/// Every service, and the switch of their health.
pub(crate) async fn routes(app: Arc<App>) -> Result<(Routes, Health), tonic_reflection::server::Error> {
    let max_bytes = app.limits().max_message_bytes;
    let scoring = ScoringServiceServer::new(scoring::Scoring { app: Arc::clone(&app) })
        .max_decoding_message_size(max_bytes)
        .max_encoding_message_size(max_bytes);
    let model = ModelServiceServer::new(model::Models { app })
        .max_decoding_message_size(max_bytes)
        .max_encoding_message_size(max_bytes);
    let reflection = || {
        Builder::configure()
            .register_encoded_file_descriptor_set(tenure_proto::FILE_DESCRIPTOR_SET)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
    };
    let (health, health_service) = Health::not_serving().await;
    let mut routes = Routes::builder();
    routes
        .add_service(scoring)
        .add_service(model)
        .add_service(health_service.max_decoding_message_size(max_bytes))
        .add_service(reflection().build_v1()?.max_decoding_message_size(max_bytes))
        // Tools older than 2023 ask for the alpha version.
        .add_service(reflection().build_v1alpha()?.max_decoding_message_size(max_bytes));
    Ok((routes.routes(), health))
}
