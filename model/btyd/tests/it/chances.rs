//! BG/BB: the donations of Fader, Hardie and Shang (2010).

use approx::{assert_abs_diff_eq, assert_relative_eq};
use linfa::DatasetBase;
use linfa::traits::Fit;
use tenure_btyd::{BgBb, BtydError, ChanceCustomer, ChanceData, Fitted, PeriodDiscount};

pub(crate) fn chances(frequency: u32, last: u32, chances: u32) -> ChanceCustomer {
    ChanceCustomer::new(frequency, last, chances).unwrap()
}

/// 11,104 donors of 1995 over the years 1996 to 2001.
pub(crate) fn donors() -> Vec<(ChanceCustomer, f64)> {
    let row = |line: &str| {
        let cells: Vec<u32> = line.split(',').map(|cell| cell.parse().unwrap()).collect();
        (chances(cells[0], cells[1], cells[2]), f64::from(cells[3]))
    };
    include_str!("../golden/donations.csv").lines().skip(1).map(row).collect()
}

pub(crate) fn fit(rows: impl IntoIterator<Item = (ChanceCustomer, f64)>) -> Fitted<BgBb> {
    BgBb::params().fit(&DatasetBase::new(ChanceData::weighted(rows).unwrap(), ())).unwrap()
}

/// BTYD: 1.2035 .7497 .6568 2.7838, LL -33225.58; the paper rounds to 1.204 .750 .657 2.783.
#[test]
fn donations_have_the_published_estimates() {
    let fitted = fit(donors());
    for (found, expected) in
        fitted.model.parameters().into_iter().zip([1.203_52, 0.749_72, 0.656_72, 2.783_44])
    {
        assert_relative_eq!(found, expected, max_relative = 2e-4);
    }
    assert_abs_diff_eq!(fitted.report.log_likelihood, -33_225.581_3, epsilon = 1e-3);
    assert_eq!((fitted.report.customers, fitted.report.distinct), (11_104.0, 22));
    let sum: f64 = donors().iter().map(|(seen, n)| n * fitted.model.log_likelihood(seen)).sum();
    assert_relative_eq!(fitted.report.log_likelihood, sum, max_relative = 1e-12);
}

/// The paper's table of P(alive in 2002), the expectations that BTYD prints, all at its estimates.
#[test]
fn predictions_are_the_papers() {
    let model = BgBb::new(1.203_52, 0.749_72, 0.656_72, 2.783_44).unwrap();
    let at = |x, last| model.outlook(&chances(x, last, 6));
    for ((x, last), expected) in [((0, 0), 0.108_13), ((2, 4), 0.589_66), ((6, 6), 0.930_43)] {
        assert_abs_diff_eq!(at(x, last).p_alive_after(1), expected, epsilon = 1e-5);
    }
    let expected = [
        (at(0, 0), 5, 0.0729),
        (at(6, 6), 5, 3.7525),
        (at(0, 0), 10, 0.130_216_9),
        (at(4, 5), 10, 3.627_858),
    ];
    for (outlook, years, expected) in expected {
        assert_abs_diff_eq!(outlook.expected_orders(years), expected, epsilon = 2e-4);
    }
    let all: f64 = donors().iter().map(|(seen, n)| n * model.outlook(seen).expected_orders(5)).sum();
    assert_abs_diff_eq!(all, 12_884.157, epsilon = 0.2);
    let new = model.outlook(&ChanceCustomer::NEW);
    let by_year = [0.4985, 0.9233, 1.2969, 1.6323, 1.9381, 2.2202, 2.4826, 2.7285, 2.9603, 3.1798, 3.3887];
    for (years, expected) in (1..).zip(by_year) {
        assert_abs_diff_eq!(new.expected_orders(years), expected, epsilon = 1e-4);
    }
    assert_abs_diff_eq!(11_104.0 * new.p_orders(0, 6), 3_454.9, epsilon = 0.2);
    assert_abs_diff_eq!(11_104.0 * new.p_orders(6, 6), 1_253.1, epsilon = 0.2);
}

/// Holdout 2002 to 2006 by frequency and the tracking of eleven years.
#[test]
fn the_holdout_is_foretold_as_published() {
    let model = BgBb::new(1.203_52, 0.749_72, 0.656_72, 2.783_44).unwrap();
    let published = [0.07286, 0.32488, 0.70894, 1.33367, 2.03120, 2.78448, 3.75250];
    let mut sums = [(0.0, 0.0); 7];
    for (seen, n) in donors() {
        let sum = &mut sums[seen.frequency() as usize];
        sum.0 += n;
        sum.1 += n * model.outlook(&seen).expected_orders(5);
    }
    for ((n, orders), expected) in sums.into_iter().zip(published) {
        assert_abs_diff_eq!(orders / n, expected, epsilon = 2e-4);
    }
    let tracked = [
        5535.833, 4717.059, 4147.621, 3724.665, 3395.888, 3131.647, 2913.778, 2730.482, 2573.731, 2437.854,
        2318.727,
    ];
    let new = model.outlook(&ChanceCustomer::NEW);
    for (year, expected) in (1..).zip(tracked) {
        let orders = 11_104.0 * (new.expected_orders(year) - new.expected_orders(year - 1));
        assert_abs_diff_eq!(orders, expected, epsilon = 0.5);
    }
}

#[test]
fn what_cannot_be_is_refused() {
    for (x, last, n) in [(3, 2, 6), (1, 7, 6), (0, 1, 6), (1, 0, 6), (1, 1, 100_001)] {
        let refused = ChanceCustomer::new(x, last, n);
        assert!(matches!(refused, Err(BtydError::InvalidChances { .. })), "{x} {last} {n}");
    }
    let never = ChanceData::new([chances(0, 0, 6); 4]).unwrap();
    let refused = BgBb::params().fit(&DatasetBase::new(never, ()));
    assert!(matches!(refused, Err(BtydError::NoRepeatPurchase { customers: 4 })));
    assert!(matches!(ChanceData::new([]), Err(BtydError::TooFewCustomers { .. })));
    assert!(matches!(PeriodDiscount::new(-0.1), Err(BtydError::InvalidPeriodDiscount { .. })));
    assert!(serde_json::from_str::<BgBb>("[1, 1, 0, 1]").is_err());
}
