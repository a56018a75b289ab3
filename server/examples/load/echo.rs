//! A service that does nothing: it takes a message of some size and answers with one of some size.

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};

use prost::Message;
use tonic::body::Body;
use tonic::codegen::{BoxFuture, Bytes, Service, http};
use tonic::server::{Grpc, NamedService, UnaryService};
use tonic::service::Routes;
use tonic::{Request, Response, Status};
use tonic_prost::ProstCodec;

/// The method that is measured: as long as the real one, since HTTP/2 spells it out in every call.
pub(crate) const PATH: &str = "/echo.v1.MessageEchoService/EchoMessage";
const _: () = assert!(PATH.len() == crate::requests::PATH.len());

/// What is sent.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct EchoRequest {
    /// Fills the request.
    #[prost(bytes = "vec", tag = "1")]
    pub payload: Vec<u8>,
    /// Length of the payload of the answer, in bytes.
    #[prost(uint32, tag = "2")]
    pub answer_bytes: u32,
}

/// What comes back.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct EchoResponse {
    /// The payload of the request, cut or filled up with zeros.
    #[prost(bytes = "vec", tag = "1")]
    pub payload: Vec<u8>,
}

/// The service alone.
pub(crate) fn routes() -> Routes {
    Routes::new(EchoServer { inner: Arc::new(Echo) })
}

/// Encoded requests of the sizes of `requests`, whose answers have the sizes of `answers`.
pub(crate) fn requests_like(requests: &[Bytes], answers: &[Bytes]) -> Vec<Bytes> {
    let like = |(request, answer): (&Bytes, &Bytes)| {
        let mut response = EchoResponse { payload: vec![1; answer.len()] };
        while response.encoded_len() > answer.len() {
            response.payload.pop();
        }
        let answer_bytes = response.payload.len() as u32;
        let mut echo = EchoRequest { payload: vec![1; request.len()], answer_bytes };
        while echo.encoded_len() > request.len() {
            echo.payload.pop();
        }
        Bytes::from(echo.encode_to_vec())
    };
    requests.iter().zip(answers).map(like).collect()
}

/// What `tonic` would generate for the service: as many boxes as any generated service has.
#[tonic::async_trait]
trait EchoService: Send + Sync + 'static {
    async fn echo(&self, request: Request<EchoRequest>) -> Result<Response<EchoResponse>, Status>;
}

#[derive(Debug)]
struct Echo;

#[tonic::async_trait]
impl EchoService for Echo {
    async fn echo(&self, request: Request<EchoRequest>) -> Result<Response<EchoResponse>, Status> {
        let EchoRequest { mut payload, answer_bytes } = request.into_inner();
        payload.resize(answer_bytes as usize, 0);
        Ok(Response::new(EchoResponse { payload }))
    }
}

#[derive(Clone, Debug)]
struct EchoServer {
    inner: Arc<Echo>,
}

impl NamedService for EchoServer {
    const NAME: &'static str = "echo.v1.MessageEchoService";
}

impl Service<http::Request<Body>> for EchoServer {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<Self::Response, Infallible>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let method = EchoMethod(Arc::clone(&self.inner));
        Box::pin(async move { Ok(Grpc::new(ProstCodec::default()).unary(method, request).await) })
    }
}

struct EchoMethod(Arc<Echo>);

impl UnaryService<EchoRequest> for EchoMethod {
    type Response = EchoResponse;
    type Future = BoxFuture<Response<EchoResponse>, Status>;

    fn call(&mut self, request: Request<EchoRequest>) -> Self::Future {
        let inner = Arc::clone(&self.0);
        Box::pin(async move { inner.echo(request).await })
    }
}
