//! What competes: five purchase models, two readings of spend, three ways to set the level.

use std::fmt;
use std::str::FromStr;

use linfa::traits::Fit;
use linfa::{DatasetBase, ParamGuard};
use tenure_behaviour::PurchaseSummary;
use tenure_btyd::{
    BgCnbd, BgNbd, BtydError, FitReport, Fitted, GammaGamma, MbgCnbd, MbgNbd, ParetoNbd, RfmData, SpendData,
};
use tenure_bundle::{OrderModel, SpendBasis, SpendModel, as_customer, log_gaps};

/// The purchase models that compete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum OrderKind {
    /// BG/NBD.
    BgNbd,
    /// MBG/NBD.
    MbgNbd,
    /// Pareto/NBD.
    ParetoNbd,
    /// BG/CNBD-k, with k as the times between orders have it.
    BgCnbd,
    /// MBG/CNBD-k, with k as the times between orders have it.
    MbgCnbd,
}

impl OrderKind {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::BgNbd, Self::MbgNbd, Self::ParetoNbd, Self::BgCnbd, Self::MbgCnbd];

    /// Those that compete where customers order with this regularity: at a regularity of 1 the models of regular
    /// customers are the others over again.
    pub(crate) fn competing(regularity: u32) -> Vec<Self> {
        let competes = |kind: &Self| match kind {
            Self::BgNbd | Self::MbgNbd | Self::ParetoNbd => true,
            Self::BgCnbd | Self::MbgCnbd => regularity > 1,
        };
        Self::ALL.into_iter().filter(competes).collect()
    }

    /// The name used in manifests, files and options.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::BgNbd => "bg_nbd",
            Self::MbgNbd => "mbg_nbd",
            Self::ParetoNbd => "pareto_nbd",
            Self::BgCnbd => "bg_cnbd",
            Self::MbgCnbd => "mbg_cnbd",
        }
    }

    /// Fits the model. Where no penalizer was asked for and the likelihood alone has no maximum in reach, a
    /// mild one gives it one.
    pub(crate) fn fit(
        self,
        data: &DatasetBase<RfmData, ()>,
        penalizer: f64,
    ) -> Result<(OrderModel, FitReport), BtydError> {
        match self.fit_with(data, penalizer) {
            Err(BtydError::NotConverged { .. }) if penalizer <= 0.0 => self.fit_with(data, MILD_PENALIZER),
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
            Self::BgCnbd => {
                let params = BgCnbd::params().regularity(regularity(data));
                split(params.penalizer(penalizer).fit(data)?, OrderModel::BgCnbd)
            }
            Self::MbgCnbd => {
                let params = MbgCnbd::params().regularity(regularity(data));
                split(params.penalizer(penalizer).fit(data)?, OrderModel::MbgCnbd)
            }
        })
    }
}

/// How regular orders come: by the times between them alone, so that one fit does in place of one for each k.
pub(crate) fn regularity(data: &DatasetBase<RfmData, ()>) -> u32 {
    data.records().regularity().unwrap_or(1)
}

/// Fewer repeat buyers than this tell nothing about how often customers return, and no model from another.
pub(crate) const LEAST_REPEATERS: usize = 10;

/// The name of a reading of spend in the backtest table and in notes.
pub(crate) const fn basis_name(basis: SpendBasis) -> &'static str {
    match basis {
        SpendBasis::RepeatOrders => "repeat_orders",
        SpendBasis::AllOrders => "all_orders",
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
#[error("{value:?} is not a purchase model: choose best, bg_nbd, mbg_nbd, pareto_nbd, bg_cnbd or mbg_cnbd")]
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
    summaries: impl Iterator<Item = &'a PurchaseSummary> + Clone,
) -> Result<DatasetBase<RfmData, ()>, BtydError> {
    let gaps = summaries.clone().map(log_gaps).sum();
    let customers = summaries.map(|summary| as_customer(Some(summary)));
    Ok(DatasetBase::new(RfmData::new(customers)?.with_log_gaps(gaps)?, ()))
}

/// Enough to end a search for a shape that the data leave open.
const SPEND_PENALIZER: f64 = 1e-3;

/// Fits the spend model on one reading of orders.
///
/// Where a few orders are so large that the mean would be infinite, the model is held to the mean of the data.
pub(crate) fn fit_spend<'a>(
    summaries: impl Iterator<Item = &'a PurchaseSummary>,
    basis: SpendBasis,
    penalizer: f64,
) -> Result<(SpendModel, FitReport), BtydError> {
    let rows = summaries.map(|summary| basis.of(summary)).filter(|(orders, mean)| *orders > 0 && *mean > 0.0);
    let data = DatasetBase::new(SpendData::new(rows)?, ());
    let params = GammaGamma::params().penalizer(penalizer).check()?;
    let held = GammaGamma::params().penalizer(penalizer.max(SPEND_PENALIZER)).check()?;
    let fitted = match params.fit(&data) {
        Err(BtydError::SpendTailTooHeavy { .. }) => {
            params.fit_to_mean(&data).or_else(|_| held.fit_to_mean(&data))?
        }
        // A shop of a few fixed prices: p has no end.
        Err(BtydError::NotConverged { .. }) => held.fit(&data).or_else(|_| held.fit_to_mean(&data))?,
        done => done?,
    };
    Ok((SpendModel { gamma_gamma: fitted.model, basis }, fitted.report))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{book, recipe, regular_shop, shop, summary};
    use crate::{ModelChoice, Recipe, Trained, train};
    use tenure_bundle::Forecast;

    const END: f64 = 20_700.0;

    fn kinds_compared(trained: &Trained) -> Vec<&str> {
        let rows = trained.manifest.backtest.iter();
        let mut kinds: Vec<&str> = rows.filter_map(|row| Some(row.candidate.split_once('+')?.0)).collect();
        kinds.sort_unstable();
        kinds.dedup();
        kinds
    }

    #[test]
    fn who_orders_at_intervals_of_their_own_is_told_by_a_model_of_that() {
        let trained = train(&book(&regular_shop(4, 250, 700.0)), &recipe(END)).unwrap();
        assert_eq!(kinds_compared(&trained), ["bg_cnbd", "bg_nbd", "mbg_cnbd", "mbg_nbd", "pareto_nbd"]);
        assert!(trained.candidate.contains("bg_cnbd"), "{}", trained.candidate);
        // A day between orders at least makes them a little more regular than 4.
        assert!((4..=5).contains(&trained.model.orders.regularity()), "{:?}", trained.model.orders);
        let notes = &trained.manifest.notes;
        assert!(
            notes.iter().any(|note| note.starts_with("customers order at intervals of their own")),
            "{notes:?}"
        );
    }

    #[test]
    fn where_orders_come_at_random_models_of_regular_ones_do_not_compete() {
        let book = book(&shop(150, 700.0));
        let best = train(&book, &recipe(END)).unwrap();
        assert_eq!(kinds_compared(&best), ["bg_nbd", "mbg_nbd", "pareto_nbd"]);
        // Asked for by name they are fitted, and are the model of random orders over again.
        let fixed = |kind| {
            let trained = train(&book, &Recipe { model: ModelChoice::Fixed(kind), ..recipe(END) }).unwrap();
            assert_eq!(trained.model.orders.name(), kind.name());
            trained
        };
        for (regular, plain) in
            [(OrderKind::BgCnbd, OrderKind::BgNbd), (OrderKind::MbgCnbd, OrderKind::MbgNbd)]
        {
            let (regular, plain) = (fixed(regular), fixed(plain));
            assert_eq!(regular.model.orders.regularity(), 1);
            let likelihoods = [&regular, &plain].map(|one| one.order_fit.log_likelihood);
            approx::assert_relative_eq!(likelihoods[0], likelihoods[1], max_relative = 1e-9);
            for events in [&[(0.0, 10)][..], &[(0.0, 10), (40.0, 10), (55.0, 10)]] {
                let seen = summary(events, 120.0);
                let silent = [&regular, &plain]
                    .map(|one| Forecast::of(&one.model.orders, Some(&seen)).p_no_order(recipe(END).horizon));
                approx::assert_relative_eq!(silent[0], silent[1], max_relative = 1e-4);
            }
        }
    }

    #[test]
    fn names_are_read_back() {
        for kind in OrderKind::ALL {
            assert_eq!(kind.name().parse(), Ok(kind));
        }
        let refused = "cnbd".parse::<OrderKind>().unwrap_err().to_string();
        assert!(OrderKind::ALL.iter().all(|kind| refused.contains(kind.name())), "{refused}");
    }

    #[test]
    fn a_few_giants_do_not_make_the_mean_infinite() {
        // Means like 50 / u^1.5 dollars, u even in (0, 1): a tail of index 2/3, which has no mean.
        let cents = |index: u32| (5_000.0 * (400.0 / (f64::from(index) + 0.5)).powf(1.5)) as i64;
        let summaries: Vec<_> = (0..400)
            .map(|index| summary(&[(0.0, cents(index)), (7.0, cents(index)), (14.0, cents(index))], 20.0))
            .collect();
        let rows = summaries.iter().map(|one| SpendBasis::RepeatOrders.of(one));
        let data = DatasetBase::new(SpendData::new(rows).unwrap(), ());
        let plain = GammaGamma::params().fit(&data);
        assert!(matches!(plain, Err(BtydError::SpendTailTooHeavy { .. } | BtydError::NotConverged { .. })));
        let (held, report) = fit_spend(summaries.iter(), SpendBasis::RepeatOrders, 0.0).unwrap();
        assert_eq!(report.customers, 400.0);
        let mean = (0..400).map(|index| cents(index) as f64 / 100.0).sum::<f64>() / 400.0;
        approx::assert_relative_eq!(held.gamma_gamma.population_mean(), mean, max_relative = 1e-9);
    }

    #[test]
    fn customers_without_spend_are_left_out_of_the_spend_model() {
        let paid = |cents: i64| summary(&[(0.0, 500), (7.0, cents), (14.0, cents * 2)], 20.0);
        let mut all: Vec<_> = (0..60).map(|step| paid(1_000 + 37 * (step % 13))).collect();
        all.extend([paid(0), summary(&[(0.0, 700)], 20.0)]);
        let (_, repeat) = fit_spend(all.iter(), SpendBasis::RepeatOrders, 0.01).unwrap();
        let (_, every) = fit_spend(all.iter(), SpendBasis::AllOrders, 0.01).unwrap();
        assert_eq!((repeat.customers, every.customers), (60.0, 62.0));
        let free = [paid(0)];
        let refused = fit_spend(free.iter(), SpendBasis::RepeatOrders, 0.0);
        assert!(matches!(refused, Err(BtydError::TooFewCustomers { got: 0, .. })));
    }
}
