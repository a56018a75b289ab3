//! What is answered before there is a model.

use std::future::pending;
use std::path::Path;
use std::time::Duration;

use tenure_proto::v1::model_service_client::ModelServiceClient;
use tenure_proto::v1::scoring_service_client::ScoringServiceClient;
use tenure_proto::v1::{BatchScoreCustomersRequest, GetModelRequest, ScoreCustomerRequest};
use tokio::net::TcpListener;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Status};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_types::StatusExt;

use super::*;
use crate::config::ServerConfig;

/// A server that waits for a model which never comes.
async fn start() -> Channel {
    let config = ServerConfig::for_bundle(Path::new("none")).unwrap();
    let (routes, health) = routes(Arc::new(App::new(config.limits))).await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let _health = health;
        transport::serve(listener, routes, &config.connections, Duration::ZERO, pending::<()>()).await
    });
    Endpoint::from_shared(format!("http://{address}")).unwrap().connect().await.unwrap()
}

#[tokio::test]
async fn health_is_not_serving() {
    let mut client = HealthClient::new(start().await);
    for service in ["", "tenure.v1.ScoringService", "tenure.v1.ModelService"] {
        let request = HealthCheckRequest { service: service.to_owned() };
        let status = client.check(request).await.unwrap().into_inner().status();
        assert_eq!(status, ServingStatus::NotServing, "{service:?}");
    }
}

#[tokio::test]
async fn every_call_is_unavailable_with_a_time_to_come_back() {
    let channel = start().await;
    let mut scoring = ScoringServiceClient::new(channel.clone());
    let mut model = ModelServiceClient::new(channel);
    check(scoring.score_customer(ScoreCustomerRequest::default()).await.map(drop));
    check(scoring.batch_score_customers(BatchScoreCustomersRequest::default()).await.map(drop));
    check(model.get_model(GetModelRequest::default()).await.map(drop));
}

#[track_caller]
fn check(answer: Result<(), Status>) {
    let status = answer.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    assert_eq!(status.get_details_retry_info().unwrap().retry_delay, Some(Duration::from_millis(100)));
}
