//! Every limit is enforced.

use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tonic::Code;
use tonic::transport::Endpoint;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;
use tonic_types::StatusExt;

use crate::fixture::{Running, batch_request, history, score_request};

#[tokio::test]
async fn a_request_too_large_is_refused() {
    let server = Running::start(|config| config.limits.max_message_bytes = 1_024).await;
    let mut client = server.scoring().await;
    client.score_customer(score_request(history("a", 10))).await.unwrap();
    let status = client.score_customer(score_request(history("a", 200))).await.unwrap_err();
    assert_eq!(status.code(), Code::OutOfRange, "{status}");
}

#[tokio::test]
async fn a_response_too_large_is_not_sent() {
    let server = Running::start(|config| config.limits.max_message_bytes = 1_024).await;
    let mut request = batch_request(20);
    for history in &mut request.histories {
        history.events.clear();
    }
    let status = server.scoring().await.batch_score_customers(request).await.unwrap_err();
    assert_eq!(status.code(), Code::OutOfRange, "{status}");
}

#[tokio::test]
async fn too_many_rows_and_events_are_violations() {
    let server = Running::start(|config| {
        config.limits.max_batch_rows = 2;
        config.limits.max_history_events = 3;
    })
    .await;
    let mut client = server.scoring().await;
    client.batch_score_customers(batch_request(2)).await.unwrap();
    let status = client.batch_score_customers(batch_request(3)).await.unwrap_err();
    assert_eq!(status.get_details_bad_request().unwrap().field_violations[0].field, "histories");
    client.score_customer(score_request(history("a", 3))).await.unwrap();
    let status = client.score_customer(score_request(history("a", 4))).await.unwrap_err();
    assert_eq!(status.get_details_bad_request().unwrap().field_violations[0].field, "history.events");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn overload_is_refused_at_once_with_a_time_to_come_back() {
    let server = Running::start(|config| {
        config.limits.max_concurrent_requests = 1;
        config.limits.max_inline_rows = 0;
        config.limits.retry_after_ms = 70;
    })
    .await;
    let mut n_refused = 0;
    // Whether two meet depends on the machine, so they are sent until it happens.
    for _ in 0..200 {
        if n_refused > 0 {
            break;
        }
        let mut calls = JoinSet::new();
        for _ in 0..8 {
            let mut client = server.scoring().await;
            calls.spawn(async move { client.batch_score_customers(batch_request(1_000)).await });
        }
        let (mut n_answered, answers) = (0, calls.join_all().await);
        for answer in answers {
            match answer {
                Ok(answer) => {
                    assert_eq!(answer.into_inner().rows.len(), 1_000);
                    n_answered += 1;
                }
                Err(status) => {
                    assert_eq!(status.code(), Code::ResourceExhausted, "{status}");
                    let retry = status.get_details_retry_info().unwrap().retry_delay.unwrap();
                    assert_eq!(retry.as_millis(), 70);
                    n_refused += 1;
                }
            }
        }
        assert!(n_answered > 0, "the one place is never lost");
    }
    assert!(n_refused > 0, "of 1,600 calls none met another");
}

#[tokio::test]
async fn one_connection_too_many_is_closed_at_once() {
    let server = Running::start_without_waiting(|config| config.connections.max_connections = 1).await;
    let held = TcpStream::connect(server.address).await.unwrap();
    let mut refused = TcpStream::connect(server.address).await.unwrap();
    assert!(refused.read_u8().await.is_err(), "the end of the stream, and no byte before");
    drop(held);
    // Its place is free as soon as the server has noticed.
    let endpoint = Endpoint::from_shared(format!("http://{}", server.address)).unwrap();
    loop {
        let Ok(channel) = endpoint.connect().await else { continue };
        let request = HealthCheckRequest { service: String::new() };
        if HealthClient::new(channel).check(request).await.is_ok() {
            break;
        }
    }
}
