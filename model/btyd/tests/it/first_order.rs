//! The exponential-gamma model of first orders: scipy's estimates, recovery, and what must always hold.

use approx::{assert_abs_diff_eq, assert_relative_eq};
use linfa::DatasetBase;
use linfa::traits::Fit;
use tenure_btyd::simulate::Random;
use tenure_btyd::{BtydError, ExponentialGamma, FirstOrderData, Fitted};
use tenure_core::Weeks;

fn weeks(value: f64) -> Weeks {
    Weeks::new(value).unwrap()
}

pub(crate) fn fit(
    people: impl IntoIterator<Item = (f64, bool)>,
) -> Result<Fitted<ExponentialGamma>, BtydError> {
    let people = people.into_iter().map(|(wait, ordered)| (weeks(wait), ordered));
    ExponentialGamma::params().fit(&DatasetBase::new(FirstOrderData::new(people)?, ()))
}

/// Waits in weeks and how many had each: with an order, and without one so far.
const ORDERED: [(f64, usize); 8] =
    [(0.1, 14), (0.3, 11), (0.7, 12), (1.5, 13), (3.0, 12), (6.0, 9), (12.0, 7), (25.0, 4)];
const WAITING: [(f64, usize); 5] = [(1.0, 10), (5.0, 12), (20.0, 25), (50.0, 30), (104.0, 41)];

pub(crate) fn seen() -> Vec<(f64, bool)> {
    let each = |rows: &[(f64, usize)], ordered: bool| -> Vec<(f64, bool)> {
        rows.iter().flat_map(|(wait, people)| vec![(*wait, ordered); *people]).collect()
    };
    [each(&ORDERED, true), each(&WAITING, false)].concat()
}

/// Maximised with scipy (BFGS, then Nelder-Mead) from the density and the survival function.
#[test]
fn scipy_finds_the_same() {
    let Fitted { model, report } = fit(seen()).unwrap();
    let expected = [0.710_89, 0.932_73, 0.462_00];
    for (found, expected) in model.parameters().into_iter().zip(expected) {
        assert_relative_eq!(found, expected, max_relative = 1e-4);
    }
    assert_abs_diff_eq!(report.log_likelihood, -302.379_742, epsilon = 1e-6);
    let data = FirstOrderData::new(seen().into_iter().map(|(wait, ordered)| (weeks(wait), ordered))).unwrap();
    assert_relative_eq!(model.log_likelihood(&data), report.log_likelihood, max_relative = 1e-12);
    assert_abs_diff_eq!(model.p_order(weeks(4.0), weeks(60.0 / 7.0)), 0.106_405, epsilon = 1e-5);
    assert!(report.parameters.0.iter().all(|one| one.standard_error.is_some()), "{}", report.parameters);
}

/// Where all who order are alike, r and alpha rise for ever along a ridge: the fit ends and predicts all the same.
#[test]
fn people_who_are_all_alike_are_fitted_too() {
    let people = (0..5_000).map(|number| {
        let mut random = Random::new(4, number);
        let watched = 60.0 * random.uniform();
        let wait = 0.6 * random.exponential();
        if random.chance(0.7) && wait <= watched { (wait, true) } else { (watched, false) }
    });
    let model = fit(people).unwrap().model;
    assert_abs_diff_eq!(model.parameters()[2], 0.7, epsilon = 0.03);
    // Of ten who will order and have not for a week, about two (e^(-1 / .6)) of the seven are left beside the three.
    let left = 0.7 * (-1.0_f64 / 0.6).exp();
    assert_abs_diff_eq!(model.p_order(weeks(1.0), weeks(9.0)), left / (left + 0.3), epsilon = 0.05);
    assert!(model.p_order(weeks(20.0), weeks(9.0)) < 1e-4);
}

#[test]
fn what_cannot_be_is_refused() {
    assert!(matches!(FirstOrderData::new([]), Err(BtydError::TooFewCustomers { .. })));
    assert!(matches!(fit([(3.0, false), (4.0, false)]), Err(BtydError::NobodyOrdered { customers: 2 })));
    assert!(matches!(fit([(0.0, true), (4.0, false)]), Err(BtydError::NoTimePassed { .. })));
    for text in ["[1, 1, 1.5]", "[1, 1, 0]", "[0, 1, 0.5]", "[1, -1, 0.5]", "[1, 1]"] {
        assert!(serde_json::from_str::<ExponentialGamma>(text).is_err(), "{text}");
    }
    assert!(serde_json::from_str::<ExponentialGamma>("[1, 1, 1]").is_ok());
}
