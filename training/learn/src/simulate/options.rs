//! What is to be simulated.

use std::str::FromStr;

use tenure_btyd::{BgNbd, GammaGamma, ParetoNbd};
use tenure_core::{Currency, Duration, Timestamp};

use super::random::PURPOSES;
use crate::LearnError;

/// Longest span of a simulation, so that the calendar of its seasons stays small.
const LONGEST: Duration = Duration::from_days(100 * 366);

/// Most customers: beyond, their numbers would share random streams.
const MOST_CUSTOMERS: u64 = u64::MAX / PURPOSES;

/// How orders come and end: the process that a purchase model assumes, at known parameters, in weeks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Process {
    /// Rates of ordering are Gamma over customers, lifetimes exponential with Gamma rates
    /// (Schmittlein, Morrison and Colombo 1987).
    ParetoNbd(ParetoNbd),
    /// Rates of ordering are Gamma over customers; after each repeat order a customer leaves with a
    /// probability that is Beta over customers (Fader, Hardie and Lee 2005).
    BgNbd(BgNbd),
}

/// Largest mean rate: a customer's events are in memory at once.
const MOST_ORDERS_PER_WEEK: f64 = 20.0;

impl Process {
    /// A process by name, at the parameters given or at those of a middling shop.
    ///
    /// # Errors
    /// When the name is not `pareto_nbd` or `bg_nbd`, or a parameter is not finite and above zero.
    pub fn new(name: &str, parameters: Option<[f64; 4]>) -> Result<Self, LearnError> {
        match name {
            "pareto_nbd" => {
                // Seven orders a year while alive; half of all have left after eight months.
                let [r, alpha, s, beta] = parameters.unwrap_or([0.8, 6.0, 1.2, 40.0]);
                Ok(Self::ParetoNbd(ParetoNbd::new(r, alpha, s, beta).map_err(LearnError::SimulatedProcess)?))
            }
            "bg_nbd" => {
                let [r, alpha, a, b] = parameters.unwrap_or([0.8, 6.0, 0.8, 4.0]);
                Ok(Self::BgNbd(BgNbd::new(r, alpha, a, b).map_err(LearnError::SimulatedProcess)?))
            }
            _ => Err(LearnError::UnknownProcess { value: name.to_owned() }),
        }
    }

    /// Orders a week of a customer who has not left, on average.
    fn mean_rate(&self) -> f64 {
        let [r, alpha, ..] = match self {
            Self::ParetoNbd(model) => model.parameters(),
            Self::BgNbd(model) => model.parameters(),
        };
        r / alpha
    }

    /// `pareto_nbd` or `bg_nbd`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::ParetoNbd(_) => "pareto_nbd",
            Self::BgNbd(_) => "bg_nbd",
        }
    }
}

impl FromStr for Process {
    type Err = LearnError;
    fn from_str(value: &str) -> Result<Self, LearnError> {
        Self::new(value, None)
    }
}

/// Which kinds of events there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shape {
    /// Everything: visits, carts, messages, loyalty, reviews, and the orders among them.
    #[default]
    Browsing,
    /// Orders, refunds and cancellations only; the same ones, at the same seed.
    Orders,
}

/// In which order rows come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RowOrder {
    /// One customer after the other, each by time. A smaller simulation is then the beginning of a larger one.
    #[default]
    Customer,
    /// By time of arrival within blocks of [`INTERLEAVED_CUSTOMERS`](super::INTERLEAVED_CUSTOMERS) customers,
    /// as a shop exports them: what imports have to sort. Not over all customers, for that would hold all
    /// events in memory.
    Interleaved,
}

/// What is to be simulated. Shares lie in 0 to 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Simulation {
    /// How many customers, visitors without an order included; at least one.
    pub customers: u64,
    /// First instant of the log.
    pub from: Timestamp,
    /// The log ends before this; at most a hundred years after `from`.
    pub to: Timestamp,
    /// The same seed gives the same events on every machine; defaults to 7.
    pub seed: u64,
    /// Which kinds of events there are; defaults to all.
    pub shape: Shape,
    /// In which order rows come; defaults to one customer after the other.
    pub row_order: RowOrder,
    /// How orders come and end; defaults to Pareto/NBD.
    pub process: Process,
    /// What an order costs, in major units of `currency`; defaults to (6, 4, 25), 50 on average.
    pub spend: GammaGamma,
    /// Currency of all amounts; defaults to USD.
    pub currency: Currency,
    /// Whether demand follows the calendar and the hours of the day; defaults to true. Without, orders are
    /// exactly those of the process, which is what parameters are recovered from.
    pub seasons: bool,
    /// Share of customers who look but never order; defaults to 0.35.
    pub visitor_share: f64,
    /// Share of orders that are refunded, fully or in part; defaults to 0.06.
    pub refund_share: f64,
    /// Share of orders that are cancelled; defaults to 0.015.
    pub cancel_share: f64,
    /// Share of events that the shop's systems learn of hours to days later; defaults to 0.02.
    pub late_share: f64,
    /// Share of events that are delivered twice, with the same event id; defaults to 0.005.
    pub duplicate_share: f64,
    /// Share of rows that stand up to twenty rows too late; defaults to 0.01.
    pub out_of_order_share: f64,
}

impl Simulation {
    /// This many customers in this span, all else at its default.
    ///
    /// # Errors
    /// None with these defaults; their types check themselves.
    pub fn new(customers: u64, from: Timestamp, to: Timestamp) -> Result<Self, LearnError> {
        Ok(Self {
            customers,
            from,
            to,
            seed: 7,
            shape: Shape::default(),
            row_order: RowOrder::default(),
            process: Process::new("pareto_nbd", None)?,
            spend: GammaGamma::new(6.0, 4.0, 25.0).map_err(LearnError::SimulatedProcess)?,
            currency: Currency::USD,
            seasons: true,
            visitor_share: 0.35,
            refund_share: 0.06,
            cancel_share: 0.015,
            late_share: 0.02,
            duplicate_share: 0.005,
            out_of_order_share: 0.01,
        })
    }

    /// Refuses what cannot be simulated.
    pub(super) fn check(&self) -> Result<(), LearnError> {
        if self.customers == 0 || self.customers > MOST_CUSTOMERS {
            return Err(LearnError::SimulatedCustomers { customers: self.customers, max: MOST_CUSTOMERS });
        }
        if self.to <= self.from || self.to.since(self.from) > LONGEST {
            return Err(LearnError::SimulatedSpan { from: self.from, to: self.to });
        }
        let orders_per_week = self.process.mean_rate();
        if orders_per_week > MOST_ORDERS_PER_WEEK {
            return Err(LearnError::SimulatedRate { orders_per_week, max: MOST_ORDERS_PER_WEEK });
        }
        let shares = [
            ("visitors", self.visitor_share),
            ("refunds", self.refund_share),
            ("cancellations", self.cancel_share),
            ("late events", self.late_share),
            ("duplicates", self.duplicate_share),
            ("rows out of order", self.out_of_order_share),
        ];
        for (name, value) in shares {
            if !(0.0..=1.0).contains(&value) {
                return Err(LearnError::SimulatedShare { name, value });
            }
        }
        let fates = self.refund_share + self.cancel_share;
        if fates > 1.0 {
            return Err(LearnError::SimulatedShare { name: "refunds and cancellations", value: fates });
        }
        Ok(())
    }
}
