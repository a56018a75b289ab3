//! How fast models are fitted and customers scored: `cargo bench -p tenure-learn`.
//!
//! Beside another library in one run: `tests/python/compare_fit.py`.

use std::hint::black_box;
use std::path::Path;
use std::time::Duration;

use criterion::{Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use linfa::DatasetBase;
use linfa::traits::Fit;
use tenure_behaviour::{OccasionRule, PurchaseSummary, SummaryRule};
use tenure_btyd::{BgNbd, Customer, ParetoNbd, RfmData};
use tenure_bundle::{Limits, ScoreOptions, Scorer};
use tenure_core::{AsOf, Currency, DiscountRate, Money, TimeZone, Timestamp, Weeks};
use tenure_eventlog::{ImportOptions, read_events};
use tenure_learn::{ModelChoice, OrderBook, OrderKind, Recipe, train};

/// A small generator of our own: benches need no better one.
struct Noise(u64);

impl Noise {
    fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    fn wait(&mut self, rate: f64) -> f64 {
        -self.unit().ln() / rate
    }
}

/// Customers who order at a rate of their own, leave after an order with one chance in four, in whole days.
fn customers(n: usize) -> Vec<Customer> {
    let mut noise = Noise(7);
    let one = |_| {
        let age = (364.0 + 364.0 * noise.unit()).round();
        let rate = 0.01 * noise.wait(1.0);
        let (mut x, mut last, mut clock) = (0, 0.0, 0.0);
        loop {
            clock += noise.wait(rate).ceil();
            if clock > age {
                break;
            }
            (x, last) = (x + 1, clock);
            if noise.unit() < 0.25 {
                break;
            }
        }
        let weeks = |days: f64| Weeks::new(days / 7.0).unwrap_or(Weeks::ZERO);
        Customer::new(x, weeks(last), weeks(age)).unwrap_or(Customer::NEW)
    };
    (0..n).map(one).collect()
}

fn cdnow() -> (OrderBook, Recipe) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../cli/data/CDNOW_master.txt.gz");
    let instant = |text: &str| Timestamp::parse(text, &TimeZone::utc()).expect("a date");
    let options = ImportOptions {
        columns: "customer_id=#1,occurred_at=#2,amount=#4".parse().expect("a map"),
        ..ImportOptions::new(Currency::USD, instant("2026-01-01"))
    };
    let mut book = OrderBook::new(Currency::USD);
    read_events(&path, &options, &mut |event| Ok(book.record(event)?), &mut |_| {}).expect("the orders");
    let horizon = "90d".parse().expect("a horizon");
    let recipe = Recipe {
        as_of: AsOf::new(instant("1997-10-01")),
        horizon,
        horizons: Recipe::standard_horizons(),
        clv_horizon: "365d".parse().expect("a horizon"),
        discount_rate: DiscountRate::new(0.1).expect("a rate"),
        summary_rule: SummaryRule { occasion: OccasionRule::Day, time_zone: TimeZone::utc() },
        model: ModelChoice::Best,
        penalizer: 0.0,
        definitions: Recipe::standard_definitions(),
        churn: None,
        trees: Recipe::standard_trees(),
        correct_level: true,
    };
    (book, recipe)
}

fn fitting(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("fit");
    group.sample_size(10).sampling_mode(SamplingMode::Flat).measurement_time(Duration::from_secs(5));
    let million = customers(1_000_000);
    group.bench_function("bg_nbd/1_000_000_customers", |bench| {
        bench.iter(|| {
            let data = DatasetBase::new(RfmData::new(million.iter().copied()).expect("customers"), ());
            BgNbd::params().fit(black_box(&data)).expect("a fit")
        });
    });
    let (book, recipe) = cdnow();
    let seen = |(_, history): &(_, &tenure_behaviour::OrderHistory)| {
        let summary = PurchaseSummary::of(history, recipe.as_of, &recipe.summary_rule).ok().flatten()?;
        Customer::new(summary.frequency, summary.recency_age, summary.age).ok()
    };
    let cohort: Vec<Customer> = book.sorted().iter().filter_map(seen).collect();
    group.bench_function("pareto_nbd/cdnow_23_570_customers", |bench| {
        bench.iter(|| {
            let data = DatasetBase::new(RfmData::new(cohort.iter().copied()).expect("customers"), ());
            ParetoNbd::params().fit(black_box(&data)).expect("a fit")
        });
    });
    group.bench_function("train/cdnow_backtest_and_choice", |bench| {
        bench.iter(|| train(&book, &recipe).expect("a model"));
    });
    group.finish();
}

/// A million customers, no two alike, every field of the score, on one core.
fn scoring(criterion: &mut Criterion) {
    let (book, recipe) = cdnow();
    let as_of = recipe.as_of;
    let mut noise = Noise(11);
    let second = |noise: &mut Noise, from: f64, to: f64| {
        let microseconds =
            as_of.instant().microseconds() - ((from + (to - from) * noise.unit()) * 86_400e6) as i64;
        Timestamp::from_microseconds(microseconds).expect("an instant")
    };
    let one = |_| {
        let frequency = (noise.wait(0.4)) as u32;
        let first = second(&mut noise, 200.0, 700.0);
        let last = if frequency == 0 { first } else { second(&mut noise, 0.0, 200.0) };
        let cents =
            |noise: &mut Noise| Money::from_minor_units((noise.wait(0.0003)) as i64 + 1, Currency::USD);
        PurchaseSummary {
            frequency,
            recency_age: last.since(first).weeks(),
            age: as_of.instant().since(first).weeks(),
            log_gaps: 0.0,
            first_order_at: first,
            last_order_at: last,
            since_last: as_of.instant().since(last),
            net_spend: cents(&mut noise).checked_add(cents(&mut noise)).expect("a sum"),
            first_spend: cents(&mut noise),
        }
    };
    let summaries: Vec<PurchaseSummary> = (0..1_000_000).map(one).collect();
    let mut group = criterion.benchmark_group("score");
    group
        .sample_size(10)
        .measurement_time(Duration::from_secs(20))
        .throughput(Throughput::Elements(1_000_000));
    for kind in OrderKind::ALL {
        let recipe = Recipe { model: ModelChoice::Fixed(kind), ..recipe.clone() };
        let bytes = train(&book, &recipe).expect("a model").to_bundle().expect("a bundle");
        let scorer = Scorer::from_bytes(&bytes, &Limits::default()).expect("a scorer");
        let options: ScoreOptions = scorer.defaults(as_of);
        group.bench_function(format!("{kind}/1_000_000_customers_one_core"), |bench| {
            bench.iter(|| {
                for summary in &summaries {
                    black_box(scorer.score_summary(Some(black_box(summary)), &options));
                }
            });
        });
    }
    group.finish();
}

criterion_group!(benches, fitting, scoring);
criterion_main!(benches);
