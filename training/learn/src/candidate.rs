//! What competes: three purchase models, two readings of spend, three ways to set the level.

use std::fmt;
use std::str::FromStr;

use linfa::DatasetBase;
use linfa::traits::Fit;
use tenure_behaviour::PurchaseSummary;
use tenure_btyd::{BgNbd, BtydError, FitReport, Fitted, GammaGamma, MbgNbd, ParetoNbd, RfmData, SpendData};
use tenure_bundle::{OrderModel, SpendBasis, SpendModel, as_customer};

/// The purchase models that compete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum OrderKind {
    /// BG/NBD.
    BgNbd,
    /// MBG/NBD.
    MbgNbd,
    /// Pareto/NBD.
    ParetoNbd,
}

impl OrderKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::BgNbd, Self::MbgNbd, Self::ParetoNbd];

    /// The name used in manifests, files and options.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::BgNbd => "bg_nbd",
            Self::MbgNbd => "mbg_nbd",
            Self::ParetoNbd => "pareto_nbd",
        }
    }

    /// Fits the model; where the likelihood alone has no maximum in reach, a mild penalizer gives it one.
    pub(crate) fn fit(self, data: &DatasetBase<RfmData, ()>) -> Result<(OrderModel, FitReport), BtydError> {
        match self.fit_with(data, 0.0) {
            Err(BtydError::NotConverged { .. }) => self.fit_with(data, MILD_PENALIZER),
            done => done,
        }
    }

    fn fit_with(
        self,
        data: &DatasetBase<RfmData, ()>,
        penalizer: f64,
    ) -> Result<(OrderModel, FitReport), BtydError> {
        fn split<M>(fitted: Fitted<M>, wrap: fn(M) -> OrderModel) -> (OrderModel, FitReport) {
            (wrap(fitted.model), fitted.report)
        }
        Ok(match self {
            Self::BgNbd => split(BgNbd::params().penalizer(penalizer).fit(data)?, OrderModel::BgNbd),
            Self::MbgNbd => split(MbgNbd::params().penalizer(penalizer).fit(data)?, OrderModel::MbgNbd),
            Self::ParetoNbd => {
                split(ParetoNbd::params().penalizer(penalizer).fit(data)?, OrderModel::ParetoNbd)
            }
        })
    }
}

/// Enough to close a flat ridge, too little to move what the data determine.
const MILD_PENALIZER: f64 = 1e-4;

impl fmt::Display for OrderKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Not the name of a purchase model.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{value:?} is not a purchase model: choose best, bg_nbd, mbg_nbd or pareto_nbd")]
pub struct UnknownModel {
    /// The refused name.
    pub value: String,
}

impl FromStr for OrderKind {
    type Err = UnknownModel;
    fn from_str(value: &str) -> Result<Self, UnknownModel> {
        let found = Self::ALL.into_iter().find(|kind| kind.name() == value);
        found.ok_or_else(|| UnknownModel { value: value.to_owned() })
    }
}

/// The rows of the purchase models.
pub(crate) fn order_data<'a>(
    summaries: impl Iterator<Item = &'a PurchaseSummary>,
) -> Result<DatasetBase<RfmData, ()>, BtydError> {
    let customers = summaries.map(|summary| as_customer(Some(summary)));
    Ok(DatasetBase::new(RfmData::new(customers)?, ()))
}

/// Fits the spend model on one reading of orders.
///
/// Where a few orders are so large that the mean would be infinite, means are capped at their 99th percentile.
pub(crate) fn fit_spend<'a>(
    summaries: impl Iterator<Item = &'a PurchaseSummary>,
    basis: SpendBasis,
) -> Result<(SpendModel, FitReport), BtydError> {
    let mut rows: Vec<(u32, f64)> = summaries
        .map(|summary| basis.of(summary))
        .filter(|(orders, mean)| *orders > 0 && *mean > 0.0)
        .collect();
    let fit = |rows: &[(u32, f64)]| {
        let data = DatasetBase::new(SpendData::new(rows.iter().copied())?, ());
        GammaGamma::params().fit(&data)
    };
    let fitted = match fit(&rows) {
        Err(BtydError::SpendTailTooHeavy { .. } | BtydError::NotConverged { .. }) => {
            let mut means: Vec<f64> = rows.iter().map(|(_, mean)| *mean).collect();
            means.sort_unstable_by(f64::total_cmp);
            let cap = means[(means.len() - 1) * 99 / 100];
            for (_, mean) in &mut rows {
                *mean = mean.min(cap);
            }
            let data = DatasetBase::new(SpendData::new(rows)?, ());
            GammaGamma::params().penalizer(1e-3).fit(&data)?
        }
        done => done?,
    };
    Ok((SpendModel { gamma_gamma: fitted.model, basis }, fitted.report))
}
