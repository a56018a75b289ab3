//! Delimited text in its many forms.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use tenure_core::Currency;
use tenure_eventlog::{
    ChosenBy, DateOrder, DecimalMark, EventLogError, Progress, SourceFormat, read_events, read_events_from,
};

use crate::Shop;

const ONE_ORDER: &str = "00004 order 1997-01-18T00:00:00Z 29.73 USD";

#[track_caller]
fn check(content: impl AsRef<[u8]>, expected: &[&str]) {
    assert_eq!(Shop::new().text(content).0, expected);
}

#[test]
fn delimiters_line_ends_quotes_and_a_byte_order_mark() {
    check("customer_id,ts,value\n00004,1997-01-18,29.73\n", &[ONE_ORDER]);
    check("customer_id;ts;value\r\n00004;1997-01-18;29.73\r\n", &[ONE_ORDER]);
    check("Customer ID\tOrder Date\tTotal\n00004\t18.01.1997\t$29.73", &[ONE_ORDER]);
    check("client|date|total\n00004|19970118|29.73\n", &[ONE_ORDER]);
    check(
        "\u{feff}\"customer\",\"note, long\",\"date\",\"total\"\n\"00004\",\"a \"\"b\"\"\nc\",1997-01-18,29.73\n",
        &[ONE_ORDER],
    );
    check("id date price\n00004 1997-01-18 29.73\n", &[ONE_ORDER]);
}

#[test]
fn a_fixed_width_file_without_header_is_read_by_position() {
    let shop = Shop::mapped("customer_id=#1,occurred_at=#2,amount=#4");
    let (events, summary) = shop.text(" 00004 19970118  2   29.73\r\n 00004 19970802  1   14.96\r\n");
    assert_eq!(events, [ONE_ORDER, "00004 order 1997-08-02T00:00:00Z 14.96 USD"]);
    assert_eq!(summary.format, SourceFormat::Whitespace { gzip: false });
    assert_eq!(summary.columns[2].column, "#4");
    let (events, _) = shop.text("00004,19970118,2,29.73\n");
    assert_eq!(events, [ONE_ORDER]);
}

#[test]
fn gzip_shows_in_the_content_and_not_in_the_name() {
    let shop = Shop::new();
    let mut packer = GzEncoder::new(Vec::new(), Compression::default());
    packer.write_all(b"customer_id,ts,value\n00004,1997-01-18,29.73\n").unwrap();
    let packed = packer.finish().unwrap();
    let (events, summary) = shop.text(&packed);
    assert_eq!(events, [ONE_ORDER]);
    assert_eq!(summary.format, SourceFormat::Csv { delimiter: ',', gzip: true });
    assert_eq!(summary.bytes, packed.len() as u64);

    let mut from_stream = 0;
    let mut count = |_| {
        from_stream += 1;
        Ok(())
    };
    read_events_from(
        Box::new(std::io::Cursor::new(packed.clone())),
        "demo",
        &shop.options,
        &mut count,
        &mut |_| {},
    )
    .unwrap();
    assert_eq!(from_stream, 1);

    let error = shop.error(&packed[..packed.len() - 12]);
    assert!(matches!(error, EventLogError::Io { action: "read", .. }), "{error}");
}

#[test]
fn a_shopify_export_gives_one_order_for_its_lines() {
    let (events, summary) = Shop::new().text(
        "Name,Email,Financial Status,Currency,Total,Created at,Lineitem quantity,Receipt Number\n\
         #1001,ann@example.com,paid,USD,34.98,2024-05-01 09:58:12 +0800,2,\n\
         #1001,,,,,,1,\n\
         #1002,bob@example.com,refunded,USD,5.00,2024-05-02 09:58:12 +0800,1,\n",
    );
    assert_eq!(events, ["ann@example.com order 2024-05-01T01:58:12Z 34.98 USD"]);
    assert_eq!((summary.rows, summary.continuation_lines, summary.undone), (3, 1, 1));
}

#[test]
fn lines_of_one_order_are_counted_and_kept() {
    let (events, summary) = Shop::mapped("amount=Quantity*Price").text(
        "Invoice,Quantity,InvoiceDate,Price,Customer ID\n\
         489434,12,2009-12-01 07:45:00,6.95,13085\n\
         489434,3,2009-12-01 07:45:00,0.105,13085\n\
         C489449,-12,2009-12-01 10:33:00,0.85,16321\n",
    );
    assert_eq!(
        events,
        [
            "13085 order 2009-12-01T07:45:00Z 83.40 USD",
            "13085 order 2009-12-01T07:45:00Z 0.32 USD",
            "16321 refund 2009-12-01T10:33:00Z -10.20 USD"
        ]
    );
    assert_eq!((summary.repeated_order_lines, summary.orders, summary.refunds), (1, 2, 1));
}

#[test]
fn equal_rows_are_all_kept() {
    check("customer,date,total\n00004,1997-01-18,29.73\n00004,1997-01-18,29.73\n", &[ONE_ORDER, ONE_ORDER]);
}

#[test]
fn the_first_rows_settle_the_order_of_day_and_month() {
    let (events, summary) = Shop::new().text("customer,date,total\n1,03/04/2024,1\n1,13/04/2024,1\n");
    assert_eq!(summary.date_order, Some(DateOrder::DayFirst));
    assert!(events[0].contains("2024-04-03"), "{events:?}");
    let (events, _) = Shop::new().text("customer,date,total\n1,3/4/2024 8:05 PM,1\n1,4/13/2024,1\n");
    assert!(events[0].contains("2024-03-04T20:05"), "{events:?}");

    let unsettled = "customer,date,total\n1,04/04/2024,1\n1,03/04/2024,1\n";
    let error = Shop::new().error(unsettled);
    assert!(
        matches!(&error, EventLogError::AmbiguousDates { line: 3, value, .. } if value == "03/04/2024"),
        "{error}"
    );
    let mut shop = Shop::new();
    shop.options.date_order = Some(DateOrder::MonthFirst);
    assert!(shop.text(unsettled).0[1].contains("2024-03-04"));
}

#[test]
fn dates_are_the_shops_own() {
    let mut shop = Shop::new();
    shop.options.time_zone = "America/New_York".parse().unwrap();
    let (events, _) = shop.text("customer,date,total\n1,2024-01-31,1\n1,2024-05-31 20:00,1\n");
    assert_eq!(events, ["1 order 2024-01-31T05:00:00Z 1.00 USD", "1 order 2024-06-01T00:00:00Z 1.00 USD"]);
}

#[test]
fn decimal_commas_are_an_option() {
    let mut shop = Shop::new();
    shop.options.currency = Currency::EUR;
    shop.options.decimal_mark = DecimalMark::Comma;
    let (events, _) = shop.text("Kunde;date;Total\n7;31.05.2024;1.234,50 €\n".replace("Kunde", "customer"));
    assert_eq!(events, ["7 order 2024-05-31T00:00:00Z 1234.50 EUR"]);
}

#[test]
fn the_summary_says_what_was_taken_for_what() {
    let (_, summary) = Shop::mapped("amount=Paid").text("Email,user_id,Paid,Date\na@x.org,9,5,2024-05-31\n");
    assert_eq!(summary.columns[0].column, "user_id");
    assert_eq!(summary.columns[0].passed_over, ["Email"]);
    assert_eq!(summary.columns[2].by, ChosenBy::Map);
    let text = summary.to_string();
    assert!(text.contains("customer_id <- \"user_id\" (recognised; not Email)"), "{text}");
    assert!(text.contains("1 orders, 0 refunds, from 2024-05-31T00:00:00Z"), "{text}");
    let json = serde_json::to_value(&summary).unwrap();
    assert_eq!(json["columns"][1]["field"], "occurred_at");
    assert_eq!(json["first"], "2024-05-31T00:00:00Z");
}

#[test]
fn files_without_rows_and_files_of_other_kinds_are_errors() {
    for content in ["", "\n\n", "\u{feff}", "customer,date,total\n"] {
        assert!(matches!(Shop::new().error(content), EventLogError::NoRows { .. }), "{content:?}");
    }
    for (content, found) in
        [(b"PK\x03\x04xx".as_slice(), "Excel"), (b"\xff\xfea\0", "UTF-16"), (b"{\"a\":1}", "JSON")]
    {
        let message = Shop::new().error(content).to_string();
        assert!(message.contains(found), "{message}");
    }
    let shop = Shop::new();
    let message = shop.try_read(&shop.path("nowhere.csv")).unwrap_err().to_string();
    assert!(message.contains("nowhere.csv"), "{message}");
}

#[test]
fn a_missing_column_is_named_with_what_is_there() {
    let message = Shop::new().error("klient,date,total\n1,2024-05-31,5\n").to_string();
    for part in ["customer_id", "\"klient\", \"date\", \"total\"", "occurred_at=date"] {
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn progress_ends_at_the_end() {
    let shop = Shop::new();
    let rows = "1,2024-05-31,5\n".repeat(20_000);
    let path = shop.write("orders.csv", format!("customer,date,total\n{rows}").as_bytes());
    let mut seen: Vec<Progress> = Vec::new();
    read_events(&path, &shop.options, &mut |_| Ok(()), &mut |progress| seen.push(progress)).unwrap();
    let last = seen.last().unwrap();
    assert_eq!((last.rows, Some(last.bytes_read)), (20_000, last.bytes_total));
    assert!(seen.len() >= 3 && seen.is_sorted_by_key(|progress| progress.rows), "{seen:?}");
}

#[test]
fn a_failing_sink_stops_the_import_at_its_line() {
    let shop = Shop::new();
    let path = shop.write("orders.csv", b"customer,date,total\n1,2024-05-31,5\n");
    let error = read_events(&path, &shop.options, &mut |_| Err("disk full".into()), &mut |_| {}).unwrap_err();
    assert!(error.to_string().ends_with("orders.csv, line 2: disk full"), "{error}");
}
