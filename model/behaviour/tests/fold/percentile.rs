//! Quantiles, fitted and read.

use tenure_behaviour::expression::{Expression, Function as F, Window};
use tenure_behaviour::fold::{CustomerState, Program, QuantileTable, Quantiles, Surroundings, Value};

use super::build::{at, event, plain, settings, value};

#[test]
fn a_percentile_is_the_share_of_customers_not_above() {
    let orders = plain(F::Count, "order", Window::Always);
    let program = Program::compile(&[value(Expression::Percentile(Box::new(orders)))], &settings()).unwrap();
    let state = |orders: i64| {
        let mut state = CustomerState::new(&program);
        for us in 0..orders {
            state.apply(&program, &event("order", us));
        }
        state
    };
    let bare = Surroundings::at(at(100));
    let mut quantiles = Quantiles::default();
    let shop = [0, 1, 1, 1, 5].map(state);
    let mut fitted = Vec::new();
    for state in &shop {
        fitted.extend(program.percentile_values(state, &bare));
    }
    let key = fitted[0].0;
    quantiles.insert(key, QuantileTable::fit(fitted.iter().filter_map(|(_, value)| *value).collect()));
    let around = Surroundings { quantiles: Some(&quantiles), ..bare };
    let shares = [0, 1, 4, 9].map(|orders| program.value(0, &state(orders), &around));
    assert_eq!(shares, [0.2, 0.8, 0.8, 1.0].map(Value::Number));
    assert_eq!(program.value(0, &shop[1], &bare), Value::Missing);
}

#[test]
fn a_compressed_table_is_off_by_a_thousandth_at_most() {
    let values: Vec<f64> = (0..50_000).map(|i| f64::from(i).powi(2)).collect();
    let table = QuantileTable::fit(values.iter().rev().copied().collect());
    for rank in [0, 1, 49, 50, 51, 24_999, 49_948, 49_998, 49_999] {
        let exact = f64::from(rank + 1) / 50_000.0;
        let found = table.share_at_most(f64::from(rank).powi(2));
        assert!((found - exact).abs() <= 0.001, "{rank}: {found} for {exact}");
    }
    assert_eq!((table.share_at_most(-1.0), table.share_at_most(1e18)), (0.0, 1.0));
    assert_eq!(QuantileTable::fit(vec![f64::NAN]).share_at_most(0.0), 0.0);
}

#[test]
fn tables_are_checked_when_read() {
    let table = QuantileTable::fit(vec![2.0, 1.0]);
    let json = serde_json::to_string(&table).unwrap();
    assert_eq!(json, "[1.0,2.0]");
    assert_eq!(serde_json::from_str::<QuantileTable>(&json).unwrap(), table);
    assert!(serde_json::from_str::<QuantileTable>("[2.0,1.0]").is_err());
}
