//! A folder with a shop's export, and short ways to run `tenure` in it.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use tenure_tests::program::{self, Ran};
use tenure_tests::shop::Shop;

/// Three months before the shop's last order.
pub(crate) const AS_OF: &str = "2021-10-01";

/// The same, in microseconds since 1970.
pub(crate) const AS_OF_US: i64 = 1_633_046_400_000_000;

/// A folder with the export of a shop as `orders.csv`; it goes away with the test.
pub(crate) struct Desk {
    folder: TempDir,
    pub(crate) shop: Shop,
}

impl Desk {
    pub(crate) fn new() -> Self {
        Self::with(Shop::simulated(1))
    }

    pub(crate) fn with(shop: Shop) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("orders.csv"), shop.csv()).unwrap();
        Self { folder, shop }
    }

    /// A desk with a bundle, `shop.tenure`.
    pub(crate) fn trained() -> Self {
        let desk = Self::new();
        desk.train();
        desk
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn bytes(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    pub(crate) fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path(name), content).unwrap();
    }

    /// Runs `tenure` with words parted by spaces.
    pub(crate) fn run(&self, line: &str) -> Ran {
        program::tenure(self.folder(), &words(line))
    }

    #[track_caller]
    pub(crate) fn succeed(&self, line: &str) -> Ran {
        program::succeed(self.folder(), &words(line))
    }

    /// Writes `shop.tenure`.
    #[track_caller]
    pub(crate) fn train(&self) -> Ran {
        self.succeed(&format!("train --orders orders.csv --as-of {AS_OF} --horizon 90d --out shop.tenure"))
    }

    /// Scores by `shop.tenure`, with further options.
    #[track_caller]
    pub(crate) fn score(&self, options: &str) -> Ran {
        self.succeed(&format!("score --bundle shop.tenure --orders orders.csv --as-of {AS_OF} {options}"))
    }
}

fn words(line: &str) -> Vec<&str> {
    line.split_whitespace().collect()
}

/// A file of scores, by column.
pub(crate) struct Scores {
    pub(crate) header: Vec<String>,
    pub(crate) rows: Vec<Vec<String>>,
}

impl Scores {
    pub(crate) fn of(desk: &Desk, name: &str) -> Self {
        let mut reader = csv::Reader::from_path(desk.path(name)).unwrap();
        let cells = |record: &csv::StringRecord| record.iter().map(str::to_owned).collect();
        let header = cells(reader.headers().unwrap());
        let rows = reader.records().map(|record| cells(&record.unwrap())).collect();
        Self { header, rows }
    }

    #[track_caller]
    pub(crate) fn column(&self, name: &str) -> Vec<&str> {
        let place = self.header.iter().position(|column| column == name);
        let place = place.unwrap_or_else(|| panic!("no column {name} among {:?}", self.header));
        self.rows.iter().map(|row| row[place].as_str()).collect()
    }

    #[track_caller]
    pub(crate) fn numbers(&self, name: &str) -> Vec<f64> {
        self.column(name).iter().map(|cell| cell.parse().unwrap()).collect()
    }
}
