//! A missed deadline is `DEADLINE_EXCEEDED`, said by the server.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};

use hyper::body::Frame;
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;
use tonic::codegen::{Body, Bytes, http};

use crate::fixture::Running;

/// A request whose message never comes.
struct Never;

impl Body for Never {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Pending
    }
}

/// The gRPC status of a call whose message never comes; without tonic's client, which has a timer of its own.
async fn status(address: SocketAddr, grpc_timeout: &str) -> String {
    let stream = TcpStream::connect(address).await.unwrap();
    let (mut send, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let request = http::Request::post(format!("http://{address}/tenure.v1.ScoringService/ScoreCustomer"))
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .header("grpc-timeout", grpc_timeout)
        .body(Never)
        .unwrap();
    let response = send.send_request(request).await.unwrap();
    response.headers()["grpc-status"].to_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_deadline_is_kept_by_the_server() {
    let server = Running::start(|_| {}).await;
    let deadline_exceeded = (tonic::Code::DeadlineExceeded as i32).to_string();
    for past in ["0n", "0S", "1n"] {
        assert_eq!(status(server.address, past).await, deadline_exceeded, "{past} is over before work");
    }
    for short in ["20m", "30000u"] {
        assert_eq!(status(server.address, short).await, deadline_exceeded, "{short} ends while waiting");
    }
}

#[tokio::test]
async fn a_deadline_that_cannot_be_read_is_refused() {
    let server = Running::start(|_| {}).await;
    let invalid_argument = (tonic::Code::InvalidArgument as i32).to_string();
    for malformed in ["5", "S", "123456789S", "-1S", "1x"] {
        assert_eq!(status(server.address, malformed).await, invalid_argument, "{malformed}");
    }
}
