//! Which days are busy: months, sales, holidays and weekdays of two halves of the world.
//!
//! The shapes are made up to be plausible, not measured.

use jiff::civil::{Date, Weekday};

/// Whose calendar a customer lives by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Region {
    West,
    East,
}

/// A time of special offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sale {
    DoubleEleven,
    BlackFriday,
    SpringFestival,
    Christmas,
}

impl Sale {
    pub(super) const fn campaign(self) -> &'static str {
        match self {
            Self::DoubleEleven => "double_11",
            Self::BlackFriday => "black_friday",
            Self::SpringFestival => "spring_festival",
            Self::Christmas => "christmas",
        }
    }
}

/// January to December.
const WEST_MONTHS: [f64; 12] = [0.90, 0.88, 0.92, 0.94, 0.96, 0.93, 0.90, 0.92, 0.97, 1.00, 1.08, 1.10];
const EAST_MONTHS: [f64; 12] = [1.00, 0.92, 0.95, 0.96, 0.98, 1.02, 0.95, 0.95, 1.00, 1.00, 1.10, 1.05];

/// First day of the Chinese year, from 2010 on. Outside these years there is no Spring Festival.
#[rustfmt::skip]
const NEW_YEARS: [(i8, i8); 31] = [
    (2, 14), (2, 3), (1, 23), (2, 10), (1, 31), (2, 19), (2, 8), (1, 28), (2, 16), (2, 5),
    (1, 25), (2, 12), (2, 1), (1, 22), (2, 10), (1, 29), (2, 17), (2, 6), (1, 26), (2, 13),
    (2, 3), (1, 23), (2, 11), (1, 31), (2, 19), (2, 8), (1, 28), (2, 15), (2, 4), (1, 24),
    (2, 12),
];

/// Demand of those who wait for sales.
pub(super) fn hunted(demand: f64, sale: Option<Sale>) -> f64 {
    if sale.is_some() { 3.0 * demand } else { 0.3 * demand }
}

/// Demand on a day before it is normalised, and the sale that is on.
pub(super) fn busy(date: Date, region: Region) -> (f64, Option<Sale>) {
    let (months, (special, sale)) = match region {
        Region::West => (&WEST_MONTHS, western(date)),
        Region::East => (&EAST_MONTHS, eastern(date)),
    };
    let weekday = match date.weekday() {
        Weekday::Saturday | Weekday::Sunday => 1.12,
        Weekday::Monday => 1.0,
        Weekday::Tuesday | Weekday::Wednesday | Weekday::Thursday | Weekday::Friday => 0.95,
    };
    (months[(date.month() - 1) as usize] * weekday * special, sale)
}

fn western(date: Date) -> (f64, Option<Sale>) {
    // Thanksgiving is the fourth Thursday of November, Black Friday the day after.
    let november = Date::constant(2000, 11, 1).with().year(date.year()).build();
    let thursday = november.and_then(|first| first.nth_weekday_of_month(4, Weekday::Thursday));
    let after = thursday.map_or(i32::MAX, |day| days_between(day, date));
    match (after, date.month(), date.day()) {
        (1 | 4, _, _) => (3.6, Some(Sale::BlackFriday)),
        (2 | 3, _, _) => (2.6, Some(Sale::BlackFriday)),
        (-4..=0, _, _) => (1.3, Some(Sale::BlackFriday)),
        (_, 12, day @ 1..=18) => (1.2 + 0.03 * f64::from(day), Some(Sale::Christmas)),
        (_, 12, 19..=23) => (1.2, Some(Sale::Christmas)),
        (_, 12, 24..=25) => (0.4, None),
        (_, 12, 26..=30) => (1.2, Some(Sale::Christmas)),
        _ => (1.0, None),
    }
}

fn eastern(date: Date) -> (f64, Option<Sale>) {
    match (date.month(), date.day()) {
        (11, 11) => return (6.0, Some(Sale::DoubleEleven)),
        (11, 1..=10) => return (1.6, Some(Sale::DoubleEleven)),
        (11, 12) => return (2.0, Some(Sale::DoubleEleven)),
        _ => {}
    }
    let new_year = usize::try_from(date.year() - 2010).ok().and_then(|year| NEW_YEARS.get(year));
    let new_year = new_year.and_then(|(month, day)| Date::new(date.year(), *month, *day).ok());
    match new_year.map(|new_year| days_between(new_year, date)) {
        // What the feast needs is bought before; parcels rest while it lasts.
        Some(-21..=-5) => (1.6, Some(Sale::SpringFestival)),
        Some(-4..=6) => (0.45, None),
        _ => (1.0, None),
    }
}

fn days_between(from: Date, to: Date) -> i32 {
    (to - from).get_days()
}
