//! Purchase models that can be fitted, and the one whose reading of spend can be too.

use linfa::DatasetBase;
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use tenure_behaviour::PurchaseSummary;
use tenure_btyd::{BtydError, FitReport, RfmData};
use tenure_bundle::{Level, OrderModel, SpendBasis, SpendModel};
use tenure_core::Horizon;

use crate::LearnError;
use crate::backtest::{BASES, Backtest};
use crate::candidate::{OrderKind, basis_name, fit_spend, order_data, regularity};
use crate::choice::{Candidate, Choice, Field, choose};
use crate::ladder::LEAST_FOR_TREES;
use crate::level::LevelRule;
use crate::recipe::{ModelChoice, Recipe};

/// A purchase model of each kind that can be fitted.
pub(super) type Fits = Vec<(OrderKind, OrderModel, FitReport)>;

/// The purchase models that compete where trees learn over the horizon `learned`.
///
/// Where trees learn the asked horizon a model is fitted anew at every past date, and Pareto/NBD takes a second for each
/// where next to nobody leaves for good. So there it has to be the likeliest of those that say the same of when orders
/// come.
pub(super) fn fit_competing(
    summaries: &[PurchaseSummary],
    learned: Option<Horizon>,
    recipe: &Recipe,
    notes: &mut Vec<String>,
) -> Result<Fits, LearnError> {
    let seen = order_data(summaries.iter()).map_err(|last| LearnError::NoModel { last })?;
    let mut kinds = match recipe.model {
        ModelChoice::Best => OrderKind::competing(regularity(&seen)),
        ModelChoice::Fixed(kind) => vec![kind],
    };
    let fits_often = learned == Some(recipe.horizon) && summaries.len() >= LEAST_FOR_TREES;
    if recipe.model != ModelChoice::Best || !fits_often {
        return fit_all(&seen, &kinds, recipe.penalizer, notes);
    }
    kinds.retain(|kind| *kind != OrderKind::ParetoNbd);
    let mut fits = fit_all(&seen, &kinds, recipe.penalizer, notes)?;
    fits.extend(likelier_pareto(&seen, &fits, recipe.penalizer));
    fits.sort_by_key(|(kind, ..)| OrderKind::ALL.iter().position(|other| other == kind));
    Ok(fits)
}

/// Pareto/NBD where it is likelier than BG/NBD and MBG/NBD. It is not fitted where BG/NBD is likelier than MBG/NBD: there
/// nobody leaves after a first order, which to Pareto/NBD is as easy as later.
fn likelier_pareto(
    data: &DatasetBase<RfmData, ()>,
    fits: &Fits,
    penalizer: f64,
) -> Option<(OrderKind, OrderModel, FitReport)> {
    let likelihood = |kind: OrderKind| {
        fits.iter().find(|(own, ..)| *own == kind).map_or(f64::NEG_INFINITY, |(.., fit)| fit.log_likelihood)
    };
    let (bg, mbg) = (likelihood(OrderKind::BgNbd), likelihood(OrderKind::MbgNbd));
    if bg >= mbg {
        return None;
    }
    let (model, report) = OrderKind::ParetoNbd.fit(data, penalizer).ok()?;
    (report.log_likelihood > mbg).then_some((OrderKind::ParetoNbd, model, report))
}

/// Every purchase model that can be fitted, with its report.
pub(super) fn fit_all(
    data: &DatasetBase<RfmData, ()>,
    kinds: &[OrderKind],
    penalizer: f64,
    notes: &mut Vec<String>,
) -> Result<Fits, LearnError> {
    let (mut fits, mut refused): (Fits, Option<BtydError>) = (Vec::new(), None);
    let found: Vec<_> = kinds.par_iter().map(|kind| kind.fit(data, penalizer)).collect();
    for (kind, found) in kinds.iter().zip(found) {
        match found {
            Ok((model, report)) => fits.push((*kind, model, report)),
            Err(error) => {
                notes.push(format!("{kind} could not be fitted, so it did not compete: {error}"));
                refused = Some(error);
            }
        }
    }
    match (fits.is_empty(), refused) {
        (true, Some(last)) => Err(LearnError::NoModel { last }),
        _ => Ok(fits),
    }
}

/// The fit of the kind that was chosen.
pub(super) fn fit_of(
    fits: Fits,
    chosen: OrderKind,
    recipe: &Recipe,
) -> Result<(OrderModel, FitReport), LearnError> {
    let found = fits.into_iter().find(|(kind, ..)| *kind == chosen);
    let (_, model, report) = found.ok_or(LearnError::NoOrders { as_of: recipe.as_of })?;
    Ok((model, report))
}

/// The best candidate whose reading of spend can be fitted to all customers, not only at the origins.
pub(super) fn choose_with_spend(
    backtest: &Backtest,
    fits: &Fits,
    summaries: &[PurchaseSummary],
    recipe: &Recipe,
    notes: &mut Vec<String>,
) -> Result<(Choice, (SpendModel, FitReport)), LearnError> {
    let kinds: Vec<OrderKind> = fits.iter().map(|(kind, ..)| *kind).collect();
    let rules: &[LevelRule] = if recipe.correct_level { &LevelRule::ALL } else { &[LevelRule::None] };
    let mut bases = BASES.to_vec();
    loop {
        let field = Field { kinds: &kinds, bases: &bases, rules };
        let choice = choose(&backtest.cases, field)?.unwrap_or_else(|| by_likelihood(fits, &bases));
        let basis = choice.candidate.basis;
        let source = match fit_spend(summaries.iter(), basis, recipe.penalizer) {
            Ok(spend) => return Ok((choice, spend)),
            Err(source) => source,
        };
        bases.retain(|other| *other != basis);
        if bases.is_empty() {
            return Err(LearnError::Spend { source });
        }
        notes.push(format!(
            "spend by {} could not be fitted to all customers, so the next best was taken: {source}",
            basis_name(basis)
        ));
    }
}

/// Where nothing can be compared: the likeliest model, spend as in the papers if it can be, no level.
fn by_likelihood(fits: &Fits, bases: &[SpendBasis]) -> Choice {
    let best = fits.iter().max_by(|left, right| left.2.log_likelihood.total_cmp(&right.2.log_likelihood));
    let kind = best.map_or(OrderKind::MbgNbd, |(kind, ..)| *kind);
    let basis = bases.first().copied().unwrap_or(SpendBasis::RepeatOrders);
    let candidate = Candidate { kind, basis, level: LevelRule::None };
    Choice { candidate, level: Level::NONE, table: Vec::new(), against_naive: 0.0, notes: Vec::new() }
}
