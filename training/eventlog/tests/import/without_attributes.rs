//! Without attributes the same happened, to the same customers, known at the same time.

use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, StringArray};
use tenure_core::{Attributes, Event};
use tenure_eventlog::{Field, ImportSummary};

use crate::Shop;
use crate::parquet_files::write;

const ROWS: [[&str; 6]; 5] = [
    ["7", "2024-05-01", "2024-05-03", "A1", "tea", "20.5"],
    ["7", "2024-05-01", "2024-05-03", "A1", "cup", "4"],
    ["8", "2024-05-02", "", "A2", "tea", "12"],
    ["9", "2024-05-02", "", "A3", "", "soon"],
    ["8", "never", "", "A4", "tea", "3"],
];
const NAMES: [&str; 6] = ["customer", "date", "ingested_at", "order_id", "product", "total"];

fn parquet(shop: &Shop) -> std::path::PathBuf {
    let text = |column: usize| Arc::new(StringArray::from(ROWS.map(|row| row[column]).to_vec())) as ArrayRef;
    let totals = Float64Array::from(ROWS.map(|row| row[5].parse().ok()).to_vec());
    let columns = (0..5).map(|column| (NAMES[column], text(column)));
    write(shop, columns.chain([("total", Arc::new(totals) as ArrayRef)]).collect())
}

fn csv(shop: &Shop) -> std::path::PathBuf {
    let lines: Vec<String> = std::iter::once(NAMES).chain(ROWS).map(|row| row.join(",")).collect();
    shop.write("orders.csv", lines.join("\n").as_bytes())
}

/// Everything but the attributes, and what was counted.
fn essence((events, mut summary): (Vec<Event>, ImportSummary)) -> (Vec<Event>, String) {
    assert_eq!(summary.repeated_order_lines, 1);
    assert_eq!(summary.rejected(), 2);
    summary.unreadable.clear();
    let bare = events.into_iter().map(|event| Event { attributes: Attributes::default(), ..event });
    (bare.collect(), summary.to_string())
}

#[test]
fn the_same_happened() {
    for file in [parquet, csv] {
        let mut shop = Shop::new();
        shop.options.rejects = Some(shop.path("rejects.csv"));
        let path = file(&shop);
        let rejects = || std::fs::read_to_string(shop.path("rejects.csv")).unwrap();
        let (all, rejects_of_all) = (shop.try_read(&path).unwrap(), rejects());
        assert_eq!(all.0[1].attributes.product.as_deref(), Some("cup"));
        assert!(all.0[0].known_at() > all.0[0].occurred_at);
        let columns: Vec<Field> = all.1.columns.iter().map(|choice| choice.field).collect();

        let mut plain = shop;
        plain.options.attributes = false;
        let bare = plain.try_read(&path).unwrap();
        assert!(bare.0.iter().all(|event| event.attributes == Attributes::default()));
        assert!(columns.contains(&Field::Product) && bare.1.columns.len() == columns.len());
        assert_eq!(essence(bare), essence(all));
        assert_eq!(std::fs::read_to_string(plain.path("rejects.csv")).unwrap(), rejects_of_all);
    }
}
