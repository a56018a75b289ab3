//! `ModelService`.

use std::sync::Arc;

use tenure_proto::v1::model_service_server::ModelService;
use tenure_proto::v1::{GetModelRequest, GetModelResponse};
use tonic::{Request, Response, Status};

use super::write;
use crate::app::App;

/// Tells about the model that answers.
#[derive(Debug)]
pub(super) struct Models {
    pub(super) app: Arc<App>,
}

#[tonic::async_trait]
impl ModelService for Models {
    async fn get_model(&self, _: Request<GetModelRequest>) -> Result<Response<GetModelResponse>, Status> {
        let model = write::model(self.app.model()?.manifest());
        Ok(Response::new(GetModelResponse { model: Some(model) }))
    }
}
