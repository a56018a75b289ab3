//! Characters that are not ASCII, in the encodings that Chinese shops export.

use std::fs;
use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use tenure_eventlog::{Encoding, EncodingChoice, RejectReason};

use crate::Shop;

/// 买家账号,订单创建时间,实付金额,备注 as Python 3 writes it with `encode("gbk")`.
const HEADER: &[u8] = b"\xc2\xf2\xbc\xd2\xd5\xcb\xba\xc5,\xb6\xa9\xb5\xa5\xb4\xb4\xbd\xa8\xca\xb1\xbc\xe4,\
\xca\xb5\xb8\xb6\xbd\xf0\xb6\xee,\xb1\xb8\xd7\xa2\n";

/// 张三 and 李四; the note of the first, 亅|亅, has a delimiter among its bytes.
const ROWS: &[u8] = b"\xd5\xc5\xc8\xfd,2024-05-30 09:00:00,12.50,\x81||\x81|\n\
\xc0\xee\xcb\xc4,2024-05-31,88,\xb5\xda\xb6\xfe\xb5\xa5\n";

const EVENTS: [&str; 2] =
    ["张三 order 2024-05-30T09:00:00Z 12.50 USD", "李四 order 2024-05-31T00:00:00Z 88.00 USD"];

#[test]
fn a_chinese_export_is_read_without_being_told() {
    let (events, summary) = Shop::new().text([HEADER, ROWS].concat());
    assert_eq!(events, EVENTS);
    assert_eq!(summary.encoding, Some(Encoding::Gb18030));
    assert_eq!(summary.columns[0].column, "买家账号");
    assert_eq!(summary.bytes, (HEADER.len() + ROWS.len()) as u64);
    assert!(summary.to_string().contains("CSV with ',', gb18030, 2 rows"), "{summary}");
    let json = serde_json::to_value(&summary).unwrap();
    assert_eq!(json["encoding"], "gb18030");
}

#[test]
fn also_packed_and_with_bars_between() {
    let mut packer = GzEncoder::new(Vec::new(), Compression::default());
    packer.write_all(&[HEADER, ROWS].concat()).unwrap();
    assert_eq!(Shop::new().text(packer.finish().unwrap()).0, EVENTS);
    let barred: Vec<u8> = HEADER.iter().map(|byte| if *byte == b',' { b'|' } else { *byte }).collect();
    let (events, _) = Shop::new()
        .text([&barred, b"\xd5\xc5\xc8\xfd|2024-05-30 09:00:00|12.50|\x81|\n".as_slice()].concat());
    assert_eq!(events, EVENTS[..1], "the bar in the note is half a character");
}

#[test]
fn the_same_file_as_utf_8_is_utf_8() {
    let text = "买家账号,订单创建时间,实付金额,备注\n张三,2024-05-30 09:00:00,12.50,亅|亅\n李四,2024-05-31,88,第二单\n";
    for text in [text.to_owned(), format!("\u{feff}{text}")] {
        let (events, summary) = Shop::new().text(text);
        assert_eq!(
            (events.as_slice(), summary.encoding),
            (EVENTS.map(str::to_owned).as_slice(), Some(Encoding::Utf8))
        );
    }
}

#[test]
fn what_is_said_is_done() {
    let mut shop = Shop::new();
    // No Chinese name in the header, so the file does not show it.
    let content = [b"customer,date,total,note\n".as_slice(), ROWS].concat();
    let (events, summary) = shop.text(&content);
    assert_eq!((events.len(), summary.rejects[&RejectReason::InvalidUtf8]), (0, 2));
    shop.options.encoding = EncodingChoice::Fixed(Encoding::Gb18030);
    assert_eq!(shop.text(&content).0, EVENTS);
    shop.options.encoding = EncodingChoice::Fixed(Encoding::Utf8);
    assert!(shop.error([HEADER, ROWS].concat()).to_string().contains("recognised as customer_id"));
}

#[test]
fn rejects_are_utf_8_whatever_the_file_was() {
    let mut shop = Shop::new();
    let rejects = shop.path("rejects.csv");
    shop.options.rejects = Some(rejects.clone());
    let bad = b"\xd5\xc5\xc8\xfd,never,1,\n\xd5\xff,2024-05-31,1,\n";
    let (events, summary) = shop.text([HEADER, ROWS, bad].concat());
    assert_eq!((events.len(), summary.rejected()), (2, 2));
    let file = fs::read_to_string(rejects).unwrap();
    let lines: Vec<&str> = file.lines().collect();
    assert_eq!(lines[1], r#"4,"unreadable date: ""never""","张三,never,1,""#);
    assert!(
        lines[2].starts_with("5,bytes that are no character: save the file as UTF-8 or name its --encoding")
    );
}

/// The first MiB is looked at before a row is read: a character may lie across its end.
#[test]
fn a_character_across_the_end_of_a_block_is_whole() {
    const BLOCK: usize = 1 << 20;
    for offset in 0..3 {
        let header = "customer,date,total,note\n";
        let long = format!("1,2024-05-31,5,{}\n", "x".repeat(500_000));
        let mut text = format!("{header}{long}{long}");
        let filler = BLOCK - text.len() - "1,2024-05-31,5,\n".len() - offset;
        text.push_str(&format!("1,2024-05-31,5,{}\n", "x".repeat(filler)));
        assert_eq!(text.len(), BLOCK - offset);
        text.push_str("客户,2024-05-31,5,\n");
        let (events, summary) = Shop::new().text(&text);
        assert_eq!((summary.encoding, summary.rejected()), (Some(Encoding::Utf8), 0));
        assert_eq!(events[3], "客户 order 2024-05-31T00:00:00Z 5.00 USD");
    }
}

/// Longer than every block, so that characters are cut wherever blocks end.
#[test]
fn a_long_chinese_export_keeps_every_character() {
    // Rows of 25 bytes: no power of two is a multiple.
    let row = b"\xd5\xc5\xc8\xfd,2024-05-31,5,\xb1\xb8\xd7\xa2\n";
    let rows = 60_000;
    let (events, summary) = Shop::new().text([HEADER, &row.repeat(rows)].concat());
    assert_eq!((events.len(), summary.rejected()), (rows, 0));
    assert!(events.iter().all(|event| event == "张三 order 2024-05-31T00:00:00Z 5.00 USD"));
}
