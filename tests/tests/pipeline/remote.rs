//! The server in this process, asked over gRPC.

use std::path::Path;
use std::time::{Duration, Instant};

use tenure_behaviour::OrderHistory;
use tenure_bundle::ScoreOptions;
use tenure_core::CustomerId;
use tenure_proto::v1::scoring_service_client::ScoringServiceClient;
use tenure_proto::v1::{
    Amount, BatchScoreCustomersRequest, BatchScoreCustomersResponse, CustomerHistory, PurchaseEvent,
    PurchaseKind, ScoreOptions as WireOptions,
};
use tenure_server::config::ServerConfig;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tonic::Code;
use tonic::transport::Channel;

/// How long the server may take to load and to end.
const PATIENCE: Duration = Duration::from_secs(30);

/// Starts a server on a free loopback port, scores one batch, and stops it.
pub(crate) fn score(
    bundle: &Path,
    customers: &[(&CustomerId, &OrderHistory)],
    options: &ScoreOptions,
) -> BatchScoreCustomersResponse {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let shutdown = async {
            let _ = stopped.await;
        };
        let config = ServerConfig::for_bundle(bundle).unwrap();
        let server = tokio::spawn(tenure_server::run(config, listener, shutdown));
        let channel = Channel::from_shared(format!("http://{address}")).unwrap().connect().await.unwrap();
        let mut client = ScoringServiceClient::new(channel);
        let request = BatchScoreCustomersRequest {
            histories: customers.iter().map(|(id, history)| message(id, history)).collect(),
            options: Some(wire(options)),
        };
        let deadline = Instant::now() + PATIENCE;
        let answer = loop {
            match client.batch_score_customers(request.clone()).await {
                // Not loaded yet.
                Err(status) if status.code() == Code::Unavailable && Instant::now() < deadline => {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                answer => break answer.unwrap().into_inner(),
            }
        };
        drop((client, stop));
        tokio::time::timeout(PATIENCE, server).await.unwrap().unwrap().unwrap();
        answer
    })
}

fn wire(options: &ScoreOptions) -> WireOptions {
    let seconds = |horizon: tenure_core::Horizon| horizon.length().microseconds() / 1_000_000;
    WireOptions {
        as_of_us: Some(options.as_of.instant().microseconds()),
        horizon_seconds: Some(seconds(options.horizon)),
        clv_horizon_seconds: Some(seconds(options.clv_horizon)),
        discount_rate: Some(options.discount_rate.annual()),
    }
}

fn message(customer_id: &CustomerId, history: &OrderHistory) -> CustomerHistory {
    let event = |(at, minor_units): &(tenure_core::Timestamp, i64)| PurchaseEvent {
        kind: if *minor_units < 0 { PurchaseKind::Refund } else { PurchaseKind::Order }.into(),
        occurred_at_us: Some(at.microseconds()),
        amount: Some(Amount { minor_units: *minor_units }),
    };
    CustomerHistory {
        customer_id: customer_id.to_string(),
        currency_code: history.currency().to_string(),
        // Newest first: the order of arrival is nobody's business.
        events: history.entries().iter().rev().map(event).collect(),
    }
}
