//! Customers with what is known of them from the start.

use std::collections::BTreeMap;

use linfa::dataset::Records;

use crate::{BtydError, Customer, RfmData};

/// Customers, each with a value of every covariate: gender as 0 or 1, a channel as 0 or 1, an age.
///
/// Customers with the same values are one group, and collapse within it as in [`RfmData`].
#[derive(Clone, Debug)]
pub struct CovariateData {
    pub(super) names: Vec<String>,
    /// Sorted by the values.
    pub(super) groups: Vec<(Vec<f64>, RfmData)>,
    customers: f64,
}

impl CovariateData {
    /// Takes the names of the covariates and, of every customer, their values in the same order.
    ///
    /// # Errors
    /// When there is no customer, a customer has more or fewer values than there are names, a value is not finite, or
    /// a covariate has one value for all: nothing can be told from that.
    pub fn new(
        names: impl IntoIterator<Item = impl Into<String>>,
        customers: impl IntoIterator<Item = (Customer, Vec<f64>)>,
    ) -> Result<Self, BtydError> {
        let names: Vec<String> = names.into_iter().map(Into::into).collect();
        // By the bits of the values: any order will do, if it is always the same.
        let mut groups: BTreeMap<Vec<u64>, (Vec<f64>, Vec<Customer>)> = BTreeMap::new();
        for (customer, values) in customers {
            if values.len() != names.len() {
                return Err(BtydError::CovariateCount { expected: names.len(), got: values.len() });
            }
            // A negative zero is a zero.
            let values: Vec<f64> = values.iter().map(|value| value + 0.0).collect();
            if let Some((name, value)) = names.iter().zip(&values).find(|(_, value)| !value.is_finite()) {
                return Err(BtydError::InvalidCovariate { name: name.clone(), value: *value });
            }
            let key = values.iter().map(|value| value.to_bits()).collect();
            groups.entry(key).or_insert_with(|| (values, Vec::new())).1.push(customer);
        }
        if groups.is_empty() {
            return Err(BtydError::TooFewCustomers { needed: 1, got: 0 });
        }
        for (index, name) in names.iter().enumerate() {
            let mut values = groups.values().map(|(values, _)| values[index]);
            let first = values.next();
            if values.all(|value| Some(value) == first) {
                return Err(BtydError::ConstantCovariate { name: name.clone() });
            }
        }
        let groups = groups.into_values().map(|(values, members)| Ok((values, RfmData::new(members)?)));
        let groups: Vec<(Vec<f64>, RfmData)> = groups.collect::<Result<_, BtydError>>()?;
        let customers = groups.iter().map(|(_, group)| group.customers()).sum();
        Ok(Self { names, groups, customers })
    }

    /// Number of customers.
    #[must_use]
    pub const fn customers(&self) -> f64 {
        self.customers
    }

    /// Names of the covariates.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Distinct rows over all groups.
    pub(super) fn distinct(&self) -> usize {
        self.groups.iter().map(|(_, group)| group.distinct()).sum()
    }

    /// Mean and deviation of one covariate over customers.
    pub(super) fn spread(&self, covariate: usize) -> (f64, f64) {
        let mean_of = |of: &dyn Fn(f64) -> f64| {
            let total = self.groups.iter().map(|(values, group)| of(values[covariate]) * group.customers());
            total.sum::<f64>() / self.customers
        };
        let mean = mean_of(&|value| value);
        (mean, mean_of(&|value| (value - mean) * (value - mean)).sqrt())
    }
}

impl Records for CovariateData {
    type Elem = f64;

    fn nsamples(&self) -> usize {
        self.distinct()
    }

    /// x, `t_x`, T and the covariates.
    fn nfeatures(&self) -> usize {
        3 + self.names.len()
    }
}
