//! Scoring over gRPC, as a backend service would.

use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Error, bail};
use tenure_behaviour::OrderHistory;
use tenure_bundle::ScoreOptions;
use tenure_core::CustomerId;
use tenure_learn::OrderBook;
use tenure_proto::v1::scoring_service_client::ScoringServiceClient;
use tenure_proto::v1::{
    Amount, BatchScoreCustomersRequest, CustomerHistory, CustomerScore, PurchaseEvent, PurchaseKind,
    ScoreOptions as WireOptions, batch_score_row,
};
use tenure_server::config::ServerConfig;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tonic::transport::Channel;

/// Customers in one request.
const BATCH: usize = 500;

/// How long the server may take to load the bundle.
const PATIENCE: Duration = Duration::from_secs(30);

/// What the server said of one customer.
#[derive(Debug)]
pub(super) struct RemoteScore {
    pub(super) customer_id: String,
    /// Spend before the as-of, in dollars.
    pub(super) spent: f64,
    pub(super) score: CustomerScore,
}

/// Everybody's scores and how they were got.
#[derive(Debug)]
pub(super) struct Scored {
    pub(super) address: SocketAddr,
    pub(super) seconds: f64,
    pub(super) customers: Vec<RemoteScore>,
}

/// Starts the server on a free loopback port, scores everybody with an order before the as-of, and stops it.
pub(super) fn score_all(bundle: &Path, book: &OrderBook, options: &ScoreOptions) -> Result<Scored, Error> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.context("no free port on 127.0.0.1")?;
        let address = listener.local_addr()?;
        let (stop, stopped) = oneshot::channel::<()>();
        let config = ServerConfig::for_bundle(bundle)?;
        let server = tokio::spawn(tenure_server::run(config, listener, async {
            // A dropped sender means the same as a message: stop.
            let _ = stopped.await;
        }));
        let mut client = connect(address).await?;
        let started = Instant::now();
        let customers = score_in_batches(&mut client, book, options).await?;
        let seconds = started.elapsed().as_secs_f64();
        drop(client);
        drop(stop);
        server.await??;
        Ok(Scored { address, seconds, customers })
    })
}

/// Connects as soon as the model is loaded; until then the server answers UNAVAILABLE.
async fn connect(address: SocketAddr) -> Result<ScoringServiceClient<Channel>, Error> {
    let endpoint = Channel::from_shared(format!("http://{address}"))?;
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Ok(channel) = endpoint.connect().await {
            let mut client = ScoringServiceClient::new(channel);
            let nobody = BatchScoreCustomersRequest { histories: Vec::new(), options: None };
            match client.batch_score_customers(nobody).await {
                Err(status) if status.code() == tonic::Code::Unavailable => {}
                _ => return Ok(client),
            }
        }
        if Instant::now() > deadline {
            bail!("the server on {address} did not become ready within {PATIENCE:?}");
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn score_in_batches(
    client: &mut ScoringServiceClient<Channel>,
    book: &OrderBook,
    options: &ScoreOptions,
) -> Result<Vec<RemoteScore>, Error> {
    let mut known = book.sorted();
    known.retain(|(_, history)| history.has_order_before(options.as_of));
    let wire = WireOptions {
        as_of_us: Some(options.as_of.instant().microseconds()),
        horizon_seconds: Some(options.horizon.length().microseconds() / 1_000_000),
        clv_horizon_seconds: Some(options.clv_horizon.length().microseconds() / 1_000_000),
        discount_rate: Some(options.discount_rate.annual()),
    };
    let mut scores = Vec::with_capacity(known.len());
    for chunk in known.chunks(BATCH) {
        let histories = chunk.iter().map(|(id, history)| as_message(id, history)).collect();
        let request = BatchScoreCustomersRequest { histories, options: Some(wire) };
        let rows = client.batch_score_customers(request).await?.into_inner().rows;
        for (row, (_, history)) in rows.into_iter().zip(chunk) {
            let before = history.entries().iter().filter(|(at, _)| options.as_of.knows(*at));
            let spent = before.map(|(_, minor)| *minor as f64).sum::<f64>() / 100.0;
            match row.result {
                Some(batch_score_row::Result::Score(score)) => {
                    scores.push(RemoteScore { customer_id: row.customer_id, spent, score });
                }
                Some(batch_score_row::Result::Error(error)) => {
                    bail!("customer {}: {}", row.customer_id, error.message);
                }
                None => bail!("the server left out customer {}", row.customer_id),
            }
        }
    }
    Ok(scores)
}

fn as_message(customer_id: &CustomerId, history: &OrderHistory) -> CustomerHistory {
    let event = |(at, minor): &(tenure_core::Timestamp, i64)| PurchaseEvent {
        kind: if *minor < 0 { PurchaseKind::Refund } else { PurchaseKind::Order }.into(),
        occurred_at_us: Some(at.microseconds()),
        amount: Some(Amount { minor_units: *minor }),
    };
    CustomerHistory {
        customer_id: customer_id.to_string(),
        currency_code: history.currency().to_string(),
        events: history.entries().iter().map(event).collect(),
    }
}
