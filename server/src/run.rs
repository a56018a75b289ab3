//! The life of a server: listen, load, warm up, serve, drain.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use tenure_bundle::{Limits, Scorer, warm_up_with};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::time::sleep;
use tonic_health::ServingStatus;

use crate::app::App;
use crate::config::{ServerConfig, ServerSettings};
use crate::error::ServerError;
use crate::grpc::{Health, routes, transport};
use crate::signals::Signals;

/// Serves on the configured address until SIGTERM or SIGINT; a second one does not wait for the drain.
///
/// # Errors
/// When the address is taken, the model file is refused, or a second signal came.
pub async fn serve(config: ServerConfig) -> Result<(), ServerError> {
    let mut signals = Signals::new().map_err(|source| ServerError::Signals { source })?;
    let address = config.server.listen;
    let listen = |source| ServerError::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(listen)?;
    let (stop, stopped) = oneshot::channel::<()>();
    let twice = async {
        signals.next().await;
        drop(stop);
        signals.next().await;
    };
    let shutdown = async {
        // Dropped without a word is the word.
        let _ = stopped.await;
    };
    tokio::select! {
        ended = run(config, listener, shutdown) => ended,
        () = twice => Err(ServerError::Interrupted),
    }
}

/// Serves on `listener` until `shutdown` is done, and drains within the configured time.
///
/// Health is answered from the start: `NOT_SERVING` until the model is loaded and warm, and again from the
/// moment `shutdown` is done. Dropping the future cuts off everything.
///
/// # Errors
/// When the model file is refused or fails its warm-up.
pub async fn run(
    config: ServerConfig,
    listener: TcpListener,
    shutdown: impl Future<Output = ()>,
) -> Result<(), ServerError> {
    let app = Arc::new(App::new(config.limits.clone()));
    let reflection = |source| ServerError::Reflection { source: Box::new(source) };
    let (routes, health) = routes(Arc::clone(&app)).await.map_err(reflection)?;
    let drain_timeout = Duration::from_millis(config.shutdown.drain_timeout_ms);
    match listener.local_addr() {
        Ok(address) => tracing::info!(%address, "listening"),
        Err(error) => tracing::warn!(%error, "listening on an unknown address"),
    }
    let life = live(&config, &app, &health, shutdown);
    let (ended, drained) = transport::serve(listener, routes, &config.connections, drain_timeout, life).await;
    tracing::info!(drained.n_cut_off, "stopped");
    ended
}

/// Loads, serves, and returns when the connections are to finish.
async fn live(
    config: &ServerConfig,
    app: &App,
    health: &Health,
    shutdown: impl Future<Output = ()>,
) -> Result<(), ServerError> {
    let mut shutdown = pin!(shutdown);
    let scorer = tokio::select! {
        loaded = load(config.server.clone()) => loaded?,
        () = &mut shutdown => return Ok(()),
    };
    app.install(Arc::new(scorer));
    health.set(ServingStatus::Serving).await;
    tracing::info!("serving");
    shutdown.await;
    health.set(ServingStatus::NotServing).await;
    tracing::info!(config.shutdown.readiness_grace_ms, config.shutdown.drain_timeout_ms, "stopping");
    sleep(Duration::from_millis(config.shutdown.readiness_grace_ms)).await;
    Ok(())
}

/// Loads and warms up on a thread of its own, so that the network answers meanwhile and an end need not wait.
async fn load(settings: ServerSettings) -> Result<Scorer, ServerError> {
    let path = settings.bundle.clone();
    let (done, loaded) = oneshot::channel();
    thread::spawn(move || {
        // Nobody receives when the server was told to end meanwhile.
        let _ = done.send(open_and_warm_up(settings));
    });
    loaded.await.unwrap_or(Err(ServerError::LoaderLost { path }))
}

fn open_and_warm_up(settings: ServerSettings) -> Result<Scorer, ServerError> {
    let started = Instant::now();
    let path = settings.bundle;
    let scorer = Scorer::open(&path, &Limits::default())
        .map_err(|source| ServerError::Bundle { path: path.clone(), source: Box::new(source) })?;
    warm_up_with(&scorer, settings.warm_up_histories, scorer.manifest().as_of)
        .map_err(|source| ServerError::WarmUp { path, source: Box::new(source) })?;
    let model_version: &str = scorer.model_version();
    tracing::info!(model_version, elapsed_ms = started.elapsed().as_millis() as u64, "model loaded and warm");
    Ok(scorer)
}
