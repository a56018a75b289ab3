//! CLVTools' apparel retailer without covariates: what its vignettes print, and what other arithmetic finds.

use std::collections::BTreeMap;
use std::path::PathBuf;

use approx::{assert_abs_diff_eq, assert_relative_eq};
use linfa::DatasetBase;
use linfa::traits::Fit;
use tenure_btyd::{
    BgNbd, Customer, FitReport, GammaGamma, MbgNbd, ParetoNbd, PurchaseModel, RfmData, SpendData,
};

use crate::support::customer;

/// One customer of the retailer.
#[derive(Clone)]
pub(crate) struct Buyer {
    pub(crate) seen: Customer,
    /// Gender and channel.
    pub(crate) covariates: Vec<f64>,
    /// What each day with orders came to, in order.
    days: Vec<f64>,
}

/// The 600 customers of `apparelTrans` until the end of 2006. The data may not be shipped here, so tests of them run
/// where they are at hand.
pub(crate) fn buyers() -> Option<Vec<Buyer>> {
    let data = std::env::var_os("TENURE_DATA").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    let read = |name: &str| std::fs::read_to_string(data.join("apparel").join(name));
    let (Ok(orders), Ok(covariates)) = (read("apparelTrans.csv"), read("apparelStaticCov.csv")) else {
        println!("skipped: no apparel in {}; name the folder in TENURE_DATA", data.display());
        return None;
    };
    let end = day("2006-12-31");
    let mut days: BTreeMap<&str, BTreeMap<i64, f64>> = BTreeMap::new();
    for line in orders.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let date = day(&cells[1][..10]);
        if date <= end {
            *days.entry(cells[0]).or_default().entry(date).or_default() += cells[2].parse::<f64>().unwrap();
        }
    }
    let row = |line: &str| {
        let (id, values) = line.split_once(',').unwrap();
        let days = &days[id];
        let (first, last) = (days.keys().next().unwrap(), days.keys().last().unwrap());
        let in_weeks = |days: i64| days as f64 / 7.0;
        Buyer {
            seen: customer(days.len() as u32 - 1, in_weeks(last - first), in_weeks(end - first)),
            covariates: values.split(',').map(|value| value.parse().unwrap()).collect(),
            days: days.values().copied().collect(),
        }
    };
    Some(covariates.lines().skip(1).map(row).collect())
}

/// Days since 1970 of a date of the Gregorian calendar, as Hinnant counts them.
fn day(date: &str) -> i64 {
    let mut parts = date.split('-').map(|part| part.parse::<i64>().unwrap());
    let (year, month, day) = (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap());
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let of_year = (153 * month + 2) / 5 + day - 1;
    let era = year.div_euclid(400);
    let year = year.rem_euclid(400);
    era * 146_097 + year * 365 + year / 4 - year / 100 + of_year - 719_468
}

fn seen(buyers: &[Buyer]) -> DatasetBase<RfmData, ()> {
    DatasetBase::new(RfmData::new(buyers.iter().map(|buyer| buyer.seen)).unwrap(), ())
}

#[track_caller]
fn check(report: &FitReport, expected: &[f64], log_likelihood: f64) {
    assert_abs_diff_eq!(report.log_likelihood, log_likelihood, epsilon = 1e-3);
    assert_eq!(report.parameters.0.len(), expected.len());
    for (parameter, expected) in report.parameters.0.iter().zip(expected) {
        assert_relative_eq!(parameter.value, *expected, max_relative = 5e-4);
    }
}

/// From scipy's maximum of the papers' likelihoods.
#[test]
fn models_of_one_chance_to_leave_find_scipys_estimates() {
    let Some(buyers) = buyers() else { return };
    let bg = BgNbd::params().fit(&seen(&buyers)).unwrap();
    check(&bg.report, &[0.60731, 20.95675, 1.27556, 8.86095], -5_857.020);
    let mbg = MbgNbd::params().fit(&seen(&buyers)).unwrap();
    check(&mbg.report, &[1.89138, 45.8272, 0.60237, 1.58237], -5_848.045);
}

/// Of the 387 who ordered again, on what repeat orders came to. Estimates and standard errors by Newton's method on the
/// likelihood of note 025 with the 30 digits of mpmath 1.3.
#[test]
fn gamma_gamma_finds_the_estimates_of_other_arithmetic() {
    let Some(buyers) = buyers() else { return };
    let again = buyers.iter().map(|buyer| &buyer.days[1..]).filter(|days| !days.is_empty());
    let spend: Vec<(u32, f64)> =
        again.map(|days| (days.len() as u32, days.iter().sum::<f64>() / days.len() as f64)).collect();
    assert_eq!(spend.len(), 387);
    let fitted = GammaGamma::params().fit(&DatasetBase::new(SpendData::new(spend).unwrap(), ())).unwrap();
    assert_abs_diff_eq!(fitted.report.log_likelihood, -1_670.663_044_3, epsilon = 1e-6);
    let expected =
        [(3.099_038_59, 0.567_560_787), (5.653_692_97, 0.846_048_981), (56.504_187_7, 18.602_104_4)];
    for (parameter, (value, error)) in fitted.report.parameters.0.iter().zip(expected) {
        assert_relative_eq!(parameter.value, value, max_relative = 1e-5);
        assert_relative_eq!(parameter.standard_error.unwrap(), error, max_relative = 1e-3);
    }
}

/// What CLVTools prints as the Hessian of its fit, over the logarithms of the parameters.
#[test]
fn pareto_nbd_bends_as_clvtools_says() {
    let Some(buyers) = buyers() else { return };
    let estimates = [1.448_976_8_f64, 48.636_084_5, 0.561_259_8, 46.884_363_3];
    let at = |moves: &[(usize, f64)]| {
        let mut logs = estimates.map(f64::ln);
        moves.iter().for_each(|(index, by)| logs[*index] += by);
        let [r, alpha, s, beta] = logs.map(f64::exp);
        let model = ParetoNbd::new(r, alpha, s, beta).unwrap();
        buyers.iter().map(|buyer| -model.log_likelihood(&buyer.seen)).sum::<f64>()
    };
    let published = [
        [433.226_58, -388.220_26, -117.487_60, 86.386_45],
        [-388.220_26, 402.651_04, 78.926_03, -57.698_10],
        [-117.487_60, 78.926_03, 117.951_91, -78.202_95],
        [86.386_45, -57.698_10, -78.202_95, 53.996_15],
    ];
    const STEP: f64 = 1e-3;
    for (row, published) in published.into_iter().enumerate() {
        for (column, published) in published.into_iter().enumerate() {
            let corner = |up: f64, right: f64| at(&[(row, up * STEP), (column, right * STEP)]);
            let bend = (corner(1.0, 1.0) - corner(1.0, -1.0) - corner(-1.0, 1.0) + corner(-1.0, -1.0))
                / (4.0 * STEP * STEP);
            assert_relative_eq!(bend, published, max_relative = 1e-4);
        }
    }
}
