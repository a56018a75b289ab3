use std::future::poll_fn;
use std::path::Path;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use tenure_bundle::Limits;
use tenure_core::{AsOf, Currency, Timestamp};

use super::*;
use crate::config::ServerConfig;

#[path = "../../../tests/it/sample.rs"]
mod sample;

fn app(change: impl FnOnce(&mut RequestLimits)) -> App {
    let mut limits = ServerConfig::for_bundle(Path::new("none")).unwrap().limits;
    change(&mut limits);
    let app = App::new(limits);
    let bundle = sample::sample_bundle().unwrap();
    app.install(Arc::new(Scorer::from_bytes(&bundle, &Limits::default()).unwrap()));
    app
}

fn options(app: &App) -> ScoreOptions {
    app.model().unwrap().defaults(AsOf::new(Timestamp::from_microseconds(0).unwrap()))
}

#[test]
fn there_are_as_many_places_as_configured() {
    let app = app(|limits| limits.max_concurrent_requests = 2);
    let first = app.admit(Deadline::NONE).unwrap();
    let _second = app.admit(Deadline::NONE).unwrap();
    let refused = app.admit(Deadline::NONE).unwrap_err();
    assert!(matches!(refused, AppError::Overloaded { max_concurrent_requests: 2, .. }), "{refused}");
    drop(first);
    app.admit(Deadline::NONE).unwrap();
}

#[test]
fn who_comes_too_late_takes_no_place() {
    let app = app(|limits| limits.max_concurrent_requests = 1);
    let late = app.admit(Deadline::after(Duration::ZERO)).unwrap_err();
    assert!(matches!(late, AppError::DeadlineExceeded), "{late}");
    app.admit(Deadline::NONE).unwrap();
}

#[tokio::test]
async fn a_batch_waits_for_a_worker_and_looks_at_its_deadline_then() {
    let app = app(|limits| limits.max_inline_rows = 0);
    let busy = Arc::clone(&app.workers).acquire_many_owned(app.workers.available_permits() as u32);
    let busy = busy.await.unwrap();
    let admission = app.admit(Deadline::after(Duration::from_millis(20))).unwrap();
    let mut batch = pin!(admission.score_batch(vec![OrderHistory::new(Currency::USD)], options(&app)));
    let pending = poll_fn(|context| Poll::Ready(batch.as_mut().poll(context).is_pending())).await;
    assert!(pending, "every worker is busy");
    tokio::time::sleep(Duration::from_millis(30)).await;
    drop(busy);
    assert!(matches!(batch.await, Err(AppError::DeadlineExceeded)));
}

#[tokio::test]
async fn a_batch_that_nobody_waits_for_gives_its_place_back() {
    let app = app(|limits| {
        limits.max_inline_rows = 0;
        limits.max_concurrent_requests = 1;
    });
    let histories = vec![OrderHistory::new(Currency::USD); 1_000];
    {
        let mut batch = pin!(app.admit(Deadline::NONE).unwrap().score_batch(histories, options(&app)));
        let _ = poll_fn(|context| Poll::Ready(batch.as_mut().poll(context).is_pending())).await;
    }
    while app.admit(Deadline::NONE).is_err() {
        tokio::task::yield_now().await;
    }
}

#[test]
fn rows_after_the_client_left_are_not_scored() {
    let app = app(|_| {});
    let histories = vec![OrderHistory::new(Currency::USD); 3];
    let client = Client { left: Arc::new(AtomicBool::new(false)) };
    let left = Arc::clone(&client.left);
    let scorer = app.model().unwrap();
    assert_eq!(score_rows(scorer, &histories, &options(&app), &left).len(), 3);
    drop(client);
    assert_eq!(score_rows(scorer, &histories, &options(&app), &left).len(), 0);
}
