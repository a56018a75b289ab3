//! Customers who order more regularly than at random: CDNOW, 30-digit arithmetic, and the models they nest.

use approx::{assert_abs_diff_eq, assert_relative_eq};
use linfa::traits::Fit;
use linfa::{DatasetBase, ParamGuard};
use serde_json::Value;
use tenure_btyd::{BgCnbd, BgNbd, BtydError, MAX_REGULARITY, MbgCnbd, Outlook, PurchaseModel, RfmData};
use tenure_core::DiscountRate;

use crate::support::{cdnow_customers, cdnow_sample, customer, weeks};

/// Sum of the logarithms of the 2,457 gaps of the CDNOW sample, in weeks, by numpy from the file of its orders.
const CDNOW_LOG_GAPS: f64 = 2_909.504_668_589_727_8;

fn cdnow_with_gaps() -> RfmData {
    cdnow_sample().with_log_gaps(CDNOW_LOG_GAPS).unwrap()
}

#[track_caller]
fn close(found: [f64; 4], expected: [f64; 4]) {
    for (found, expected) in found.into_iter().zip(expected) {
        assert_relative_eq!(found, expected, max_relative = 2e-4);
    }
}

/// Of scipy (Nelder-Mead on the likelihood): a record shop's customers come at random.
#[test]
fn cdnow_is_not_regular() {
    let (by_gaps, by_rfm) = (DatasetBase::new(cdnow_with_gaps(), ()), DatasetBase::new(cdnow_sample(), ()));
    for data in [&by_gaps, &by_rfm] {
        let fitted = MbgCnbd::params().fit(data).unwrap();
        assert_eq!(fitted.model.regularity(), 1);
        assert_abs_diff_eq!(fitted.report.log_likelihood, -9_582.135_7, epsilon = 1e-3);
        assert_eq!(BgCnbd::params().fit(data).unwrap().model.regularity(), 1);
    }
    let two = BgCnbd::params().regularity(2).fit(&by_gaps).unwrap();
    close(two.model.parameters(), [0.226_917_22, 1.462_919_67, 0.944_002_14, 2.074_328_59]);
    assert_abs_diff_eq!(two.report.log_likelihood, -9_855.326_97, epsilon = 1e-3);
    let three = MbgCnbd::params().regularity(3).fit(&by_gaps).unwrap();
    close(three.model.parameters(), [0.532_968_38, 1.258_195_6, 1.288_663_97, 1.845_209_42]);
    assert_abs_diff_eq!(three.report.log_likelihood, -10_394.362_65, epsilon = 1e-3);
    let (k, r) = (&three.report.parameters.0[0], &three.report.parameters.0[1]);
    assert_eq!((k.name.as_str(), k.value, k.standard_error), ("k", 3.0, None));
    assert!(r.name == "r" && r.standard_error.is_some_and(|error| error > 0.0 && error < 0.1));
    let alone = MbgCnbd::params().regularity(3).fit(&by_rfm).unwrap();
    assert_abs_diff_eq!(alone.report.log_likelihood, -9_610.358_78, epsilon = 1e-3);
}

#[test]
fn without_two_gaps_of_one_customer_no_regularity_is_seen() {
    assert_eq!(cdnow_sample().regularity(), None);
    assert_eq!(cdnow_with_gaps().regularity(), Some(1));
    let once = RfmData::new([customer(1, 3.0, 9.0), customer(0, 0.0, 4.0)]).unwrap();
    assert_eq!(once.with_log_gaps(3.0_f64.ln()).unwrap().regularity(), Some(1));
    // Two orders a year apart and as even as can be; all at one instant.
    let even = RfmData::new([customer(2, 104.0, 110.0)]).unwrap();
    assert_eq!(even.with_log_gaps(2.0 * 52.0_f64.ln()).unwrap().regularity(), Some(MAX_REGULARITY));
    let at_once = RfmData::new([customer(5, 0.0, 0.0)]).unwrap();
    assert_eq!(at_once.with_log_gaps(-5.0 * 168.0_f64.ln()).unwrap().regularity(), Some(MAX_REGULARITY));
}

#[test]
fn fitted_with_a_regularity_of_one_it_is_the_random_model() {
    let data = DatasetBase::new(cdnow_sample(), ());
    let (plain, one) =
        (BgNbd::params().fit(&data).unwrap(), BgCnbd::params().regularity(1).fit(&data).unwrap());
    close(one.model.parameters(), plain.model.parameters());
    assert_relative_eq!(one.report.log_likelihood, plain.report.log_likelihood, max_relative = 1e-12);
}

/// The posterior over the rate integrated by mpmath, Erlang's survival and the orders summed one by one.
#[test]
fn predictions_agree_with_quadrature_over_the_rate() {
    let table: Value = serde_json::from_str(include_str!("../golden/regular.json")).unwrap();
    for (name, blocks) in table.as_object().unwrap() {
        for block in blocks.as_array().unwrap() {
            let [k, r, alpha, a, b] = std::array::from_fn(|n| number(&block["params"][n]));
            for row in block["rows"].as_array().unwrap() {
                if name == "bg" {
                    check_row(&BgCnbd::new(k as u32, r, alpha, a, b).unwrap(), row);
                } else {
                    check_row(&MbgCnbd::new(k as u32, r, alpha, a, b).unwrap(), row);
                }
            }
        }
    }
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| value.as_str().unwrap().parse().unwrap())
}

fn check_row(model: &impl PurchaseModel, row: &Value) {
    let seen = customer(row["x"].as_u64().unwrap() as u32, number(&row["tx"]), number(&row["T"]));
    let outlook = model.outlook(&seen);
    let discounted = outlook.discounted_orders_lifetime(DiscountRate::new(0.15).unwrap()).unwrap();
    for (found, expected) in [
        (model.log_likelihood(&seen), "ll"),
        (outlook.p_alive(), "p_alive"),
        (outlook.expected_orders(weeks(13.0)), "cet13"),
        (outlook.expected_orders(weeks(52.0)), "cet52"),
        (outlook.p_no_order(weeks(13.0)), "no_order13"),
        (outlook.p_no_order(weeks(52.0)), "no_order52"),
        (discounted, "dert15"),
    ] {
        let expected = number(&row[expected]);
        assert_relative_eq!(found, expected, max_relative = 1e-8);
    }
}

/// The sum of two customers' gaps is the data's; a fit's likelihood is the customers' own.
#[test]
fn likelihoods_with_gaps_add_up() {
    let seen = [(customer(3, 12.0, 20.0), 3.0 * 4.0_f64.ln()), (customer(1, 5.0, 20.0), 5.0_f64.ln())];
    let model = BgCnbd::new(2, 0.8, 3.0, 0.5, 2.0).unwrap();
    for (customer, log_gaps) in seen {
        // Equal gaps are likelier than the average over all gaps with this sum.
        let (with, without) =
            (model.log_likelihood_with_gaps(&customer, log_gaps), model.log_likelihood(&customer));
        assert!(with > without - 1e-12, "{with} {without}");
    }
    let one = model.log_likelihood_with_gaps(&seen[1].0, seen[1].1);
    // A single gap is the age at the last order.
    assert_relative_eq!(one, model.log_likelihood(&seen[1].0), max_relative = 1e-12);
    let fitted = BgCnbd::params().regularity(2).fit(&DatasetBase::new(cdnow_sample(), ())).unwrap();
    let sum: f64 = cdnow_customers().iter().map(|(seen, n)| n * fitted.model.log_likelihood(seen)).sum();
    assert_relative_eq!(fitted.report.log_likelihood, sum, max_relative = 1e-12);
}

#[test]
fn regularities_out_of_range_are_refused() {
    for k in [0, MAX_REGULARITY + 1] {
        let refused = BgCnbd::new(k, 1.0, 1.0, 1.0, 1.0);
        assert!(matches!(refused, Err(BtydError::InvalidRegularity { value, .. }) if value == f64::from(k)));
        let refused = MbgCnbd::params().regularity(k).check();
        assert!(matches!(refused, Err(BtydError::InvalidRegularity { .. })));
    }
    assert!(serde_json::from_str::<BgCnbd>("[1.5, 1, 1, 1, 1]").is_err());
    assert!(serde_json::from_str::<BgCnbd>("[2, 1, 1, 1, 1]").is_ok());
}
