//! What the purchase models are fitted to: distinct customers and how many there are of each.

use linfa::dataset::Records;

use crate::{BtydError, Customer};

/// Distinct `(x, t_x, T)` with the number of customers of each, as columns.
///
/// Equal customers collapse into one weighted row: the CDNOW cohort of 23,570 has 8,685 distinct ones, and
/// a likelihood costs by the row. Beside the rows it keeps the distinct ages, because most of the cost
/// of a likelihood is a logarithm (or a series) of an age, and shops count ages in days.
///
/// How regular customers are shows in the times *between* their orders, of which `(x, t_x, T)` keeps only the sum.
/// Models of regular customers ([`BgCnbd`](crate::BgCnbd), [`MbgCnbd`](crate::MbgCnbd)) read one number more,
/// which [`Self::with_log_gaps`] adds; they do without it, and then know less of the regularity.
#[derive(Clone, Debug)]
pub struct RfmData {
    pub(crate) rows: Vec<Row>,
    /// Distinct `(x, t)` with t an age at the last purchase or at the end, in weeks.
    pub(crate) nodes: Vec<Node>,
    /// See [`RfmData::with_log_gaps`].
    pub(crate) log_gaps: Option<f64>,
    customers: f64,
}

/// One distinct customer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    pub(crate) frequency: u32,
    /// Place of `(x, t_x)` in `nodes`.
    pub(crate) recency_node: u32,
    /// Place of `(x, T)` in `nodes`.
    pub(crate) age_node: u32,
    pub(crate) weight: f64,
}

/// A number of purchases and an age.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Node {
    pub(crate) frequency: u32,
    pub(crate) weeks: f64,
}

impl RfmData {
    /// Collapses customers, each of weight one.
    ///
    /// # Errors
    /// When there is no customer.
    pub fn new(customers: impl IntoIterator<Item = Customer>) -> Result<Self, BtydError> {
        Self::weighted(customers.into_iter().map(|customer| (customer, 1.0)))
    }

    /// Collapses customers that each stand for a number of equal ones.
    ///
    /// # Errors
    /// When there is no customer, or a weight is not finite and above zero.
    pub fn weighted(customers: impl IntoIterator<Item = (Customer, f64)>) -> Result<Self, BtydError> {
        let mut keys: Vec<Key> = Vec::new();
        for (customer, weight) in customers {
            if !(weight.is_finite() && weight > 0.0) {
                return Err(BtydError::InvalidWeight { value: weight });
            }
            keys.push(Key::of(&customer, weight));
        }
        if keys.is_empty() {
            return Err(BtydError::TooFewCustomers { needed: 1, got: 0 });
        }
        sort(&mut keys);
        // Equal neighbours add up in the sorted order, so the order of arrival does not matter
        // (weights of one are exact whatever the order).
        keys.dedup_by(|next, kept| {
            let same = next.order() == kept.order();
            if same {
                kept.weight += next.weight;
            }
            same
        });
        Ok(Self::from_distinct(&keys))
    }

    fn from_distinct(keys: &[Key]) -> Self {
        let mut nodes: Vec<Node> = Vec::new();
        let mut rows: Vec<Row> = Vec::with_capacity(keys.len());
        // Keys come sorted by (x, t_x, T): the recency node changes with the first two, and the ages of
        // one x are looked up in a small sorted list of their own.
        for group in keys.chunk_by(|left, right| left.frequency == right.frequency) {
            let frequency = group[0].frequency;
            let mut ages: Vec<u64> = group.iter().map(|key| key.age).collect();
            ages.sort_unstable();
            ages.dedup();
            // Looking an age up pays only where rows share them: ages in days do, ages in seconds do not.
            let shared = ages.len() * 2 <= group.len();
            let first_age = nodes.len();
            if shared {
                nodes.extend(ages.iter().map(|age| Node { frequency, weeks: f64::from_bits(*age) }));
            }
            let mut last_recency = None;
            let mut recency_node = 0;
            for key in group {
                if last_recency != Some(key.recency_age) {
                    last_recency = Some(key.recency_age);
                    recency_node = nodes.len();
                    nodes.push(Node { frequency, weeks: f64::from_bits(key.recency_age) });
                }
                let age_node = if shared {
                    first_age + ages.binary_search(&key.age).unwrap_or(0)
                } else {
                    nodes.push(Node { frequency, weeks: f64::from_bits(key.age) });
                    nodes.len() - 1
                };
                rows.push(Row {
                    frequency,
                    recency_node: u32::try_from(recency_node).unwrap_or(u32::MAX),
                    age_node: u32::try_from(age_node).unwrap_or(u32::MAX),
                    weight: key.weight,
                });
            }
        }
        let customers = rows.iter().map(|row| row.weight).sum();
        Self { rows, nodes, log_gaps: None, customers }
    }

    /// Total weight: how many customers the rows stand for.
    #[must_use]
    pub const fn customers(&self) -> f64 {
        self.customers
    }

    /// Number of distinct rows.
    #[must_use]
    pub fn distinct(&self) -> usize {
        self.rows.len()
    }

    /// Distinct customers with their weights.
    pub fn iter(&self) -> impl Iterator<Item = (Customer, f64)> + '_ {
        self.rows.iter().map(|row| {
            let weeks = |node: u32| tenure_core::Weeks::new(self.nodes[node as usize].weeks);
            let customer = weeks(row.recency_node)
                .and_then(|recency_age| Ok((recency_age, weeks(row.age_node)?)))
                .map_or(Customer::NEW, |(recency_age, age)| {
                    Customer::new(row.frequency, recency_age, age).unwrap_or(Customer::NEW)
                });
            (customer, row.weight)
        })
    }

    /// Largest x.
    pub(crate) fn max_frequency(&self) -> u32 {
        self.rows.last().map_or(0, |row| row.frequency)
    }

    /// Mean of x over customers.
    pub(crate) fn mean_frequency(&self) -> f64 {
        self.rows.iter().map(|row| f64::from(row.frequency) * row.weight).sum::<f64>() / self.customers
    }

    /// Mean of T over customers, in weeks.
    pub(crate) fn mean_age(&self) -> f64 {
        let total: f64 =
            self.rows.iter().map(|row| self.nodes[row.age_node as usize].weeks * row.weight).sum();
        total / self.customers
    }

    /// About `wanted` rows, every n-th, for finding a good start cheaply.
    pub(crate) fn thinned(&self, wanted: usize) -> Self {
        let step = self.rows.len().div_ceil(wanted).max(1);
        let keys: Vec<Key> =
            self.iter().step_by(step).map(|(customer, weight)| Key::of(&customer, weight)).collect();
        Self::from_distinct(&keys)
    }

    /// The same customers with every time divided by `unit` weeks.
    pub(crate) fn in_units_of(&self, unit: f64) -> Self {
        let mut scaled = self.clone();
        for node in &mut scaled.nodes {
            node.weeks /= unit;
        }
        scaled
    }
}

impl Records for RfmData {
    type Elem = f64;

    fn nsamples(&self) -> usize {
        self.rows.len()
    }

    /// x, `t_x` and T.
    fn nfeatures(&self) -> usize {
        3
    }
}

/// A customer in the form that sorts fast: non-negative floats order like their bits.
#[derive(Clone, Copy)]
struct Key {
    frequency: u32,
    recency_age: u64,
    age: u64,
    weight: f64,
}

impl Key {
    fn of(customer: &Customer, weight: f64) -> Self {
        Self {
            frequency: customer.frequency(),
            recency_age: (customer.recency_age() + 0.0).to_bits(),
            age: (customer.age() + 0.0).to_bits(),
            weight,
        }
    }

    const fn order(&self) -> (u32, u64, u64) {
        (self.frequency, self.recency_age, self.age)
    }
}

fn sort(keys: &mut [Key]) {
    use rayon::slice::ParallelSliceMut;
    // With the weight in the order, equal customers add up the same on any number of threads.
    keys.par_sort_unstable_by_key(|key| (key.order(), key.weight.to_bits()));
}
