//! What is told about a model.

use tenure_bundle::{BacktestRow, DataFingerprint, Manifest};
use tenure_proto::v1;

use super::seconds;

/// What a bundle says about itself, as far as callers need it.
pub(in crate::grpc) fn model(manifest: &Manifest) -> v1::Model {
    v1::Model {
        model_version: manifest.model_version.clone(),
        model_name: manifest.model.clone(),
        as_of_us: manifest.as_of.instant().microseconds(),
        horizon_seconds: seconds(manifest.horizon),
        horizons_seconds: manifest.horizons.iter().map(|horizon| seconds(*horizon)).collect(),
        clv_horizon_seconds: seconds(manifest.clv_horizon),
        discount_rate: manifest.discount_rate.annual(),
        currency_code: manifest.currency.code().to_owned(),
        data: Some(training_data(&manifest.data)),
        backtest: manifest.backtest.iter().map(backtest_row).collect(),
        notes: manifest.notes.clone(),
        churn_definition: manifest.churn().unwrap_or_default().to_owned(),
    }
}

const fn training_data(data: &DataFingerprint) -> v1::TrainingData {
    v1::TrainingData {
        customers: data.customers,
        orders: data.orders,
        refunds: data.refunds,
        first_event_us: data.first_event.microseconds(),
        last_event_us: data.last_event.microseconds(),
    }
}

fn backtest_row(row: &BacktestRow) -> v1::BacktestRow {
    let churn = row.churn.map(|churn| v1::ChurnMeasures {
        auc: churn.auc,
        average_precision: churn.average_precision,
        brier: churn.brier,
        log_loss: churn.log_loss,
        calibration_error: churn.calibration_error,
    });
    let value = row.value.map(|value| v1::ValueMeasures {
        gini: value.gini,
        spearman: value.spearman,
        top_decile_share: value.top_decile_share,
        decile_error: value.decile_error,
        mae: value.mae,
        bias: value.bias,
    });
    v1::BacktestRow {
        candidate: row.candidate.clone(),
        origin_us: row.origin.microseconds(),
        horizon_seconds: seconds(row.horizon),
        customers: row.customers,
        churn,
        value,
        chosen: row.chosen,
    }
}
