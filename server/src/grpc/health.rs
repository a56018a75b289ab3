//! `grpc.health.v1`: whether to send calls here.

use tenure_proto::v1::model_service_server::SERVICE_NAME as MODEL_SERVICE;
use tenure_proto::v1::scoring_service_server::SERVICE_NAME as SCORING_SERVICE;
use tonic_health::ServingStatus;
use tonic_health::pb::health_server::{Health as HealthService, HealthServer};
use tonic_health::server::{HealthReporter, health_reporter};

/// The server as a whole, by the health protocol's name, and each service.
const NAMES: [&str; 3] = ["", SCORING_SERVICE, MODEL_SERVICE];

/// The switch of the health of all services.
#[derive(Debug)]
pub(crate) struct Health {
    reporter: HealthReporter,
}

impl Health {
    /// A health service that says `NOT_SERVING`, and its switch.
    ///
    /// The reporter itself starts with `SERVING`, so this must be done before a socket is open.
    pub(super) async fn not_serving() -> (Self, HealthServer<impl HealthService>) {
        let (reporter, service) = health_reporter();
        let health = Self { reporter };
        health.set(ServingStatus::NotServing).await;
        (health, service)
    }

    /// Says from now on whether to send calls here.
    pub(crate) async fn set(&self, status: ServingStatus) {
        for name in NAMES {
            self.reporter.set_service_status(name, status).await;
        }
    }
}
