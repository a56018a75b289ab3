//! The made-up shop: where its customers live, what it sells and through which channels.

use super::calendar::Region;
use super::random::Random;

#[derive(Debug)]
pub(super) struct Country {
    pub(super) code: &'static str,
    pub(super) region: Region,
    pub(super) offset_hours: i64,
    share: f64,
}

const fn country(code: &'static str, region: Region, offset_hours: i64, share: f64) -> Country {
    Country { code, region, offset_hours, share }
}

static COUNTRIES: [Country; 8] = [
    country("US", Region::West, -6, 0.34),
    country("CN", Region::East, 8, 0.22),
    country("DE", Region::West, 1, 0.12),
    country("GB", Region::West, 0, 0.12),
    country("FR", Region::West, 1, 0.08),
    country("CA", Region::West, -5, 0.06),
    country("AU", Region::West, 10, 0.03),
    country("ES", Region::West, 1, 0.03),
];

/// How a customer reaches the shop, and what the shop's own log sees of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Channel {
    pub(super) name: &'static str,
    /// Marketplaces tell of an order and not of the visits before it.
    pub(super) shows_visits: bool,
}

const SHOPIFY: Channel = Channel { name: "shopify", shows_visits: true };
const WOOCOMMERCE: Channel = Channel { name: "woocommerce", shows_visits: true };
const TIKTOK_SHOP: Channel = Channel { name: "tiktok_shop", shows_visits: true };
const AMAZON: Channel = Channel { name: "amazon", shows_visits: false };

const WEST_CHANNELS: [(Channel, f64); 4] =
    [(SHOPIFY, 0.55), (AMAZON, 0.20), (WOOCOMMERCE, 0.15), (TIKTOK_SHOP, 0.10)];
const EAST_CHANNELS: [(Channel, f64); 3] = [(TIKTOK_SHOP, 0.55), (SHOPIFY, 0.35), (WOOCOMMERCE, 0.10)];

const DEVICES: [(&str, f64); 3] = [("mobile", 0.62), ("desktop", 0.30), ("tablet", 0.08)];

/// Categories: name, share of interest, number of products.
const CATEGORIES: [(&str, f64, usize); 12] = [
    ("apparel", 0.20, 240),
    ("shoes", 0.12, 120),
    ("beauty", 0.12, 160),
    ("home", 0.11, 180),
    ("electronics", 0.10, 90),
    ("kitchen", 0.08, 110),
    ("sports", 0.07, 100),
    ("toys", 0.06, 130),
    ("books", 0.05, 300),
    ("pets", 0.04, 70),
    ("garden", 0.03, 60),
    ("jewellery", 0.02, 40),
];

/// Something to look at or to buy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Product {
    pub(super) id: Box<str>,
    pub(super) category: &'static str,
}

pub(super) fn draw_country(random: &mut Random) -> &'static Country {
    random.pick(&COUNTRIES, |country| country.share)
}

pub(super) fn draw_channel(random: &mut Random, region: Region) -> Channel {
    let channels: &[(Channel, f64)] = match region {
        Region::West => &WEST_CHANNELS,
        Region::East => &EAST_CHANNELS,
    };
    random.pick(channels, |(_, share)| *share).0
}

/// The channel of somebody who buys from the shop itself.
pub(super) fn own_channel(preferred: Channel) -> Channel {
    if preferred.shows_visits { preferred } else { SHOPIFY }
}

pub(super) fn draw_device(random: &mut Random) -> &'static str {
    random.pick(&DEVICES, |(_, share)| *share).0
}

/// The number of a category.
pub(super) fn draw_category(random: &mut Random) -> usize {
    let numbers: [usize; CATEGORIES.len()] = std::array::from_fn(|number| number);
    *random.pick(&numbers, |number| CATEGORIES[*number].1)
}

/// A product, mostly of the `favourite` categories; few products get most of the interest.
pub(super) fn draw_product(random: &mut Random, favourite: [usize; 2]) -> Product {
    let number = match random.uniform() {
        x if x < 0.5 => favourite[0],
        x if x < 0.75 => favourite[1],
        _ => draw_category(random),
    };
    let (category, _, products) = CATEGORIES[number];
    let place = random.uniform();
    let index = (place * place * products as f64) as usize;
    Product { id: format!("{category}-{index:03}").into(), category }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulate::random::Purpose;

    #[test]
    fn shares_add_up_to_one() {
        let sums = [
            COUNTRIES.iter().map(|country| country.share).sum::<f64>(),
            WEST_CHANNELS.iter().map(|(_, share)| share).sum(),
            EAST_CHANNELS.iter().map(|(_, share)| share).sum(),
            DEVICES.iter().map(|(_, share)| share).sum(),
            CATEGORIES.iter().map(|(_, share, _)| share).sum(),
        ];
        for sum in sums {
            assert!((sum - 1.0).abs() < 1e-12, "{sum}");
        }
    }

    #[test]
    fn products_are_mostly_favourites() {
        let mut random = Random::new(1, 0, Purpose::Behaviour);
        let draws: Vec<Product> = (0..2_000).map(|_| draw_product(&mut random, [9, 11])).collect();
        let pets = draws.iter().filter(|product| product.category == "pets").count();
        assert!((950..1_150).contains(&pets), "{pets}");
        assert!(draws.iter().all(|product| product.id.starts_with(product.category)));
    }
}
