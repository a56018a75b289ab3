//! `ScoringService`.

use std::sync::Arc;

use tenure_proto::v1::scoring_service_server::ScoringService;
use tenure_proto::v1::{
    BatchScoreCustomersRequest, BatchScoreCustomersResponse, ScoreCustomerRequest, ScoreCustomerResponse,
};
use tonic::{Request, Response, Status};

use super::read::{self, Rules};
use super::write;
use crate::app::{App, Deadline};

/// Scores customers from histories sent along.
#[derive(Debug)]
pub(super) struct Scoring {
    pub(super) app: Arc<App>,
}

#[tonic::async_trait]
impl ScoringService for Scoring {
    async fn score_customer(
        &self,
        request: Request<ScoreCustomerRequest>,
    ) -> Result<Response<ScoreCustomerResponse>, Status> {
        let admission = self.app.admit(deadline(&request))?;
        let rules = Rules::of(&admission.scorer, self.app.limits())?;
        let customer = read::customer(request.get_ref(), &rules)?;
        let score = admission.score(&customer.history, &customer.options)?;
        Ok(Response::new(write::customer(customer.id, &score)))
    }

    async fn batch_score_customers(
        &self,
        request: Request<BatchScoreCustomersRequest>,
    ) -> Result<Response<BatchScoreCustomersResponse>, Status> {
        let admission = self.app.admit(deadline(&request))?;
        let scorer = Arc::clone(&admission.scorer);
        let batch = read::batch(request.get_ref(), &Rules::of(&scorer, self.app.limits())?)?;
        let rows = admission.score_batch(batch.histories, batch.options).await?;
        let basis = write::basis(scorer.model_version(), scorer.currency(), &batch.options);
        Ok(Response::new(write::batch(batch.ids, &rows, basis)))
    }
}

fn deadline<T>(request: &Request<T>) -> Deadline {
    request.extensions().get().copied().unwrap_or(Deadline::NONE)
}
