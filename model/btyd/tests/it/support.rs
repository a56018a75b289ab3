//! The CDNOW sample, made-up customers with covariates and short ways to say things.

use tenure_btyd::simulate::{LivesOf, life};
use tenure_btyd::{Coefficient, Customer, RatesByCovariates, RfmData, SpendData, WithCovariates};
use tenure_core::Weeks;

pub(crate) fn weeks(value: f64) -> Weeks {
    Weeks::new(value).unwrap()
}

pub(crate) fn customer(frequency: u32, recency_age: f64, age: f64) -> Customer {
    Customer::new(frequency, weeks(recency_age), weeks(age)).unwrap()
}

/// The 1/10 sample of CDNOW, 2,357 customers.
pub(crate) fn cdnow_sample() -> RfmData {
    RfmData::weighted(cdnow_customers()).unwrap()
}

/// Its distinct customers and how many there are of each.
pub(crate) fn cdnow_customers() -> Vec<(Customer, f64)> {
    let row = |line: &str| {
        let mut cells = line.split(',').map(|cell| cell.parse::<f64>().unwrap());
        let mut next = || cells.next().unwrap();
        let (frequency, recency_days, age_days) = (next() as u32, next(), next());
        (customer(frequency, recency_days / 7.0, age_days / 7.0), next())
    };
    include_str!("../golden/cdnow_sample.csv").lines().skip(1).map(row).collect()
}

/// Number and mean of the repeat orders of its 946 repeat buyers.
pub(crate) fn cdnow_spend() -> SpendData {
    SpendData::new(cdnow_spenders()).unwrap()
}

/// The same, one by one.
pub(crate) fn cdnow_spenders() -> Vec<(u32, f64)> {
    let row = |line: &str| {
        let (orders, mean) = line.split_once(',').unwrap();
        (orders.parse().unwrap(), mean.parse().unwrap())
    };
    include_str!("../golden/cdnow_sample_spend.csv").lines().skip(1).map(row).collect()
}

/// The coefficients of the made-up customers of [`with_covariates`].
pub(crate) fn coefficients() -> Vec<Coefficient> {
    let coefficient =
        |name: &str, transaction, lifetime| Coefficient { name: name.to_owned(), transaction, lifetime };
    vec![coefficient("Gender", 0.6, -0.8), coefficient("Channel", 0.02, 0.01)]
}

/// Made-up customers with a covariate of two kinds and one that varies around 40, such as an age.
pub(crate) fn with_covariates<M: RatesByCovariates + LivesOf>(
    truth: &WithCovariates<M>,
    count: u64,
) -> Vec<(Customer, Vec<f64>)> {
    let one = |n: u64| {
        let values = vec![(n % 2) as f64, 30.0 + (n / 2 % 21) as f64];
        let model = truth.at(&values).unwrap();
        (life(&model, weeks(78.0), 3, n).customer(weeks(52.0 + (n % 26) as f64)).unwrap(), values)
    };
    (0..count).map(one).collect()
}

/// Integral over `[0, to]`, the ends left out by a hair: there logarithms end.
pub(crate) fn simpson(to: f64, f: impl Fn(f64) -> f64) -> f64 {
    simpson_between(0.0, to, |at| f(at.clamp(1e-9 * to, to * (1.0 - 1e-12))))
}

/// Integral over `[from, to]`.
pub(crate) fn simpson_between(from: f64, to: f64, f: impl Fn(f64) -> f64) -> f64 {
    const PIECES: u32 = 4_000;
    let at = |n: u32| f(from + (to - from) * f64::from(n) / f64::from(PIECES));
    let inner: f64 = (1..PIECES).map(|n| at(n) * if n % 2 == 0 { 2.0 } else { 4.0 }).sum();
    (at(0) + inner + at(PIECES)) * (to - from) / f64::from(PIECES) / 3.0
}
