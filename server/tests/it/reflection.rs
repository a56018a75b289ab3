//! Reflection: what a tool without our files can learn.

use tokio_stream::once;
use tonic_reflection::pb::{v1, v1alpha};

use crate::fixture::Running;

const SERVICES: [&str; 3] = ["tenure.v1.ScoringService", "tenure.v1.ModelService", "grpc.health.v1.Health"];

#[tokio::test]
async fn both_versions_list_the_services_and_their_files() {
    let server = Running::start(|_| {}).await;
    macro_rules! check {
        ($version:ident) => {
            use $version::server_reflection_client::ServerReflectionClient;
            use $version::server_reflection_request::MessageRequest;
            use $version::server_reflection_response::MessageResponse;
            let ask = async |message_request| {
                let mut client = ServerReflectionClient::new(server.channel().await);
                let host = String::new();
                let request =
                    $version::ServerReflectionRequest { host, message_request: Some(message_request) };
                let mut answers = client.server_reflection_info(once(request)).await.unwrap().into_inner();
                answers.message().await.unwrap().unwrap().message_response.unwrap()
            };
            let MessageResponse::ListServicesResponse(list) =
                ask(MessageRequest::ListServices(String::new())).await
            else {
                panic!("no list")
            };
            let names: Vec<_> = list.service.into_iter().map(|service| service.name).collect();
            for service in SERVICES {
                assert!(names.iter().any(|name| name == service), "{service} is not among {names:?}");
                let symbol = MessageRequest::FileContainingSymbol(service.to_owned());
                let MessageResponse::FileDescriptorResponse(file) = ask(symbol).await else {
                    panic!("no file")
                };
                assert!(!file.file_descriptor_proto.is_empty());
            }
        };
    }
    {
        check!(v1);
    }
    {
        check!(v1alpha);
    }
}
