//! From sockets to calls: accepting, HTTP/2, deadlines, and an end within a bound.
//!
//! Why not tonic's own server? It answers a missed deadline with `CANCELLED` where gRPC says
//! `DEADLINE_EXCEEDED`; it leaves sockets handed to it without `TCP_NODELAY`; it bounds neither the number of
//! connections nor its shutdown, which one silent client can hold up for an hour (hyper issue 4170); and the
//! tasks of its connections cannot be stopped. Here each connection is a task of a set that is given a time
//! to finish and is then aborted.

mod calls;

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::body::Incoming;
use hyper::server::conn::http2;
use hyper::{HeaderMap, Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Sleep, sleep, sleep_until, timeout};
use tonic::Status;
use tonic::body::Body;
use tonic::codegen::Service;
use tonic::service::Routes;

use calls::Calls;

use crate::app::{AppError, Deadline};
use crate::config::ConnectionLimits;

/// A pause after a failed `accept`, so that a lack of file descriptors does not spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(20);

/// How serving ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drained {
    /// Connections that did not finish in time and were cut off.
    pub n_cut_off: usize,
}

/// Serves `routes` on `listener` until `until` is done, then for `drain_timeout` at most.
///
/// Once `until` is done the listener closes and every connection is told to finish: calls in work go on, new
/// ones are refused. Returns what `until` gave.
pub async fn serve<Out>(
    listener: TcpListener,
    routes: Routes,
    limits: &ConnectionLimits,
    drain_timeout: Duration,
    until: impl Future<Output = Out>,
) -> (Out, Drained) {
    let gate = Gate { routes: routes.prepare() };
    let (drain, _) = watch::channel(());
    let (mut connections, mut crowded) = (JoinSet::new(), false);
    let mut until = pin!(until);
    let out = loop {
        tokio::select! {
            out = &mut until => break out,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) if connections.len() < limits.max_connections => {
                    let connection = Connection { stream, limits: limits.clone(), gate: gate.clone() };
                    connections.spawn(connection.drive(drain.subscribe()));
                    crowded = false;
                }
                Ok(_) => {
                    // Said once a crowd: a flood of connections must not become a flood of words.
                    if !crowded {
                        tracing::warn!(limits.max_connections, "connections closed: there are too many");
                    }
                    crowded = true;
                }
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection");
                    sleep(ACCEPT_PAUSE).await;
                }
            },
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
        }
    };
    drop(listener);
    drain.send_replace(());
    let finished = async { while connections.join_next().await.is_some() {} };
    // Whoever is left after that is counted and cut off.
    let _ = timeout(drain_timeout, finished).await;
    let n_cut_off = connections.len();
    connections.shutdown().await;
    (out, Drained { n_cut_off })
}

fn http2_builder(limits: &ConnectionLimits, calls: Calls) -> http2::Builder<Calls> {
    let mut builder = http2::Builder::new(calls);
    builder
        .timer(TokioTimer::new())
        .max_concurrent_streams(limits.max_concurrent_streams)
        .initial_stream_window_size(limits.stream_window_bytes)
        .initial_connection_window_size(limits.connection_window_bytes)
        .keep_alive_interval(Duration::from_millis(limits.keepalive_interval_ms))
        .keep_alive_timeout(Duration::from_millis(limits.keepalive_timeout_ms))
        // gRPC has no use for it.
        .auto_date_header(false);
    builder
}

struct Connection {
    stream: TcpStream,
    limits: ConnectionLimits,
    gate: Gate,
}

impl Connection {
    /// Serves the connection to its end, or to the end of what is in work once `drain` says so.
    async fn drive(self, mut drain: watch::Receiver<()>) {
        // HTTP/2 keepalive begins after the handshake; until then a client may be silent for this long. A peek,
        // because `readable` may wake without a byte, and an unfinished handshake does not drain.
        let handshake_timeout = Duration::from_millis(self.limits.keepalive_timeout_ms);
        let mut byte = [0];
        tokio::select! {
            first_byte = timeout(handshake_timeout, self.stream.peek(&mut byte)) => {
                if !matches!(first_byte, Ok(Ok(1))) {
                    return;
                }
            }
            _ = drain.changed() => return,
        }
        if let Err(error) = self.stream.set_nodelay(true) {
            tracing::debug!(%error, "cannot set TCP_NODELAY");
        }
        let calls = Calls::default();
        let builder = http2_builder(&self.limits, calls.clone());
        let mut connection = pin!(builder.serve_connection(TokioIo::new(self.stream), self.gate));
        let ended = tokio::select! {
            ended = poll_fn(|context| calls.poll_with(connection.as_mut(), context)) => ended,
            _ = drain.changed() => {
                connection.as_mut().graceful_shutdown();
                poll_fn(|context| calls.poll_with(connection.as_mut(), context)).await
            }
        };
        if let Err(error) = ended {
            tracing::debug!(%error, "connection ended");
        }
    }
}

/// Where every call enters: a call whose deadline is past goes no further, and none outlives its deadline.
#[derive(Clone, Debug)]
struct Gate {
    routes: Routes,
}

impl hyper::service::Service<Request<Incoming>> for Gate {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Call;

    fn call(&self, mut request: Request<Incoming>) -> Call {
        let deadline = match deadline_of(request.headers()) {
            Ok(deadline) => deadline,
            Err(error) => return Call::Answered(error.into()),
        };
        if let Err(error) = deadline.check() {
            return Call::Answered(error.into());
        }
        let mut routes = self.routes.clone();
        match deadline.instant() {
            None => Call::Open(routes.call(request)),
            Some(instant) => {
                request.extensions_mut().insert(deadline);
                Call::Timed(routes.call(request), Box::pin(sleep_until(instant.into())))
            }
        }
    }
}

/// The deadline that a client asks for: `grpc-timeout`, one to eight digits and a unit, from now.
fn deadline_of(headers: &HeaderMap) -> Result<Deadline, AppError> {
    let Some(value) = headers.get("grpc-timeout") else { return Ok(Deadline::NONE) };
    let text = value.to_str().unwrap_or_default();
    let (digits, unit) = text.split_at(text.len().saturating_sub(1));
    let malformed = || AppError::MalformedDeadline { value: text.chars().take(16).collect() };
    let all_digits = (1..=8).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    let number: u64 = digits.parse().ok().filter(|_| all_digits).ok_or_else(malformed)?;
    let timeout = match unit {
        "H" => Duration::from_secs(number * 3_600),
        "M" => Duration::from_secs(number * 60),
        "S" => Duration::from_secs(number),
        "m" => Duration::from_millis(number),
        "u" => Duration::from_micros(number),
        "n" => Duration::from_nanos(number),
        _ => return Err(malformed()),
    };
    Ok(Deadline::after(timeout))
}

type Answer = <Routes as Service<Request<Incoming>>>::Future;

/// A call in work.
enum Call {
    /// Answered without work.
    Answered(Status),
    /// May take its time.
    Open(Answer),
    /// Is dropped, and so cancelled, at its deadline.
    Timed(Answer, Pin<Box<Sleep>>),
}

impl Future for Call {
    type Output = Result<Response<Body>, Infallible>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.get_mut() {
            Self::Answered(status) => Poll::Ready(Ok(status.clone().into_http())),
            Self::Open(answer) => Pin::new(answer).poll(context),
            Self::Timed(answer, sleep) => {
                let polled = Pin::new(answer).poll(context);
                if polled.is_pending() && sleep.as_mut().poll(context).is_ready() {
                    return Poll::Ready(Ok(Status::from(AppError::DeadlineExceeded).into_http()));
                }
                polled
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(timeout: &str, expected: Option<Duration>) {
        let mut headers = HeaderMap::new();
        headers.insert("grpc-timeout", timeout.parse().unwrap());
        let before = std::time::Instant::now();
        let deadline = deadline_of(&headers).ok().and_then(|deadline| deadline.instant());
        let after = std::time::Instant::now();
        match (deadline, expected) {
            (Some(at), Some(expected)) => {
                assert!((before + expected..=after + expected).contains(&at), "{timeout}");
            }
            (deadline, expected) => assert_eq!(deadline.is_some(), expected.is_some(), "{timeout}"),
        }
    }

    #[test]
    fn reads_every_unit_of_a_timeout() {
        check("2H", Some(Duration::from_secs(7_200)));
        check("3M", Some(Duration::from_secs(180)));
        check("4S", Some(Duration::from_secs(4)));
        check("50m", Some(Duration::from_millis(50)));
        check("60u", Some(Duration::from_micros(60)));
        check("99999999n", Some(Duration::from_nanos(99_999_999)));
    }

    #[test]
    fn refuses_what_is_no_timeout() {
        for timeout in ["", "S", "5", "5s", "-5S", "+5S", "1.5S", "123456789S", "5 S", "\u{e9}S"] {
            check(timeout, None);
        }
        assert!(deadline_of(&HeaderMap::new()).unwrap().instant().is_none(), "no timeout is no error");
    }
}
