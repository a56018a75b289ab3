//! When shops are busy: months, sales and holidays of two halves of the world, weekdays and hours.
//!
//! The shapes are made up to be plausible, not measured. Demand is normalised to a mean of one over each
//! calendar year and over each day, so that a customer's true rate stays the rate over a year.

use jiff::civil::{Date, Weekday};

/// Microseconds of a day.
pub(super) const DAY_US: i64 = 86_400_000_000;
pub(super) const HOUR_US: i64 = DAY_US / 24;

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

/// Whose clock and habits demand follows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    pub(super) region: Region,
    /// Hours ahead of UTC; summer time is left out.
    pub(super) offset_hours: i64,
    /// Discount hunters wait for sales.
    pub(super) is_hunter: bool,
}

#[derive(Clone, Copy, Debug)]
struct Day {
    demand: f64,
    hunter_demand: f64,
    sale: Option<Sale>,
}

/// Demand day by day over the span of a simulation.
#[derive(Debug)]
pub(super) struct Seasons {
    is_flat: bool,
    /// Day of the first entry, counted from 1970.
    first_day: i64,
    west: Vec<Day>,
    east: Vec<Day>,
    /// Largest demand of anybody in any hour.
    most: f64,
}

/// January to December.
const WEST_MONTHS: [f64; 12] = [0.90, 0.88, 0.92, 0.94, 0.96, 0.93, 0.90, 0.92, 0.97, 1.00, 1.08, 1.10];
const EAST_MONTHS: [f64; 12] = [1.00, 0.92, 0.95, 0.96, 0.98, 1.02, 0.95, 0.95, 1.00, 1.00, 1.10, 1.05];

/// Midnight to 23 o'clock, local; with a mean of one.
const HOURS: [f64; 24] = [
    0.45, 0.25, 0.15, 0.10, 0.10, 0.15, 0.35, 0.60, 0.85, 1.05, 1.20, 1.25, 1.35, 1.25, 1.15, 1.10, 1.10,
    1.15, 1.30, 1.60, 1.95, 2.10, 1.75, 1.70,
];

/// First day of the Chinese year, from 2010 on. Outside these years there is no Spring Festival.
const NEW_YEARS: [(i8, i8); 31] = [
    (2, 14),
    (2, 3),
    (1, 23),
    (2, 10),
    (1, 31),
    (2, 19),
    (2, 8),
    (1, 28),
    (2, 16),
    (2, 5),
    (1, 25),
    (2, 12),
    (2, 1),
    (1, 22),
    (2, 10),
    (1, 29),
    (2, 17),
    (2, 6),
    (1, 26),
    (2, 13),
    (2, 3),
    (1, 23),
    (2, 11),
    (1, 31),
    (2, 19),
    (2, 8),
    (1, 28),
    (2, 15),
    (2, 4),
    (1, 24),
    (2, 12),
];

impl Seasons {
    /// The days from `from_us` to `to_us` and one more at either end, for clocks ahead of and behind UTC.
    pub(super) fn new(from_us: i64, to_us: i64, with_seasons: bool) -> Self {
        let first_day = from_us.div_euclid(DAY_US) - 1;
        let last_day = to_us.div_euclid(DAY_US) + 1;
        let table = |region| calendar(first_day, last_day, region);
        let (west, east) = (table(Region::West), table(Region::East));
        let days = west.iter().chain(&east);
        let most_a_day = days.map(|day| day.demand.max(day.hunter_demand)).fold(0.0, f64::max);
        let most_an_hour = HOURS.into_iter().fold(0.0, f64::max);
        let most = if with_seasons { most_a_day * most_an_hour } else { 1.0 };
        Self { is_flat: !with_seasons, first_day, west, east, most }
    }

    /// Demand at an instant as a multiple of the mean; 1 always, without seasons.
    pub(super) fn demand(&self, at_us: i64, clock: Clock) -> f64 {
        if self.is_flat {
            return 1.0;
        }
        let local = at_us + clock.offset_hours * HOUR_US;
        let Some(day) = self.day(local, clock.region) else { return 1.0 };
        let hour = local.rem_euclid(DAY_US) / HOUR_US;
        let demand = if clock.is_hunter { day.hunter_demand } else { day.demand };
        demand * HOURS[hour as usize]
    }

    /// The largest that [`demand`](Self::demand) can be.
    pub(super) const fn most(&self) -> f64 {
        self.most
    }

    /// The sale that is on.
    pub(super) fn sale(&self, at_us: i64, clock: Clock) -> Option<Sale> {
        let day = self.day(at_us + clock.offset_hours * HOUR_US, clock.region)?;
        day.sale.filter(|_| !self.is_flat)
    }

    fn day(&self, local_us: i64, region: Region) -> Option<&Day> {
        let table = match region {
            Region::West => &self.west,
            Region::East => &self.east,
        };
        usize::try_from(local_us.div_euclid(DAY_US) - self.first_day).ok().and_then(|index| table.get(index))
    }
}

/// The days of a span, whose demand has a mean of one in each whole year that they belong to.
fn calendar(first_day: i64, last_day: i64, region: Region) -> Vec<Day> {
    let mut days = Vec::new();
    let mut means: Option<(i16, [f64; 2])> = None;
    for number in first_day..=last_day {
        let Some(date) = date_of(number) else { break };
        let [plain, hunter] = match means {
            Some((year, means)) if year == date.year() => means,
            _ => {
                let found = year_means(date, region);
                means = Some((date.year(), found));
                found
            }
        };
        let (demand, sale) = busy(date, region);
        let hunter_demand = hunted(demand, sale) / hunter;
        days.push(Day { demand: demand / plain, hunter_demand, sale });
    }
    days
}

fn date_of(day: i64) -> Option<Date> {
    Date::constant(1970, 1, 1).checked_add(jiff::Span::new().try_days(day).ok()?).ok()
}

/// Mean demand of everybody and of hunters over the year of a date.
fn year_means(date: Date, region: Region) -> [f64; 2] {
    let days = f64::from(date.days_in_year());
    let (mut plain, mut hunter) = (0.0, 0.0);
    for day in date.first_of_year().series(jiff::Span::new().days(1)).take(date.days_in_year() as usize) {
        let (demand, sale) = busy(day, region);
        plain += demand / days;
        hunter += hunted(demand, sale) / days;
    }
    [plain, hunter]
}

/// Demand of those who wait for sales.
fn hunted(demand: f64, sale: Option<Sale>) -> f64 {
    if sale.is_some() { 3.0 * demand } else { 0.3 * demand }
}

/// Demand on a day before it is normalised, and the sale that is on.
fn busy(date: Date, region: Region) -> (f64, Option<Sale>) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use tenure_core::{TimeZone, Timestamp};

    fn at(text: &str) -> i64 {
        Timestamp::parse(text, &TimeZone::utc()).unwrap().microseconds()
    }

    fn seasons() -> Seasons {
        Seasons::new(at("2023-01-01"), at("2025-01-01"), true)
    }

    const fn clock(region: Region) -> Clock {
        Clock { region, offset_hours: 0, is_hunter: false }
    }

    #[track_caller]
    fn check(date: &str, region: Region, expected: Option<Sale>) {
        assert_eq!(seasons().sale(at(date), clock(region)), expected, "{date} {region:?}");
    }

    #[test]
    fn sales_are_on_their_days() {
        // Black Friday fell on 24 November 2023 and 29 November 2024; the Year of the Dragon began on
        // 10 February 2024.
        check("2023-11-24", Region::West, Some(Sale::BlackFriday));
        check("2024-11-29", Region::West, Some(Sale::BlackFriday));
        check("2023-12-01", Region::West, Some(Sale::Christmas));
        check("2024-06-15", Region::West, None);
        check("2024-11-11", Region::East, Some(Sale::DoubleEleven));
        check("2024-11-11", Region::West, None);
        check("2024-02-01", Region::East, Some(Sale::SpringFestival));
        check("2024-02-10", Region::East, None);
    }

    #[test]
    fn demand_has_a_mean_of_one_over_a_year_and_stays_below_its_most() {
        let seasons = seasons();
        for (region, is_hunter) in
            [(Region::West, false), (Region::West, true), (Region::East, false), (Region::East, true)]
        {
            let clock = Clock { region, offset_hours: 0, is_hunter };
            let hours = (0..366 * 24).map(|hour| at("2024-01-01") + hour * HOUR_US);
            let demands: Vec<f64> = hours.map(|hour| seasons.demand(hour, clock)).collect();
            let mean = demands.iter().sum::<f64>() / demands.len() as f64;
            assert!((mean - 1.0).abs() < 0.005, "{mean} {clock:?}");
            assert!(demands.iter().all(|demand| (0.0..=seasons.most()).contains(demand)));
        }
    }

    #[test]
    fn clocks_ahead_see_the_day_earlier() {
        let seasons = seasons();
        let shanghai = Clock { region: Region::East, offset_hours: 8, is_hunter: false };
        assert_eq!(seasons.sale(at("2024-10-31T16:00"), shanghai), Some(Sale::DoubleEleven));
        assert_eq!(seasons.sale(at("2024-10-31T16:00"), clock(Region::East)), None);
        assert!(seasons.demand(at("2023-01-01"), shanghai) > 0.0, "the first day is in the table");
    }

    #[test]
    fn without_seasons_every_instant_is_alike() {
        let flat = Seasons::new(at("2023-01-01"), at("2025-01-01"), false);
        assert!((flat.demand(at("2024-11-11"), clock(Region::East)) - 1.0).abs() < f64::EPSILON);
        assert_eq!(flat.sale(at("2024-11-11"), clock(Region::East)), None);
    }
}
