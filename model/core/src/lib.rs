//! The words of Tenure as types.
//!
//! Every other crate speaks in these: who ([`CustomerId`]), what ([`Event`], [`EventKind`]), how much
//! ([`Money`]), when ([`Timestamp`], [`AsOf`]) and how long ([`Duration`], [`Horizon`], [`Weeks`]).
//! They exist instead of `String`, `f64` and `i64` because every library in this field shipped a unit bug:
//! weeks read as days, a monthly rate applied weekly, money of two currencies added. Here such mixtures
//! do not compile:
//!
//! ```compile_fail
//! # use tenure_core::*;
//! let price: Money = Money::from_minor_units(1_999, Currency::USD);
//! let wait: Duration = "90d".parse().unwrap();
//! let nonsense = price + wait;
//! ```
//! ```compile_fail
//! # use tenure_core::*;
//! fn score(as_of: AsOf, horizon: Horizon) {}
//! let horizon: Horizon = "90d".parse().unwrap();
//! score(horizon, horizon); // a length of time is not an instant
//! ```
//! ```compile_fail
//! # use tenure_core::*;
//! let age: Weeks = "90d".parse::<Duration>().unwrap(); // a unit change is written out
//! ```
//!
//! This crate reads no clock and does no I/O.

#![forbid(unsafe_code)]

mod currency;
mod customer;
mod duration;
mod error;
mod event;
mod money;
mod rate;
mod time;

pub use currency::Currency;
pub use customer::CustomerId;
pub use duration::{Duration, Horizon, Weeks};
pub use error::CoreError;
pub use event::{Attributes, Event, EventKind};
pub use money::{ExpectedMoney, Money};
pub use rate::DiscountRate;
pub use time::{AsOf, TimeZone, Timestamp};
