//! One suite over all models of the family: what must hold whatever the parameters.
//!
//! The family's models of purchases at any time come by `conformance!`, which also asks what their predictions say
//! together; all others by `member!`; what they have in common where they meet is in `nested`.

mod chances;
mod covariates;
mod family;
mod first_order;
mod nested;
mod outlook;
mod purchase;
mod retention;
mod spend;

use family::member;
use purchase::conformance;
use tenure_btyd::{
    BetaWeibull, BgBb, BgCnbd, BgNbd, ExponentialGamma, GammaGamma, MbgCnbd, MbgNbd, ParetoNbd,
    ShiftedBetaGeometric, WithCovariates,
};

conformance!(bg_nbd, BgNbd, BgNbd::new, BgNbd::params(), [0.243, 4.414, 0.793, 2.426]);
conformance!(mbg_nbd, MbgNbd, MbgNbd::new, MbgNbd::params(), [0.525, 6.183, 0.891, 1.614]);
conformance!(pareto_nbd, ParetoNbd, ParetoNbd::new, ParetoNbd::params(), [0.553, 10.578, 0.606, 11.669]);
conformance!(
    bg_cnbd_2,
    BgCnbd,
    |r, alpha, a, b| BgCnbd::new(2, r, alpha, a, b),
    BgCnbd::params().regularity(2),
    [0.359, 1.129, 0.523, 2.785]
);
conformance!(
    mbg_cnbd_3,
    MbgCnbd,
    |r, alpha, a, b| MbgCnbd::new(3, r, alpha, a, b),
    MbgCnbd::params().regularity(3),
    [1.3, 4.2, 0.43, 0.81]
);
conformance!(
    bg_cnbd_12,
    BgCnbd,
    |r, alpha, a, b| BgCnbd::new(12, r, alpha, a, b),
    BgCnbd::params().regularity(12),
    [0.4, 0.3, 0.7, 2.2]
);

member!(bg_nbd_with_covariates, WithCovariates<BgNbd>, other_units_change_only_the_units);
member!(mbg_nbd_with_covariates, WithCovariates<MbgNbd>, other_units_change_only_the_units);
member!(pareto_nbd_with_covariates, WithCovariates<ParetoNbd>, other_units_change_only_the_units);
member!(bg_bb, BgBb);
member!(sbg, ShiftedBetaGeometric);
member!(bdw, BetaWeibull);
member!(exponential_gamma, ExponentialGamma, other_units_change_only_the_units);
member!(gamma_gamma, GammaGamma, other_units_change_only_the_units);
