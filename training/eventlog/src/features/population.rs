//! What a shop's customers are like as a whole: RFM quintiles, and quantiles for percentiles.

use std::collections::BTreeMap;

use tenure_behaviour::Fact;
use tenure_behaviour::expression::{
    Aggregate, Attribute, Body, Definition, Expression, Function, NumberAttribute,
};
use tenure_behaviour::expression::{Selector, TextAttribute, Window};
use tenure_behaviour::fold::{
    CustomerState, Program, QuantileTable, Quantiles, Settings, Surroundings, Value, snapshots,
};
use tenure_behaviour::rfm::{RfmCutPoints, RfmValues};
use tenure_core::{AsOf, Duration, EventKind, Money};

use super::in_order::in_order;
use crate::EventLogError;
use crate::log::EventLog;

/// What a shop's customers are like as a whole at an as-of.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Population {
    /// The quintiles of recency, frequency and money; absent where nobody has ordered.
    pub rfm: Option<RfmCutPoints>,
    /// The quantiles of each expression of which the program takes a percentile.
    pub quantiles: Quantiles,
    /// Customers of whom anything was known.
    pub customers: u64,
}

/// Values of many customers at one as-of, before they are sorted.
#[derive(Default)]
struct Values {
    rfm: Vec<RfmValues>,
    percentiles: BTreeMap<u64, Vec<f64>>,
    customers: u64,
}

impl Population {
    /// Fits the population of a log at each as-of (rising), for what `program` asks of it; reads the log once.
    ///
    /// Recency is the time since the last standing order, frequency the local days with an order, money net spend.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn of_each(
        log: &EventLog,
        program: &Program,
        settings: &Settings,
        as_ofs: &[AsOf],
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<Vec<Self>, EventLogError> {
        if program.nests_fits() {
            return Err(EventLogError::NestedFit);
        }
        let measures = Program::compile(&rfm_measures(), settings)?;
        let reader = log.reader(super::columns_of(program).union(super::columns_of(&measures)))?;
        let mut all: Vec<Values> = as_ofs.iter().map(|_| Values::default()).collect();
        in_order(
            reader.buckets(),
            |bucket| {
                let mut found: Vec<Values> = as_ofs.iter().map(|_| Values::default()).collect();
                let (mut state, mut measured) = (CustomerState::new(program), CustomerState::new(&measures));
                let mut visit = |facts: &[Fact]| {
                    // Who was not known yet is none of the population.
                    let is_known =
                        |place: usize| facts.first().is_some_and(|fact| as_ofs[place].knows(fact.known_at()));
                    snapshots(program, facts, as_ofs, &mut state, |place, state| {
                        if is_known(place) {
                            found[place].add_percentiles(program, state, as_ofs[place]);
                        }
                    });
                    snapshots(&measures, facts, as_ofs, &mut measured, |place, state| {
                        if is_known(place) {
                            found[place].add_rfm(&measures, state, as_ofs[place], settings);
                        }
                    });
                    Ok(())
                };
                reader.scan(bucket, &mut |_, facts| visit(facts), progress)?;
                Ok(found)
            },
            |found| {
                all.iter_mut().zip(found).for_each(|(all, found)| all.merge(found));
                Ok(())
            },
        )?;
        all.into_iter().map(Values::fit).collect()
    }
}

impl Values {
    fn add_percentiles(&mut self, program: &Program, state: &CustomerState, as_of: AsOf) {
        for (key, value) in program.percentile_values(state, &Surroundings::at(as_of)) {
            let values = self.percentiles.entry(key).or_default();
            values.extend(value);
        }
    }

    fn add_rfm(&mut self, measures: &Program, state: &CustomerState, as_of: AsOf, settings: &Settings) {
        let surroundings = Surroundings::at(as_of);
        let value = |index| match measures.value(index, state, &surroundings) {
            Value::Number(number) => Some(number),
            Value::Missing | Value::Text(_) | Value::Truth(_) => None,
        };
        self.customers += 1;
        // These floats come from integers, and are far from where a float skips one.
        if let (Some(days), Some(occasions), Some(money)) = (value(0), value(1), value(2)) {
            let minor = money * settings.currency.minor_per_major() as f64;
            self.rfm.push(RfmValues {
                since_last: Duration::from_microseconds((days * 86_400e6).round() as i64)
                    .unwrap_or(Duration::ZERO),
                occasions: occasions as u32,
                monetary: Money::from_minor_units(minor.round() as i64, settings.currency),
            });
        }
    }

    fn merge(&mut self, other: Self) {
        self.rfm.extend(other.rfm);
        self.customers += other.customers;
        for (key, values) in other.percentiles {
            self.percentiles.entry(key).or_default().extend(values);
        }
    }

    fn fit(self) -> Result<Population, EventLogError> {
        let mut quantiles = Quantiles::default();
        for (key, values) in self.percentiles {
            quantiles.insert(key, QuantileTable::fit(values));
        }
        let rfm = (!self.rfm.is_empty()).then(|| RfmCutPoints::fit_values(self.rfm)).transpose()?;
        Ok(Population { rfm, quantiles, customers: self.customers })
    }
}

/// Recency, frequency and money, as the language has them.
fn rfm_measures() -> [Definition; 3] {
    let of_orders = |name: &str, function, attribute| {
        let selector = Selector { kind: Some(EventKind::Order), filter: None };
        let aggregate = Aggregate { function, selector, attribute, window: Window::Always };
        Definition { name: name.into(), body: Body::Value(Expression::Aggregate(aggregate)) }
    };
    [
        of_orders("recency", Function::DaysSince, None),
        of_orders("frequency", Function::Distinct, Some(Attribute::Text(TextAttribute::Day))),
        of_orders("monetary", Function::Sum, Some(Attribute::Number(NumberAttribute::Amount))),
    ]
}
