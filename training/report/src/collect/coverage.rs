//! How often intervals of value held what came.

use tenure_predict::Confidence;

use crate::collect::rows::Row;
use crate::measured::{Coverage, CoverageLine};

/// Over everybody; absent where the bundle gives no intervals.
pub(crate) fn coverage(rows: &[Row]) -> Option<Coverage> {
    let mut held = Confidence::ALL.map(|_| 0_u64);
    for row in rows {
        // An interval is one of spend: whoever sent back more than they bought spent nothing.
        let spent = row.outcome.net_spend.major_units().max(0.0);
        for (held, interval) in held.iter_mut().zip(row.answer.intervals?) {
            *held += u64::from((interval.low..=interval.high).contains(&spent));
        }
    }
    let customers = rows.len() as u64;
    let line = |(confidence, held): (Confidence, u64)| CoverageLine {
        group: String::new(),
        promised: confidence.share(),
        held: held as f64 / customers.max(1) as f64,
        customers,
    };
    let lines = Confidence::ALL.into_iter().zip(held).map(line).collect();
    Some(Coverage { of: String::new(), lines })
}
