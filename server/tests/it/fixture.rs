//! A model file, a running server, and ways to talk to it.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use tenure_bundle::{Limits, Scorer};
use tenure_proto::v1::model_service_client::ModelServiceClient;
use tenure_proto::v1::scoring_service_client::ScoringServiceClient;
use tenure_proto::v1::{
    Amount, BatchScoreCustomersRequest, CustomerHistory, PurchaseEvent, PurchaseKind, ScoreCustomerRequest,
};
use tenure_server::ServerError;
use tenure_server::config::ServerConfig;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tonic::transport::{Channel, Endpoint};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

use crate::sample::sample_bundle;

/// 2024-01-01T00:00:00Z, in microseconds.
pub(crate) const AS_OF_US: i64 = 1_704_067_200_000_000;
const DAY_US: i64 = 86_400_000_000;

/// A model file in a folder that goes with it.
pub(crate) struct Bundle {
    _folder: TempDir,
    pub(crate) path: PathBuf,
}

impl Bundle {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("shop.tenure");
        std::fs::write(&path, sample_bundle().unwrap()).unwrap();
        Self { _folder: folder, path }
    }

    pub(crate) fn scorer(&self) -> Scorer {
        Scorer::open(&self.path, &Limits::default()).unwrap()
    }
}

/// A server that runs until it is told to stop.
pub(crate) struct Running {
    pub(crate) bundle: Bundle,
    pub(crate) address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<Result<(), ServerError>>,
}

impl Running {
    /// Starts on a free port, with defaults but for `change`, and waits until it serves.
    pub(crate) async fn start(change: impl FnOnce(&mut ServerConfig)) -> Self {
        let running = Self::start_without_waiting(change).await;
        let mut health = HealthClient::new(running.channel().await);
        let request = HealthCheckRequest { service: String::new() };
        let mut statuses = health.watch(request).await.unwrap().into_inner();
        while statuses.message().await.unwrap().unwrap().status != 1 {}
        running
    }

    pub(crate) async fn start_without_waiting(change: impl FnOnce(&mut ServerConfig)) -> Self {
        let bundle = Bundle::new();
        let mut config = config(&bundle.path);
        change(&mut config);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let shutdown = async {
            let _ = stopped.await;
        };
        let task = tokio::spawn(tenure_server::run(config, listener, shutdown));
        Self { bundle, address, stop, task }
    }

    pub(crate) async fn channel(&self) -> Channel {
        channel(self.address).await
    }

    pub(crate) async fn scoring(&self) -> ScoringServiceClient<Channel> {
        ScoringServiceClient::new(self.channel().await)
    }

    pub(crate) async fn model(&self) -> ModelServiceClient<Channel> {
        ModelServiceClient::new(self.channel().await)
    }

    /// Tells the server to stop; gives what to wait for. The model file stays until then: it may be loading.
    pub(crate) fn stop(self) -> JoinHandle<Result<(), ServerError>> {
        self.stop.send(()).unwrap();
        let (bundle, task) = (self.bundle, self.task);
        tokio::spawn(async move {
            let ended = task.await.unwrap();
            drop(bundle);
            ended
        })
    }

    /// Drops the server; gives what to wait for.
    pub(crate) fn abort(self) -> JoinHandle<Result<(), ServerError>> {
        self.task.abort();
        self.task
    }
}

pub(crate) fn config(bundle: &Path) -> ServerConfig {
    let mut config = ServerConfig::for_bundle(bundle).unwrap();
    config.server.warm_up_histories = 13;
    config
}

pub(crate) async fn channel(address: SocketAddr) -> Channel {
    Endpoint::from_shared(format!("http://{address}")).unwrap().connect().await.unwrap()
}

/// A customer with `n_orders` orders a week apart, the last one ten days before [`AS_OF_US`].
pub(crate) fn history(customer_id: &str, n_orders: i64) -> CustomerHistory {
    let events = (0..n_orders).rev().map(|i| PurchaseEvent {
        kind: PurchaseKind::Order.into(),
        occurred_at_us: Some(AS_OF_US - (10 + 7 * i) * DAY_US),
        amount: Some(Amount { minor_units: 1_999 + i }),
    });
    CustomerHistory { customer_id: customer_id.into(), currency_code: "USD".into(), events: events.collect() }
}

pub(crate) fn score_request(history: CustomerHistory) -> ScoreCustomerRequest {
    ScoreCustomerRequest { history: Some(history), options: Some(at_as_of()) }
}

pub(crate) fn batch_request(n_rows: usize) -> BatchScoreCustomersRequest {
    let histories = (0..n_rows).map(|i| history(&format!("customer-{i}"), i as i64 % 20));
    BatchScoreCustomersRequest { histories: histories.collect(), options: Some(at_as_of()) }
}

fn at_as_of() -> tenure_proto::v1::ScoreOptions {
    tenure_proto::v1::ScoreOptions { as_of_us: Some(AS_OF_US), ..Default::default() }
}
