//! `tenure features`: values worked out by hand, files of both kinds, and what is refused.

use crate::support::{Desk, Scores};

/// Customer 7 looks, buys for 50 and 30, gets 10 of the 50 back on 1 June; 8 only looks; 9 comes in July.
const EVENTS: &str = "\
customer_id,occurred_at,kind,amount,order_id,channel,event_id
7,2024-05-01T00:00:00Z,product_view,,,shopify,a
7,2024-05-02T00:00:00Z,order,50,o1,shopify,b
7,2024-05-12T00:00:00Z,order,30,o2,amazon,c
7,2024-05-12T00:00:00Z,order,30,o2,amazon,c
7,2024-06-01T00:00:00Z,refund,-10,o1,,d
8,2024-05-20T00:00:00Z,product_view,,,tiktok_shop,e
9,2024-07-01T00:00:00Z,order,99,o3,amazon,f
";

const DEFINITIONS: &str = "\
orders = count(order)
spend_30d = sum(order.amount, 30d)   # refunds deducted
silence = days_since(order)
gap = mean_gap(order)
bought_at = last(order.channel)
repeat_buyer = orders >= 2
";

fn desk() -> Desk {
    let desk = Desk::new();
    desk.write("events.csv", EVENTS);
    desk.write("own.behaviour", DEFINITIONS);
    desk.succeed("import --input events.csv --log log");
    desk
}

#[test]
fn a_row_for_each_customer_known_before_each_as_of() {
    let desk = desk();
    let ran = desk.succeed(
        "features --log log --definitions own.behaviour --as-of 2024-06-11,2024-05-13 --out features.csv --json",
    );
    let summary = ran.json();
    assert_eq!((&summary["rows"], &summary["features"]), (&3.into(), &6.into()));
    let table = Scores::of(&desk, "features.csv");
    let mut rows: Vec<String> = table.rows.iter().map(|row| row.join(",")).collect();
    rows.sort();
    // On 13 May the refund is not known; on 11 June the order of 2 May has left the window and took its refund along.
    let expected = [
        "7,2024-05-13T00:00:00Z,2,80.0,1.0,10.0,amazon,true",
        "7,2024-06-11T00:00:00Z,2,30.0,30.0,10.0,amazon,true",
        "8,2024-06-11T00:00:00Z,0,0.0,,,,false",
    ];
    assert_eq!(rows, expected);
    assert_eq!(table.header[2..], ["orders", "spend_30d", "silence", "gap", "bought_at", "repeat_buyer"]);
}

#[test]
fn a_refund_counts_from_the_instant_at_which_it_is_known() {
    let desk = desk();
    desk.write("net.behaviour", "net = sum(order.amount)\n");
    for (as_of, net) in [("2024-06-01T00:00:00Z", "80.0"), ("2024-06-01T00:00:01Z", "70.0")] {
        desk.succeed(&format!(
            "features --log log --definitions net.behaviour --as-of {as_of} --out net.csv"
        ));
        let table = Scores::of(&desk, "net.csv");
        let of_7: Vec<&Vec<String>> = table.rows.iter().filter(|row| row[0] == "7").collect();
        assert_eq!(of_7[0][2], net, "{as_of}");
    }
}

#[test]
fn the_standard_features_and_parquet_need_no_file() {
    let desk = desk();
    let ran = desk.succeed("features --log log --as-of 2024-06-11 --out features.parquet");
    assert!(ran.stdout.contains("2 rows of"), "{}", ran.stdout);
    let first = desk.bytes("features.parquet");
    desk.succeed("features --log log --as-of 2024-06-11 --out features.parquet");
    assert!(first.starts_with(b"PAR1") && first == desk.bytes("features.parquet"));
}

#[test]
fn percentiles_know_nobody_who_came_later() {
    let desk = desk();
    desk.write("rank.behaviour", "rank = percentile(count(event))\n");
    // On 21 May only 7, with three events, and 8, with one, are known; 9 comes in July.
    desk.succeed("features --log log --definitions rank.behaviour --as-of 2024-05-21 --out rank.csv");
    let table = Scores::of(&desk, "rank.csv");
    let mut ranks: Vec<(&str, f64)> =
        table.column("customer_id").into_iter().zip(table.numbers("rank")).collect();
    ranks.sort_by(|one, other| one.0.cmp(other.0));
    assert_eq!(ranks, [("7", 1.0), ("8", 0.5)]);
    assert!(desk.succeed("features --print-standard").stdout.contains("= count(order"));
}

#[test]
fn what_cannot_be_used_leaves_the_old_file() {
    let desk = desk();
    desk.write("features.csv", "old");
    desk.write("none.txt", "# nothing\n");
    desk.write("own.names", "as_of = count(order)\n");
    desk.write("nested", "a = percentile(rfm(recency))\n");
    desk.write("model", "a = churn_probability(90d)\n");
    let line =
        |file: &str| format!("features --log log --definitions {file} --as-of 2024-06-11 --out features.csv");
    for (file, part) in [
        ("none.txt", "defines nothing"),
        ("own.names", "another name"),
        ("nested", "cannot be fitted"),
        ("model", "need a model"),
    ] {
        let ran = desk.run(&line(file));
        assert_eq!((ran.code, ran.stderr.contains(part)), (2, true), "{file}: {}", ran.stderr);
    }
    let inside = desk.run("features --log log --as-of 2024-06-11 --out log/run-000001.parquet");
    assert_eq!(inside.code, 2, "{}", inside.stderr);
    desk.succeed("log stats --log log");
    desk.write("bad.behaviour", "a = count(ordr)\nb = sum(order.amont, 30d)\n");
    for (line, code, part) in [
        ("features --log log --definitions bad.behaviour --as-of 2024-06-11 --out features.csv", 2, "amount"),
        ("features --log log --as-of soon --out features.csv", 2, "soon"),
        ("features --log nowhere --as-of 2024-06-11 --out features.csv", 2, "nowhere"),
        ("features --log log --as-of 2024-06-11 --out features.xlsx", 2, ".parquet"),
        ("features --log log --definitions none.behaviour --as-of 2024-06-11 --out features.csv", 2, "none"),
    ] {
        let ran = desk.run(line);
        assert_eq!(ran.code, code, "{line}: {}", ran.stderr);
        assert!(ran.stderr.contains(part), "{line}: {}", ran.stderr);
        assert_eq!(desk.text("features.csv"), "old", "{line}");
    }
}
