//! How busy shops are at an instant, as a multiple of the mean.
//!
//! Demand is normalised to a mean of one over each
//! calendar year and over each day, so that a customer's true rate stays the rate over a year.

use jiff::civil::Date;

use super::calendar::{Region, Sale, busy, hunted};

/// Microseconds of a day.
pub(super) const DAY_US: i64 = 86_400_000_000;
pub(super) const HOUR_US: i64 = DAY_US / 24;

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

/// Midnight to 23 o'clock, local; with a mean of one.
#[rustfmt::skip]
const HOURS: [f64; 24] = [
    0.45, 0.25, 0.15, 0.10, 0.10, 0.15, 0.35, 0.60, 0.85, 1.05, 1.20, 1.25,
    1.35, 1.25, 1.15, 1.10, 1.10, 1.15, 1.30, 1.60, 1.95, 2.10, 1.75, 1.70,
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
