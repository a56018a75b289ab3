//! Bad rows: kept, counted, and too many of them an error.

use std::fs;

use tenure_eventlog::{EventLogError, RejectReason};

use crate::Shop;

const HEADER: &str = "customer,date,total,currency\n";
const GOOD: &str = "1,2024-05-31,5,USD\n";

/// Imports the row between two good ones and shows its line in the rejects file.
fn rejected(row: &[u8]) -> (RejectReason, String) {
    let mut shop = Shop::new();
    let rejects = shop.path("rejects.csv");
    shop.options.rejects = Some(rejects.clone());
    let content = [HEADER.as_bytes(), GOOD.as_bytes(), row, b"\n", GOOD.as_bytes()].concat();
    let (events, summary) = shop.text(content);
    assert_eq!((events.len(), summary.rows, summary.rejected()), (2, 3, 1), "{summary}");
    let (reason, count) = summary.rejects.iter().next().unwrap();
    assert_eq!(*count, 1);
    let file = fs::read_to_string(rejects).unwrap();
    let line = file.strip_prefix("line,reason,row\n").unwrap().trim_end().to_owned();
    (*reason, line)
}

#[track_caller]
fn check(row: &str, reason: RejectReason, line: &str) {
    assert_eq!(rejected(row.as_bytes()), (reason, line.to_owned()));
}

#[test]
fn every_bad_row_is_kept_with_its_line_and_reason() {
    use RejectReason as R;
    check("1,soon,5,USD", R::Date, r#"3,"unreadable date: ""soon""","1,soon,5,USD""#);
    check("1,2024-05-31,five,USD", R::Amount, r#"3,"unreadable amount: ""five""","1,2024-05-31,five,USD""#);
    check(
        " ,2024-05-31,5,USD",
        R::CustomerId,
        r#"3,bad customer id: the customer id is empty: give the shop's own id of the customer," ,2024-05-31,5,USD""#,
    );
    check(
        "1,2024-05-31,-5,USD",
        R::NegativeAmount,
        r#"3,negative amount: map a kind column or pass --negative-amounts refund: -5.00 USD,"1,2024-05-31,-5,USD""#,
    );
    check(
        "1,2024-06-02,5,USD",
        R::FutureTime,
        r#"3,time in the future: 2024-06-02T00:00:00Z is after 2024-06-01T00:00:00Z,"1,2024-06-02,5,USD""#,
    );
    check(
        "1,2024-05-31,5",
        R::FieldCount,
        r#"3,"wrong number of fields: 3 fields, expected 4","1,2024-05-31,5""#,
    );
    check(
        "1,2024-05-31,5,EUR",
        R::OtherCurrency,
        r#"3,"other currency: ""EUR"" is not USD","1,2024-05-31,5,EUR""#,
    );
    check(
        "\"1,2024-05-31,5,USD",
        R::UnclosedQuote,
        r#"3,quotation mark never closed,"""1,2024-05-31,5,USD""#,
    );
}

#[test]
fn bytes_that_are_no_text_are_rejected_only_where_they_matter() {
    let (reason, line) = rejected(b"M\xfcller,2024-05-31,5,USD");
    assert_eq!(reason, RejectReason::InvalidUtf8);
    assert!(line.contains("M\u{fffd}ller"), "{line}");
    let note_in_latin_1 = b"customer,date,total,note\n1,2024-05-31,5,M\xfcller\n";
    assert_eq!(Shop::new().text(note_in_latin_1).0.len(), 1);
}

#[test]
fn rejected_lines_are_those_an_editor_shows() {
    let mut shop = Shop::new();
    let rejects = shop.path("rejects.csv");
    shop.options.rejects = Some(rejects.clone());
    shop.text("customer,date,total,note\r\n\r\n1,2024-05-31,5,\"two\r\nlines\"\r\n1,never,5,\r\n");
    let file = fs::read_to_string(rejects).unwrap();
    assert!(file.contains("\n5,"), "{file}");
}

#[test]
fn more_than_the_share_is_an_error_after_the_file_is_complete() {
    let mut shop = Shop::new();
    shop.options.max_reject_share = 0.01;
    let rejects = shop.path("rejects.csv");
    shop.options.rejects = Some(rejects.clone());
    let one_in_a_hundred = format!("{HEADER}1,never,5,USD\n{}", GOOD.repeat(99));
    assert_eq!(shop.text(&one_in_a_hundred).1.rejected(), 1);

    let error = shop.error(format!("{one_in_a_hundred}1,nor this,5,USD\n"));
    let EventLogError::TooManyRejects { summary, .. } = &error else { panic!("{error}") };
    assert_eq!((summary.rejected(), summary.rows), (2, 101));
    assert_eq!(fs::read_to_string(&rejects).unwrap().lines().count(), 3);
    let message = error.to_string();
    for part in ["2 of 101 rows", "1 %", "2 unreadable date", "rejects.csv"] {
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn a_share_is_between_nothing_and_all() {
    for share in [-0.1, 1.1, f64::NAN] {
        let mut shop = Shop::new();
        shop.options.max_reject_share = share;
        let error = shop.error(format!("{HEADER}{GOOD}"));
        assert!(matches!(error, EventLogError::InvalidRejectShare { .. }), "{error}");
    }
}

#[test]
fn the_rejects_file_never_replaces_the_source() {
    let mut shop = Shop::new();
    let path = shop.write("orders", format!("{HEADER}{GOOD}").as_bytes());
    shop.options.rejects = Some(path.clone());
    assert!(matches!(shop.try_read(&path), Err(EventLogError::Io { .. })));
    assert_eq!(fs::read_to_string(&path).unwrap(), format!("{HEADER}{GOOD}"));
}

#[test]
fn a_clean_import_leaves_no_rejects_and_none_of_an_earlier_one() {
    let mut shop = Shop::new();
    shop.options.rejects = Some(shop.write("rejects.csv", b"of the last import"));
    let (_, summary) = shop.text(format!("{HEADER}{GOOD}"));
    assert_eq!(summary.rejects_file, None);
    assert!(!shop.path("rejects.csv").exists());
}

/// A folder in which nothing can be made: none is there.
#[test]
fn a_clean_import_needs_no_right_to_write() {
    let mut shop = Shop::new();
    shop.options.rejects = Some(shop.path("nowhere/rejects.csv"));
    assert_eq!(shop.text(format!("{HEADER}{GOOD}")).1.rejected(), 0);
    let error = shop.error(format!("{HEADER}{GOOD}1,never,5,USD\n"));
    assert!(matches!(&error, EventLogError::Io { action: "create", .. }), "{error}");
}

#[test]
fn the_rejects_file_appears_whole() {
    let mut shop = Shop::new();
    let rejects = shop.path("rejects.csv");
    shop.options.rejects = Some(rejects.clone());
    let path = shop.write("orders", format!("{HEADER}1,never,5,USD\n{GOOD}").as_bytes());
    let mut seen = Vec::new();
    let mut look = |_| {
        seen.push(rejects.exists());
        Ok(())
    };
    let summary = tenure_eventlog::read_events(&path, &shop.options, &mut look, &mut |_| {}).unwrap();
    assert_eq!((seen, summary.rejects_file), (vec![false], Some(rejects.clone())));
    assert_eq!(fs::read_to_string(&rejects).unwrap().lines().count(), 2);

    // An import that stops half way leaves neither a part of the file nor anything beside it.
    fs::remove_file(&rejects).unwrap();
    let full = tenure_eventlog::read_events(&path, &shop.options, &mut |_| Err("full".into()), &mut |_| {});
    assert!(matches!(full, Err(EventLogError::Sink { .. })));
    let left: Vec<_> = shop.path("").read_dir().unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["orders"]);
}
