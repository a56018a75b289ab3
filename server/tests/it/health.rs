//! Health says whether to send calls here.

use std::time::Duration;

use tenure_server::ServerError;
use tokio::net::TcpListener;
use tokio::time::timeout;
use tonic::Code;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use crate::fixture::{Running, config, history, score_request};

const NAMES: [&str; 3] = ["", "tenure.v1.ScoringService", "tenure.v1.ModelService"];

fn asking(service: &str) -> HealthCheckRequest {
    HealthCheckRequest { service: service.to_owned() }
}

#[tokio::test]
async fn every_service_is_serving_once_the_model_is_warm() {
    let server = Running::start(|_| {}).await;
    let mut client = HealthClient::new(server.channel().await);
    for name in NAMES {
        let status = client.check(asking(name)).await.unwrap().into_inner().status();
        assert_eq!(status, ServingStatus::Serving, "{name:?}");
    }
    assert_eq!(client.check(asking("tenure.v1.NoService")).await.unwrap_err().code(), Code::NotFound);
}

#[tokio::test]
async fn at_shutdown_health_flips_first_and_calls_still_work() {
    let server = Running::start(|config| config.shutdown.readiness_grace_ms = 600_000).await;
    let (mut client, mut scoring) = (HealthClient::new(server.channel().await), server.scoring().await);
    let mut watched = Vec::new();
    for name in NAMES {
        let mut statuses = client.watch(asking(name)).await.unwrap().into_inner();
        assert_eq!(statuses.message().await.unwrap().unwrap().status(), ServingStatus::Serving);
        watched.push(statuses);
    }
    let task = server.stop();
    for statuses in &mut watched {
        assert_eq!(statuses.message().await.unwrap().unwrap().status(), ServingStatus::NotServing);
    }
    scoring.score_customer(score_request(history("a", 1))).await.unwrap();
    task.abort();
}

#[tokio::test]
async fn a_broken_model_file_ends_the_server_with_its_reason() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("broken.tenure");
    std::fs::write(&path, b"not a bundle").unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let ended = tenure_server::run(config(&path), listener, std::future::pending()).await;
    let error = ended.unwrap_err();
    assert!(matches!(error, ServerError::Bundle { .. }), "{error}");
    assert!(error.to_string().contains("broken.tenure"), "{error}");
}

#[tokio::test]
async fn an_end_while_loading_does_not_wait_for_the_model() {
    let server = Running::start_without_waiting(|config| config.server.warm_up_histories = 100_000).await;
    timeout(Duration::from_secs(30), server.stop()).await.unwrap().unwrap().unwrap();
}
