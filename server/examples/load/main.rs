//! How much scoring costs beyond the wire: `cargo run --release -p tenure-server --example load`.
//!
//! Two servers of the same stack run in this process: one that echoes messages of the same sizes, and the
//! real one with a model. The same client calls them in turn, echo, score, echo, score, so that whatever
//! else the machine does hits both. Prints calls a second of every round, the medians and their ratio, and
//! beside them the CPU time that server and client were given for a call: where other programs want the
//! cores, calls a second shift from round to round, and CPU time does so far less.
//!
//! The echo has the same transport, codec, limits and generated boxes, and its messages and its path are as
//! long as the real ones, but its message is one field of bytes. So the difference is all that scoring adds:
//! decoding a history, checking it, scoring it, and encoding the answer.
//!
//! An example and not a benchmark of cargo's, because it takes arguments, is bounded in time and ends with
//! an error where the ratio is below the one asked for. Client and servers share the machine's cores, so
//! the ratio is the result, not the calls a second.

#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, reason = "its output is what it is for")]

mod client;
mod cpu;
mod echo;
mod requests;
mod round;
#[path = "../../tests/it/sample.rs"]
mod sample;

use std::error::Error;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use tenure_server::config::ServerConfig;
use tenure_server::transport;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

use client::{Load, Target};
use round::Round;

/// Measures `ScoreCustomer` against an echo of the same sizes, in one run.
#[derive(Clone, Debug, Parser)]
struct Arguments {
    /// Model file; without it, one with the published parameters for CDNOW.
    #[arg(long)]
    bundle: Option<PathBuf>,
    /// Connections to each server.
    #[arg(long, default_value_t = 8)]
    connections: usize,
    /// Calls in flight on each connection.
    #[arg(long, default_value_t = 8)]
    in_flight: usize,
    /// Rounds with each server.
    #[arg(long, default_value_t = 7)]
    rounds: usize,
    /// Length of a round in milliseconds.
    #[arg(long, default_value_t = 2_000)]
    round_ms: u64,
    /// Ends with an error below this ratio of the medians, score over echo.
    #[arg(long)]
    min_ratio: Option<f64>,
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let arguments = Arguments::parse();
    let folder = tempfile::tempdir()?;
    let bundle = match &arguments.bundle {
        Some(path) => path.clone(),
        None => {
            let path = folder.path().join("sample.tenure");
            std::fs::write(&path, sample::sample_bundle()?)?;
            path
        }
    };
    // The servers have threads of their own, as they would in a process of their own.
    let servers = runtime(round::SERVERS)?;
    let score = servers.block_on(start_score(ServerConfig::for_bundle(&bundle)?))?;
    let echo = servers.block_on(start_echo(ServerConfig::for_bundle(&bundle)?))?;
    let ratio = runtime(round::CLIENTS)?.block_on(measure(&arguments, echo, score))?;
    servers.shutdown_background();
    let enough = arguments.min_ratio.is_none_or(|least| ratio >= least);
    Ok(if enough { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn runtime(threads: &str) -> std::io::Result<Runtime> {
    Builder::new_multi_thread().thread_name(threads).enable_all().build()
}

async fn start_score(config: ServerConfig) -> std::io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(tenure_server::run(config, listener, std::future::pending()));
    Ok(address)
}

async fn start_echo(config: ServerConfig) -> std::io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        let forever = std::future::pending::<()>();
        transport::serve(listener, echo::routes(), &config.connections, Duration::ZERO, forever).await
    });
    Ok(address)
}

async fn measure(arguments: &Arguments, echo: SocketAddr, score: SocketAddr) -> Result<f64, Box<dyn Error>> {
    let requests = requests::customers();
    let answers = client::first_answers(score, &requests).await?;
    let echoes = echo::requests_like(&requests, &answers);
    let mean = |messages: &[tonic::codegen::Bytes]| {
        messages.iter().map(|message| message.len()).sum::<usize>() / messages.len()
    };
    println!(
        "{} connections x {} in flight; request {} bytes, answer {} bytes in the mean",
        arguments.connections,
        arguments.in_flight,
        mean(&requests),
        mean(&answers)
    );
    let load = Load { connections: arguments.connections, in_flight: arguments.in_flight };
    let echo = Target::connect(echo, echo::PATH, echoes, &answers, load).await?;
    let score = Target::connect(score, requests::PATH, requests, &answers, load).await?;
    let length = Duration::from_millis(arguments.round_ms);
    for target in [&echo, &score] {
        target.call_for(length / 2).await?;
    }
    println!(
        "{:>5} {:>20} {:>29} {:>29}",
        "", "calls a second", "echo: CPU us a call", "score: CPU us a call"
    );
    let (mut echoes, mut scores) = (Vec::new(), Vec::new());
    for i in 1..=arguments.rounds.max(1) {
        let (echo, score) = (Round::of(&echo, length).await?, Round::of(&score, length).await?);
        print_row(&i.to_string(), &echo, &score);
        echoes.push(echo);
        scores.push(score);
    }
    let (echo, score) = (Round::median(&echoes), Round::median(&scores));
    print_row("all", &echo, &score);
    Ok(score.per_second / echo.per_second)
}

fn print_row(name: &str, echo: &Round, score: &Round) {
    println!(
        "{name:>5} {:>9.0} {:>9.0} {:>6.3} | {:>6.2} {:>6.2} | {:>6.2} {:>6.2} | {:>6.3}",
        echo.per_second,
        score.per_second,
        score.per_second / echo.per_second,
        echo.server_us,
        echo.client_us,
        score.server_us,
        score.client_us,
        echo.both_us() / score.both_us(),
    );
}
