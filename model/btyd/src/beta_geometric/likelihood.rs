//! The likelihood of both models in the log domain, with its gradient.

use crate::Customer;
use crate::data::{Node, RfmData};
use crate::fit::{at_nodes, sum_rows};
use crate::rising::{Rising, ln_rising};

/// When a customer may leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dropout {
    /// After each repeat order (BG/NBD).
    AfterRepeat,
    /// After the first order too (MBG/NBD).
    AfterAny,
}

impl Dropout {
    /// Chances to leave that a customer with x repeat orders has had and not taken.
    pub(crate) const fn passed(self, frequency: u32) -> u32 {
        match self {
            Self::AfterRepeat => frequency,
            Self::AfterAny => frequency + 1,
        }
    }
}

/// Starting points in units of the mean age: rate r / alpha near the mean purchases seen.
pub(crate) fn starts(mean_frequency: f64) -> Vec<[f64; 4]> {
    let start = |r: f64, a: f64, b: f64| [r, r / (1.5 * mean_frequency), a, b];
    vec![start(0.3, 0.8, 2.5), start(1.0, 0.6, 1.2), start(2.0, 1.5, 12.0)]
}

/// Log-likelihood of one customer (Fader and Hardie, note 039, eq. 3, in the form of note 027).
///
/// With k chances to leave passed, `L = A1 A2 ((alpha + T)^-(r + x) + [k > 0] a / (b + k - 1) (alpha + t_x)^-(r + x))`.
pub(crate) fn customer_log_likelihood(
    [r, alpha, a, b]: [f64; 4],
    dropout: Dropout,
    customer: &Customer,
) -> f64 {
    let x = customer.frequency();
    let passed = dropout.passed(x);
    let a1 = ln_rising(r, x) + r * alpha.ln();
    let a2 = ln_rising(b, passed) - ln_rising(a + b, passed);
    let shape = r + f64::from(x);
    let alive = -shape * (alpha + customer.age()).ln();
    if passed == 0 {
        return a1 + a2 + alive;
    }
    let gone = (a / (b + f64::from(passed) - 1.0)).ln() - shape * (alpha + customer.recency_age()).ln();
    a1 + a2 + alive.max(gone) + (-(alive - gone).abs()).exp().ln_1p()
}

/// Weighted sum of log-likelihoods and its gradient over `(r, alpha, a, b)`.
pub(crate) fn log_likelihood(
    [r, alpha, a, b]: [f64; 4],
    dropout: Dropout,
    data: &RfmData,
) -> (f64, [f64; 4]) {
    let most = data.max_frequency();
    let of_r = Rising::new(r, most);
    let of_b = Rising::new(b, dropout.passed(most));
    let of_ab = Rising::new(a + b, dropout.passed(most));
    let ln_alpha = alpha.ln();
    // ln(alpha + t) and 1 / (alpha + t) at every distinct age; where hardly any two rows share an age a table
    // of them is only traffic.
    let logarithm = |node: &Node| {
        let age = alpha + node.weeks;
        (age.ln(), age.recip())
    };
    let table = (data.nodes.len() < data.rows.len()).then(|| at_nodes(&data.nodes, logarithm));
    let at = |node: u32| match &table {
        Some(table) => table[node as usize],
        None => logarithm(&data.nodes[node as usize]),
    };
    sum_rows(&data.rows, |row| {
        let x = row.frequency as usize;
        let passed = dropout.passed(row.frequency) as usize;
        let shape = r + row.frequency as f64;
        let (ln_age, per_age) = at(row.age_node);
        let base = of_r.ln[x] + r * ln_alpha + of_b.ln[passed] - of_ab.ln[passed];
        let alive = -shape * ln_age;
        let mut gradient = [
            of_r.slope[x] + ln_alpha,
            r / alpha,
            -of_ab.slope[passed],
            of_b.slope[passed] - of_ab.slope[passed],
        ];
        if passed == 0 {
            gradient[0] -= ln_age;
            gradient[1] -= shape * per_age;
            return (base + alive, gradient);
        }
        let (ln_recency, per_recency) = at(row.recency_node);
        let left = b + passed as f64 - 1.0;
        let gone = (a / left).ln() - shape * ln_recency;
        // Share of the likelihood that belongs to "has left": a logistic function of the difference.
        let odds = (-(alive - gone).abs()).exp();
        let (p_alive, p_gone) = if alive > gone {
            (1.0 / (1.0 + odds), odds / (1.0 + odds))
        } else {
            (odds / (1.0 + odds), 1.0 / (1.0 + odds))
        };
        gradient[0] -= p_alive * ln_age + p_gone * ln_recency;
        gradient[1] -= shape * (p_alive * per_age + p_gone * per_recency);
        gradient[2] += p_gone / a;
        gradient[3] -= p_gone / left;
        (base + alive.max(gone) + odds.ln_1p(), gradient)
    })
}
