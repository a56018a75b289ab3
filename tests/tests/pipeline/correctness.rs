//! Totals and estimates on whole cohorts, against numbers computed independently of this code.

use approx::{assert_abs_diff_eq, assert_relative_eq};
use linfa::DatasetBase;
use linfa::traits::Fit;
use tenure_behaviour::PurchaseSummary;
use tenure_btyd::{BgNbd, Customer, FitReport, GammaGamma, MbgNbd, ParetoNbd, RfmData, SpendData};
use tenure_tests::data_at_hand;
use tenure_tests::orders::{self, instant};

use crate::support::{AS_OF, by_day, cdnow, summaries};

/// Customers as the papers count them: aged to the start of the last day seen, not to the end of it.
fn customers(summaries: &[PurchaseSummary], last_day: &str) -> RfmData {
    let last_day = instant(last_day);
    let customer = |summary: &PurchaseSummary| {
        let age = last_day.since(by_day().occasion_of(summary.first_order_at)).weeks();
        Customer::new(summary.frequency, summary.recency_age, age).unwrap()
    };
    RfmData::new(summaries.iter().map(customer)).unwrap()
}

/// Estimates to a thousandth, log-likelihoods to 0.001.
#[track_caller]
fn check(report: &FitReport, parameters: &[f64], log_likelihood: f64) {
    for (found, expected) in report.parameters.0.iter().zip(parameters) {
        assert_relative_eq!(found.value, *expected, max_relative = 1e-3);
    }
    assert_eq!(report.parameters.0.len(), parameters.len());
    assert_abs_diff_eq!(report.log_likelihood, log_likelihood, epsilon = 1e-3);
}

#[test]
fn cdnow_holds_what_its_source_says() {
    let (book, import) = cdnow();
    assert_eq!((book.customers(), import.orders, import.refunds), (23_570, 69_659, 0));
    assert_eq!((import.rows, import.rejected()), (69_659, 0));
    assert_eq!(import.first, Some(instant("1997-01-01")));
    assert_eq!(import.last, Some(instant("1998-06-30")));
}

/// Fader, Hardie and Lee's split: 39 weeks to 1997-09-30 and 39 weeks after it.
#[test]
fn cdnow_has_the_published_number_of_repeat_purchases() {
    let repeats = |summaries: &[PurchaseSummary]| -> u32 { summaries.iter().map(|one| one.frequency).sum() };
    let (shown, all) = (summaries(&cdnow().0, AS_OF), summaries(&cdnow().0, "1998-07-01"));
    assert_eq!((shown.len(), all.len()), (23_570, 23_570));
    assert_eq!((repeats(&shown), repeats(&all) - repeats(&shown)), (24_337, 19_684));
    assert_eq!(customers(&shown, "1997-09-30").distinct(), 8_685);
}

/// Re-computed from the same file with scipy, on (x, `t_x`, T) in weeks to 1997-09-30.
#[test]
fn purchase_models_on_the_whole_cohort() {
    let data = DatasetBase::new(customers(&summaries(&cdnow().0, AS_OF), "1997-09-30"), ());
    check(&BgNbd::params().fit(&data).unwrap().report, &[0.25162, 4.78894, 0.72343, 2.16109], -95_368.444);
    check(&MbgNbd::params().fit(&data).unwrap().report, &[0.63714, 7.31029, 0.80747, 1.22839], -95_336.958);
    check(
        &ParetoNbd::params().fit(&data).unwrap().report,
        &[0.59742, 11.58566, 0.52219, 8.82776],
        -95_415.119,
    );
}

/// Re-computed with scipy, on the mean of the repeat occasions.
#[test]
fn spend_model_on_the_whole_cohort() {
    let summaries = summaries(&cdnow().0, AS_OF);
    let repeats: Vec<(u32, f64)> = summaries
        .iter()
        .map(|summary| (summary.frequency, summary.mean_repeat_spend()))
        .filter(|(orders, mean)| *orders > 0 && *mean > 0.0)
        .collect();
    assert_eq!(repeats.len(), 9_450);
    let data = DatasetBase::new(SpendData::new(repeats).unwrap(), ());
    check(&GammaGamma::params().fit(&data).unwrap().report, &[6.2754, 3.6244, 14.9837], -40_763.476);
}

/// A retailer's 600 customers over two years, as shipped with `CLVTools`: its vignette's Pareto/NBD, the
/// others re-computed with scipy. The data may not be shipped here, so this runs where they are at hand.
#[test]
fn purchase_models_on_a_retailer() {
    let Some(path) = data_at_hand("apparel/apparelTrans.csv") else { return };
    let (book, _) = orders::read(&path, None);
    let data = DatasetBase::new(customers(&summaries(&book, "2007-01-01"), "2006-12-31"), ());
    assert_eq!(data.records().customers(), 600.0);
    check(&BgNbd::params().fit(&data).unwrap().report, &[0.60731, 20.95675, 1.27556, 8.86095], -5_857.020);
    check(&MbgNbd::params().fit(&data).unwrap().report, &[1.89138, 45.8272, 0.60237, 1.58237], -5_848.045);
    check(
        &ParetoNbd::params().fit(&data).unwrap().report,
        &[1.4489768, 48.6360845, 0.5612598, 46.8843633],
        -5_848.098,
    );
}
