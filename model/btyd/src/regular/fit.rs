//! Fitting the four parameters for each regularity, and taking the likeliest one.

use linfa::DatasetBase;
use linfa::traits::Fit;

use super::hyperparams::ValidRegularFitParams;
use super::{MAX_REGULARITY, NAMES, Regular, likelihood};
use crate::beta_geometric::{self, Dropout};
use crate::fit::{Shape, fit_rows};
use crate::report::{FitReport, Fitted, Parameter};
use crate::{BtydError, RfmData};

/// What tells the two models apart.
pub(crate) trait RegularModel: Sized {
    /// Name in messages.
    const NAME: &'static str;
    /// When a customer may leave.
    const DROPOUT: Dropout;

    /// The model at these parameters.
    fn from_regular(regular: Regular) -> Self;
}

/// Where nobody has two gaps, no k is likelier than another; what is left of the sums says nothing.
const ROUNDING: f64 = 1e-6;

/// The likelihood over k has one top; this many falls in a row are the way down.
const FALLS: u32 = 2;

impl<M: RegularModel> Fit<RfmData, (), BtydError> for ValidRegularFitParams<M> {
    type Object = Fitted<M>;

    /// Maximises the likelihood over the four parameters, and over k unless it is given.
    ///
    /// # Errors
    /// When nobody ever came back, no time passed at all, or no search ends at a maximum.
    fn fit(&self, dataset: &DatasetBase<RfmData, ()>) -> Result<Fitted<M>, BtydError> {
        let data = dataset.records();
        if let Some(k) = self.regularity {
            return at(self, k, data).map(wrap);
        }
        let mut best = at(self, 1, data);
        let mut falls = 0;
        for k in 2..=MAX_REGULARITY {
            let next = at(self, k, data);
            let is_better = match (&next, &best) {
                (Ok(next), Ok(best)) => next.1.log_likelihood > best.1.log_likelihood,
                (next, best) => next.is_ok() && best.is_err(),
            };
            if is_better {
                (best, falls) = (next, 0);
            } else {
                falls += 1;
            }
            if falls == FALLS {
                break;
            }
        }
        best.map(wrap)
    }
}

impl RfmData {
    /// The regularity that the times between orders alone make likeliest, from 1 to [`MAX_REGULARITY`]; `None` without
    /// [`Self::with_log_gaps`].
    ///
    /// Given when a customer's first and last order were, and how many lay between, the gaps are shares of a known
    /// sum; if each is Erlang-k at one rate they are Dirichlet(k, ..., k), and neither rate nor leaving matters. So k
    /// is had without a search over the four parameters, and a fit at it takes a fraction of the time that one over
    /// all k takes. It leaves aside the little that `(x, t_x, T)` says of k.
    ///
    /// ```
    /// use tenure_btyd::{Customer, RfmData, log_gaps};
    /// use tenure_core::Weeks;
    /// let weeks = |all: &[f64]| all.iter().map(|one| Weeks::new(*one)).collect::<Result<Vec<_>, _>>();
    /// let customer = [Customer::new(4, Weeks::new(10.0)?, Weeks::new(12.0)?)?];
    /// let k = |ages: &[f64]| Ok::<_, Box<dyn std::error::Error>>(
    ///     RfmData::new(customer)?.with_log_gaps(log_gaps(weeks(ages)?))?.regularity(),
    /// );
    /// // Gaps of 1.5, 3.5, 1.5 and 3.5 weeks, and of 0.1, 8, 0.4 and 1.5.
    /// assert_eq!(k(&[1.5, 5.0, 6.5, 10.0])?, Some(5));
    /// assert_eq!(k(&[0.1, 8.1, 8.5, 10.0])?, Some(1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn regularity(&self) -> Option<u32> {
        let log_gaps = self.log_gaps()?;
        let mut best = (1, 0.0);
        for k in 2..=MAX_REGULARITY {
            let likelihood = likelihood::shares(k, log_gaps, self);
            if likelihood > best.1 + ROUNDING {
                best = (k, likelihood);
            }
        }
        Some(best.0)
    }
}

/// The four parameters at one regularity.
fn at<M: RegularModel>(
    params: &ValidRegularFitParams<M>,
    k: u32,
    data: &RfmData,
) -> Result<(Regular, FitReport), BtydError> {
    let shape = Shape {
        model: M::NAME,
        names: NAMES,
        is_time: [false, true, false, false],
        // k phases an order.
        starts: beta_geometric::starts(data.mean_frequency() * f64::from(k)),
        times_per_order: f64::from(k),
    };
    let likelihood =
        |parameters: [f64; 4], data: &RfmData| likelihood::log_likelihood(k, parameters, M::DROPOUT, data);
    let (parameters, mut report) = fit_rows(data, params.search()?.into(), &shape, likelihood)?;
    report.log_likelihood += likelihood::timing(k, data);
    let regularity = Parameter { name: "k".to_owned(), value: f64::from(k), standard_error: None };
    report.parameters.0.insert(0, regularity);
    Ok((Regular::new(M::NAME, k, parameters)?, report))
}

fn wrap<M: RegularModel>((regular, report): (Regular, FitReport)) -> Fitted<M> {
    Fitted { model: M::from_regular(regular), report }
}
