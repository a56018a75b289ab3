//! Ten customers by three models against 40-digit arithmetic, to 1e-9.

use approx::assert_relative_eq;
use serde_json::Value;
use tenure_btyd::{BgNbd, Customer, MbgNbd, Outlook, ParetoNbd, PurchaseModel};
use tenure_core::DiscountRate;

use crate::support::{customer, weeks};

/// Below this a double is zero: 1e-728 has no other name.
const UNDERFLOW: f64 = 1e-300;

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| value.as_str().unwrap().parse().unwrap())
}

#[track_caller]
fn same(found: f64, expected: &Value) {
    let expected = number(expected);
    if expected.abs() < UNDERFLOW {
        assert!(found.is_finite() && found.abs() < UNDERFLOW, "{found} should be all but zero");
    } else {
        assert_relative_eq!(found, expected, max_relative = 1e-9);
    }
}

fn check(name: &str, model: &impl PurchaseModel) {
    let table: Value = serde_json::from_str(include_str!("../golden/rows.json")).unwrap();
    for row in table[name]["rows"].as_array().unwrap() {
        let seen = customer(row["x"].as_u64().unwrap() as u32, number(&row["tx"]), number(&row["T"]));
        let outlook = model.outlook(&seen);
        same(model.log_likelihood(&seen), &row["ll"]);
        same(outlook.p_alive(), &row["p_alive"]);
        same(outlook.expected_orders(weeks(39.0)), &row["cet39"]);
        same(outlook.expected_orders(weeks(52.0)), &row["cet52"]);
        if let Some(dert) = row.get("dert_d0.15yr_weekly") {
            // The table discounts by 0.15 / 52 a week; our rate is annual and effective.
            let annual = (0.15_f64 / 52.0 * 365.25 / 7.0).exp_m1();
            let rate = DiscountRate::new(annual).unwrap();
            same(outlook.discounted_orders_lifetime(rate).unwrap(), dert);
        }
    }
    let new = model.outlook(&Customer::NEW);
    for (t, expected) in table[name]["E_X_t"].as_object().unwrap() {
        same(new.expected_orders(weeks(t.parse().unwrap())), expected);
    }
}

#[test]
fn bg_nbd() {
    check("BG/NBD", &BgNbd::new(0.243, 4.414, 0.793, 2.426).unwrap());
}

#[test]
fn mbg_nbd() {
    check("MBG/NBD", &MbgNbd::new(0.525, 6.183, 0.891, 1.614).unwrap());
}

#[test]
fn pareto_nbd() {
    check("Pareto/NBD", &ParetoNbd::new(0.553, 10.578, 0.606, 11.669).unwrap());
}
