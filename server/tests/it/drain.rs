//! The end comes within its bound, whoever is connected.

use std::future::poll_fn;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::pin::Pin;
use std::process::{Child, Command, Stdio};
use std::task::Poll;
use std::time::{Duration, Instant};

use tenure_proto::v1::{ScoreCustomerRequest, ScoreCustomerResponse};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::client::Grpc;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::transport::Channel;
use tonic::{Request, Response, Status};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;
use tonic_prost::ProstCodec;

use crate::fixture::{Bundle, Running, channel, history, score_request};

/// Longer than any bound below; only a server without one takes it.
const FAR_AWAY: Duration = Duration::from_secs(120);

fn overall() -> HealthCheckRequest {
    HealthCheckRequest { service: String::new() }
}

type Answer = Result<Response<ScoreCustomerResponse>, Status>;

/// A call that has reached the server, and the sender of its message.
async fn begun(
    channel: Channel,
) -> (mpsc::Sender<ScoreCustomerRequest>, Pin<Box<dyn Future<Output = Answer>>>) {
    let (send, messages) = mpsc::channel(1);
    let mut health = HealthClient::new(channel.clone());
    let mut call: Pin<Box<dyn Future<Output = Answer>>> = Box::pin(async move {
        let mut client = Grpc::new(channel);
        client.ready().await.unwrap();
        let path = PathAndQuery::from_static("/tenure.v1.ScoringService/ScoreCustomer");
        let codec = ProstCodec::default();
        client.client_streaming(Request::new(ReceiverStream::new(messages)), path, codec).await
    });
    let polled = poll_fn(|context| Poll::Ready(call.as_mut().poll(context).is_pending())).await;
    assert!(polled, "the call waits for its message");
    // A second call on the same connection arrives after the first one.
    health.check(overall()).await.unwrap();
    (send, call)
}

/// Connections that would hold up an end without a bound: silent, half through the handshake, idle, watching.
async fn nuisances(address: SocketAddr) -> impl Sized {
    let silent = TcpStream::connect(address).await.unwrap();
    let mut half = TcpStream::connect(address).await.unwrap();
    half.write_all(b"PRI * HTTP/2.0\r\n").await.unwrap();
    let idle = channel(address).await;
    let mut watching = HealthClient::new(channel(address).await);
    let mut statuses = watching.watch(overall()).await.unwrap().into_inner();
    statuses.message().await.unwrap().unwrap();
    (silent, half, idle, watching, statuses)
}

#[tokio::test]
async fn a_call_in_work_finishes_and_new_connections_are_refused() {
    let server = Running::start(|config| config.shutdown.drain_timeout_ms = 60_000).await;
    let address = server.address;
    let (send, call) = begun(server.channel().await).await;
    let mut task = server.stop();
    while TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    assert!(!task.is_finished(), "the server waits for the call");
    send.send(score_request(history("late", 3))).await.unwrap();
    drop(send);
    let answer = call.await.unwrap().into_inner();
    assert_eq!(answer.customer_id, "late");
    tokio::time::timeout(FAR_AWAY, &mut task).await.unwrap().unwrap().unwrap();
}

#[tokio::test]
async fn a_call_that_does_not_finish_is_cut_off() {
    let server = Running::start(|config| config.shutdown.drain_timeout_ms = 100).await;
    let held = nuisances(server.address).await;
    let (send, call) = begun(server.channel().await).await;
    let task = server.stop();
    tokio::time::timeout(FAR_AWAY, task).await.unwrap().unwrap().unwrap();
    let status = call.await.unwrap_err();
    assert!(
        matches!(
            status.code(),
            tonic::Code::Unavailable | tonic::Code::Unknown | tonic::Code::Internal | tonic::Code::Cancelled
        ),
        "{status:?}"
    );
    drop((held, send));
}

#[tokio::test]
async fn only_quiet_connections_hold_nothing_up() {
    let server = Running::start(|config| config.shutdown.drain_timeout_ms = 600_000).await;
    let silent = TcpStream::connect(server.address).await.unwrap();
    let idle = server.channel().await;
    HealthClient::new(idle.clone()).check(overall()).await.unwrap();
    tokio::time::timeout(FAR_AWAY, server.stop()).await.unwrap().unwrap().unwrap();
    drop((silent, idle));
}

/// The binary, and where it listens.
fn spawn(bundle: &Bundle, flags: &[&str]) -> (Child, SocketAddr) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_tenure-server"))
        .args(["--bundle".as_ref(), bundle.path.as_os_str()])
        .args(["--listen", "127.0.0.1:0"])
        .args(flags)
        .env("NO_COLOR", "1")
        .env_remove("TENURE_LOG")
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let address =
        lines.find_map(|line| Some(line.unwrap().split_once("address=")?.1.trim().parse().unwrap()));
    // What follows is read, so that the server never waits for a full pipe.
    std::thread::spawn(move || lines.for_each(drop));
    (child, address.unwrap())
}

fn kill(child: &Child, signal: &str) {
    let killed = Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
}

async fn exit_code(mut child: Child) -> Option<i32> {
    let started = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        if started.elapsed() > FAR_AWAY {
            child.kill().unwrap();
            panic!("the server did not end");
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn wait_until_serving(address: SocketAddr) {
    let mut statuses = HealthClient::new(channel(address).await).watch(overall()).await.unwrap().into_inner();
    while statuses.message().await.unwrap().unwrap().status != 1 {}
}

#[cfg(unix)]
#[tokio::test]
async fn sigterm_and_sigint_end_the_binary_within_the_bound() {
    let bundle = Bundle::new();
    for signal in ["-TERM", "-INT"] {
        let (child, address) = spawn(&bundle, &["--drain-timeout-ms", "200"]);
        wait_until_serving(address).await;
        let held = nuisances(address).await;
        let (send, call) = begun(channel(address).await).await;
        kill(&child, signal);
        send.send(score_request(history("late", 3))).await.unwrap();
        drop(send);
        assert_eq!(call.await.unwrap().into_inner().customer_id, "late");
        assert_eq!(exit_code(child).await, Some(0), "{signal}");
        drop(held);
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_second_signal_cuts_the_wait_short() {
    let bundle = Bundle::new();
    let (child, address) = spawn(&bundle, &["--drain-timeout-ms", "600000"]);
    wait_until_serving(address).await;
    let (send, call) = begun(channel(address).await).await;
    kill(&child, "-TERM");
    while TcpStream::connect(address).await.is_ok() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    kill(&child, "-TERM");
    assert_eq!(exit_code(child).await, Some(1));
    drop((send, call));
}

#[test]
fn wrong_settings_end_with_2_and_a_broken_model_with_1() {
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tenure-server"));
        let output = command.args(arguments).env_remove("TENURE_LOG").output().unwrap();
        (
            output.status.code(),
            String::from_utf8(output.stdout).unwrap(),
            String::from_utf8(output.stderr).unwrap(),
        )
    };
    let (code, _, error) = run(&[]);
    assert_eq!(code, Some(2));
    assert!(error.contains("give --bundle FILE"), "{error}");
    let (code, _, error) = run(&["--bundle", "b", "--max-batch-rows", "0"]);
    assert_eq!(code, Some(2));
    assert!(error.contains("out of range"), "{error}");
    let (code, _, error) = run(&["--bundle", "no/such.tenure", "--listen", "127.0.0.1:0"]);
    assert_eq!(code, Some(1));
    assert!(error.contains("no/such.tenure"), "{error}");
    let (code, printed, _) = run(&["--print-default-config"]);
    assert_eq!((code, printed.as_str()), (Some(0), tenure_server::config::DEFAULT_TOML));
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let (code, _, error) = run(&["--bundle", "b", "--listen", &listener.local_addr().unwrap().to_string()]);
    assert_eq!(code, Some(1));
    assert!(error.contains("is another server running there"), "{error}");
}

#[tokio::test]
async fn dropping_the_server_cuts_off_everything() {
    let server = Running::start(|_| {}).await;
    let (send, call) = begun(server.channel().await).await;
    let address = server.address;
    let task = server.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    assert!(call.await.is_err());
    assert!(TcpStream::connect(address).await.is_err());
    drop(send);
}
