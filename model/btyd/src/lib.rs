//! Buy-till-you-die models as linfa estimators.
//!
//! A customer of a shop without contracts never says goodbye. These models infer from `(x, t_x, T)`, the
//! number of repeat purchases, the age at the last and the age now, whether the customer is still there and
//! what will come. Each is an ordinary linfa estimator: settings are checked, fitting gives a new type.
//!
//! | customers | models | fitted to |
//! |---|---|---|
//! | buy whenever they like | [`BgNbd`], [`MbgNbd`], [`ParetoNbd`] | [`RfmData`] |
//! | buy at intervals of their own | [`BgCnbd`], [`MbgCnbd`], the regularity k estimated | [`RfmData`], better with [`log_gaps`] |
//! | buy at intervals of their own, some of them | [`Rhythms`], how many and which | [`log_gaps`] of each |
//! | are of kinds known from the start | [`WithCovariates`] of a model above | [`CovariateData`] |
//! | may buy once a period: donors, visitors of fairs | [`BgBb`] | [`ChanceData`] |
//! | have a contract and say goodbye | [`ShiftedBetaGeometric`], [`BetaWeibull`] | [`RetentionData`] |
//! | come to look, and may order for the first time | [`ExponentialGamma`], some of them never | [`FirstOrderData`] |
//! | spend more or less an order | [`GammaGamma`] | [`SpendData`] |
//!
//! [`simulate`] makes customers up as a model says they are.
//!
//! ```
//! use linfa::{DatasetBase, traits::Fit};
//! use tenure_btyd::{BgNbd, Customer, Outlook, PurchaseModel, RfmData};
//! use tenure_core::Weeks;
//! let customer = |x, recency_age, age| Customer::new(x, Weeks::new(recency_age).unwrap(), Weeks::new(age).unwrap());
//! let seen = [customer(2, 30.43, 38.86)?, customer(1, 1.71, 38.86)?, customer(0, 0.0, 38.86)?, customer(7, 29.43, 38.86)?];
//! let data = DatasetBase::new(RfmData::new(seen)?, ());
//! let fitted = BgNbd::params().penalizer(0.1).fit(&data)?;
//! let outlook = fitted.model.outlook(&seen[0]);
//! assert!(outlook.p_no_order(Weeks::new(12.0)?) < 1.0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! All is written in the log domain, so x = 1000 works; equal customers collapse to weights; gradients are
//! analytic; time is rescaled inside and never in the API, where it is in weeks.

#![forbid(unsafe_code)]

mod beta_geometric;
mod bg_bb;
mod bg_nbd;
mod covariates;
mod customer;
mod data;
mod discount;
mod error;
mod first_order;
mod fit;
mod gamma_gamma;
mod gaps;
mod hypergeometric;
mod hyperparams;
mod likelihood_ratio;
mod mbg_nbd;
mod optimise;
mod outlook;
mod parameters;
mod pareto_nbd;
mod quadrature;
mod regular;
mod report;
mod retention;
mod rising;
pub mod simulate;

pub use beta_geometric::BetaGeometricOutlook;
pub use bg_bb::{BgBb, ChanceCustomer, ChanceData, ChanceOutlook};
pub use bg_nbd::BgNbd;
pub use covariates::{
    Coefficient, CovariateData, CovariateFitParams, Effect, RatesByCovariates, ValidCovariateFitParams,
    WithCovariates,
};
pub use customer::Customer;
pub use data::RfmData;
pub use discount::PeriodDiscount;
pub use error::{BtydError, LinfaError};
pub use first_order::{ExponentialGamma, FirstOrderData};
pub use gamma_gamma::{GammaGamma, SpendData};
pub use gaps::log_gaps;
pub use hyperparams::{FitParams, ValidFitParams};
pub use likelihood_ratio::LikelihoodRatio;
pub use mbg_nbd::MbgNbd;
pub use outlook::{Outlook, PurchaseModel};
pub use pareto_nbd::{ParetoNbd, ParetoOutlook};
pub use regular::{
    BgCnbd, MAX_REGULARITY, MbgCnbd, OwnRhythm, RegularFitParams, RegularOutlook, Rhythms,
    ValidRegularFitParams,
};
pub use report::{FitReport, Fitted, Parameter, Parameters};
pub use retention::{BetaWeibull, RetentionData, RetentionModel, ShiftedBetaGeometric};
