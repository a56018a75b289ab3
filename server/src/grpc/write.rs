//! From what the use cases give to answers.

mod model;

use std::sync::Arc;

use tenure_behaviour::rfm::{RfmScore, RfmSegment};
use tenure_bundle::{NextOrder, Rung, Score, ScoreOptions, ValueInterval};
use tenure_core::{Currency, CustomerId, Horizon};
use tenure_proto::v1::{self, RowErrorReason, batch_score_row};

pub(super) use model::model;

use super::status::explained;
use crate::app::Row;

/// The answer for one customer.
pub(super) fn customer(id: CustomerId, score: &Score) -> v1::ScoreCustomerResponse {
    let currency = score.predicted_clv.currency;
    v1::ScoreCustomerResponse {
        customer_id: id.into(),
        score: Some(score_of(score)),
        basis: Some(basis(&score.model_version, currency, &score.options)),
    }
}

/// The answer for several customers, `rows` belonging to `ids` in their order.
pub(super) fn batch(
    ids: Vec<CustomerId>,
    rows: &[Row],
    basis: v1::ScoreBasis,
) -> v1::BatchScoreCustomersResponse {
    let rows = ids.into_iter().zip(rows).map(|(id, row)| v1::BatchScoreRow {
        customer_id: id.into(),
        result: Some(match row {
            Ok(score) => batch_score_row::Result::Score(score_of(score)),
            Err(error) => batch_score_row::Result::Error(v1::RowError {
                reason: RowErrorReason::UnscorableHistory.into(),
                message: explained("the history cannot be scored", error),
            }),
        }),
    });
    v1::BatchScoreCustomersResponse { rows: rows.collect(), basis: Some(basis) }
}

/// What scores were made with.
pub(super) fn basis(model_version: &Arc<str>, currency: Currency, options: &ScoreOptions) -> v1::ScoreBasis {
    v1::ScoreBasis {
        model_version: model_version.to_string(),
        as_of_us: options.as_of.instant().microseconds(),
        horizon_seconds: seconds(options.horizon),
        clv_horizon_seconds: seconds(options.clv_horizon),
        discount_rate: options.discount_rate.annual(),
        currency_code: currency.code().to_owned(),
    }
}

fn score_of(score: &Score) -> v1::CustomerScore {
    let churn = score.churn.iter().map(|churn| v1::HorizonChurn {
        horizon_seconds: seconds(churn.horizon),
        churn_probability: churn.churn_probability,
    });
    v1::CustomerScore {
        rung: rung(score.rung).into(),
        churn_probability: score.churn_probability,
        churn: churn.collect(),
        expected_orders: score.expected_orders,
        predicted_clv: score.predicted_clv.major_units,
        p_alive: score.p_alive,
        next_order: score.next_order.map(next_order),
        rfm: score.rfm.map(rfm),
        segment: segment(score.segment).into(),
        value_intervals: score.intervals.iter().flatten().map(value_interval).collect(),
        next_rung: score.next_rung.to_string(),
    }
}

const fn value_interval(interval: &ValueInterval) -> v1::ValueInterval {
    v1::ValueInterval { confidence: interval.confidence.share(), low: interval.low, high: interval.high }
}

/// Horizons are written in whole seconds or longer units, so nothing is lost.
const fn seconds(horizon: Horizon) -> i64 {
    horizon.length().microseconds() / 1_000_000
}

const fn next_order(next: NextOrder) -> v1::NextOrder {
    v1::NextOrder {
        expected_at_us: next.expected_at.microseconds(),
        earliest_at_us: next.earliest_at.microseconds(),
        latest_at_us: next.latest_at.microseconds(),
    }
}

fn rfm(score: RfmScore) -> v1::RfmScore {
    v1::RfmScore {
        recency: score.recency.into(),
        frequency: score.frequency.into(),
        monetary: score.monetary.into(),
    }
}

const fn rung(rung: Rung) -> v1::Rung {
    match rung {
        Rung::Prior => v1::Rung::Prior,
        Rung::Btyd => v1::Rung::Btyd,
        Rung::Boosted => v1::Rung::Boosted,
    }
}

const fn segment(segment: RfmSegment) -> v1::RfmSegment {
    match segment {
        RfmSegment::Champions => v1::RfmSegment::Champions,
        RfmSegment::Loyal => v1::RfmSegment::Loyal,
        RfmSegment::PotentialLoyalist => v1::RfmSegment::PotentialLoyalist,
        RfmSegment::New => v1::RfmSegment::New,
        RfmSegment::Promising => v1::RfmSegment::Promising,
        RfmSegment::NeedAttention => v1::RfmSegment::NeedAttention,
        RfmSegment::AboutToSleep => v1::RfmSegment::AboutToSleep,
        RfmSegment::AtRisk => v1::RfmSegment::AtRisk,
        RfmSegment::CantLoseThem => v1::RfmSegment::CantLoseThem,
        RfmSegment::Hibernating => v1::RfmSegment::Hibernating,
        RfmSegment::Prospect => v1::RfmSegment::Prospect,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_keep_their_names_on_the_wire() {
        for of in RfmSegment::ALL {
            let wire = format!("RFM_SEGMENT_{}", of.as_str().to_uppercase());
            assert_eq!(segment(of).as_str_name(), wire);
        }
    }

    #[test]
    fn rungs_keep_their_names_on_the_wire() {
        for of in [Rung::Prior, Rung::Btyd, Rung::Boosted] {
            assert_eq!(rung(of).as_str_name(), format!("RUNG_{}", of.as_str().to_uppercase()));
        }
    }
}
