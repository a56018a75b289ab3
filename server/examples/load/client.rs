//! The client: it sends encoded messages and looks only at the length of what comes back, so that it costs
//! the same whatever it calls.

use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use prost::bytes::{Buf, BufMut};
use tokio::task::JoinSet;
use tonic::client::Grpc;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::codegen::Bytes;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request, Status};

/// How hard a server is called.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Load {
    /// Connections.
    pub connections: usize,
    /// Calls in flight on each.
    pub in_flight: usize,
}

/// A server with open connections, and what it is asked.
#[derive(Debug)]
pub(crate) struct Target {
    channels: Vec<Channel>,
    path: PathAndQuery,
    /// Encoded requests and the lengths of their answers.
    calls: Arc<Vec<(Bytes, usize)>>,
    in_flight: usize,
}

impl Target {
    /// Connects as often as `load` says.
    pub(crate) async fn connect(
        address: SocketAddr,
        path: &'static str,
        requests: Vec<Bytes>,
        answers: &[Bytes],
        load: Load,
    ) -> Result<Self, Box<dyn Error>> {
        let mut channels = Vec::new();
        for _ in 0..load.connections {
            channels.push(connect(address).await?);
        }
        let calls = Arc::new(requests.into_iter().zip(answers.iter().map(Bytes::len)).collect());
        Ok(Self { channels, path: PathAndQuery::from_static(path), calls, in_flight: load.in_flight })
    }

    /// Calls for `length` and says how many calls were answered rightly; one wrong answer is an error.
    pub(crate) async fn call_for(&self, length: Duration) -> Result<u32, Box<dyn Error>> {
        let end = Instant::now() + length;
        let mut callers = JoinSet::new();
        for (i, channel) in
            self.channels.iter().cycle().take(self.channels.len() * self.in_flight).enumerate()
        {
            callers.spawn(call_until(
                end,
                channel.clone(),
                self.path.clone(),
                Arc::clone(&self.calls),
                i * 37,
            ));
        }
        let mut answered = 0;
        while let Some(caller) = callers.join_next().await {
            answered += caller??;
        }
        Ok(answered)
    }
}

async fn call_until(
    end: Instant,
    channel: Channel,
    path: PathAndQuery,
    calls: Arc<Vec<(Bytes, usize)>>,
    first: usize,
) -> Result<u32, Status> {
    let mut client = Grpc::new(channel);
    let mut answered = 0;
    for (request, expected_bytes) in calls.iter().cycle().skip(first) {
        if Instant::now() >= end {
            break;
        }
        let answer = call(&mut client, &path, request).await?;
        if answer.len() != *expected_bytes {
            return Err(Status::data_loss(format!("{} bytes, not {expected_bytes}", answer.len())));
        }
        answered += 1;
    }
    Ok(answered)
}

async fn call(client: &mut Grpc<Channel>, path: &PathAndQuery, request: &Bytes) -> Result<Bytes, Status> {
    client.ready().await.map_err(|error| Status::from_error(error.into()))?;
    Ok(client.unary(Request::new(request.clone()), path.clone(), Raw).await?.into_inner())
}

/// The answers to `requests`, once the server is ready.
pub(crate) async fn first_answers(
    score: SocketAddr,
    requests: &[Bytes],
) -> Result<Vec<Bytes>, Box<dyn Error>> {
    let mut client = Grpc::new(connect(score).await?);
    let path = PathAndQuery::from_static(crate::requests::PATH);
    let mut answers = Vec::new();
    while answers.len() < requests.len() {
        match call(&mut client, &path, &requests[answers.len()]).await {
            Ok(answer) => answers.push(answer),
            Err(status) if status.code() == Code::Unavailable => {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            Err(status) => return Err(status.into()),
        }
    }
    Ok(answers)
}

async fn connect(address: SocketAddr) -> Result<Channel, Box<dyn Error>> {
    Ok(Endpoint::from_shared(format!("http://{address}"))?.tcp_nodelay(true).connect().await?)
}

/// Encoded messages as they are.
struct Raw;

impl Codec for Raw {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, message: Bytes, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put(message);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(buffer.copy_to_bytes(buffer.remaining())))
    }
}
