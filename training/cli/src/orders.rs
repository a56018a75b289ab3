//! From the options of a command to a book of orders.

use std::path::{Path, PathBuf};

use anyhow::{Context, Error, bail};
use tenure_bundle::Scorer;
use tenure_core::{AsOf, Currency, Event, TimeZone, Timestamp};
use tenure_eventlog::{
    DecimalMark, EncodingChoice, Field, ImportOptions, ImportSummary, NegativeAmounts, SinkError, read_events,
};
use tenure_learn::OrderBook;

use crate::history::{MAX_REJECT_SHARE, OrderFileArgs};
use crate::progress::{Unit, bar};

/// Reads every event of the file.
pub(crate) fn read(
    args: &OrderFileArgs,
    sink: &mut dyn FnMut(Event) -> Result<(), SinkError>,
) -> Result<ImportSummary, Error> {
    let options = options(args)?;
    let mut bar =
        bar("reading orders", std::fs::metadata(&args.orders).ok().map(|file| file.len()), Unit::Bytes);
    let summary = read_events(&args.orders, &options, sink, &mut |progress| bar.set(progress.bytes_read))?;
    Ok(summary)
}

/// Reads the file into a book for questions at `as_of`: what happened before and was not known yet is left out, and
/// counted in the summary.
pub(crate) fn book(args: &OrderFileArgs, as_of: AsOf) -> Result<(OrderBook, ImportSummary), Error> {
    let mut book = OrderBook::as_of(args.currency(), as_of);
    let mut summary = read(args, &mut |event| Ok(book.record(event)?))?;
    summary.not_yet_known = book.not_yet_known();
    let is_nobody_left = || !book.sorted().iter().any(|(_, history)| history.has_order_before(as_of));
    if summary.not_yet_known > 0 && is_nobody_left() {
        return Err(all_unknown(&summary, as_of).into());
    }
    Ok((book, summary))
}

/// Nothing is left of a file whose rows all became known later: most likely its column says when it was exported.
fn all_unknown(summary: &ImportSummary, as_of: AsOf) -> Unusable {
    let column = |field: Field| {
        let choice = summary.columns.iter().find(|choice| choice.field == field);
        choice.map_or_else(|| field.to_string(), |choice| choice.column.clone())
    };
    let (known, happened) = (column(Field::IngestedAt), column(Field::OccurredAt));
    let map = quoted(&format!("occurred_at={happened},ingested_at={happened}"));
    Unusable::new(format!(
        "no order before {as_of} was known by then: the column {known:?} says that all {} became known only then or \
         later. If it says when the file was made, and not when an order became known, add --map {map}",
        summary.not_yet_known
    ))
}

/// What the options ask for cannot be: exit code 2.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Unusable {
    pub(crate) message: String,
}

impl Unusable {
    pub(crate) const fn new(message: String) -> Self {
        Self { message }
    }
}

/// Says before the work, not after it, that a file cannot be written where it is wanted.
pub(crate) fn check_out(out: &Path, inputs: &[&Path]) -> Result<(), Error> {
    let is_same = |input: &&Path| matches!((out.canonicalize(), input.canonicalize()), (Ok(one), Ok(other)) if one == other);
    // A file inside the folder of a log would be taken for a part of it, or replace one.
    let folder = out.parent().and_then(|folder| folder.canonicalize().ok());
    let is_inside = |input: &&Path| input.is_dir() && input.canonicalize().ok() == folder;
    if inputs.iter().any(is_same) || inputs.iter().any(is_inside) {
        let message = format!("--out {} would replace what is read: name another file", out.display());
        return Err(Unusable::new(message).into());
    }
    match out.parent() {
        Some(folder) if !folder.as_os_str().is_empty() && !folder.is_dir() => {
            bail!("cannot write {}: there is no folder {}", out.display(), folder.display())
        }
        _ => Ok(()),
    }
}

/// The options that another command needs to read the same file the same way.
pub(crate) fn same_file(args: &OrderFileArgs) -> String {
    let mut text = format!("--orders {}", quoted_path(&args.orders));
    let mut add = |option: &str, value: String| text.push_str(&format!(" {option} {}", quoted(&value)));
    if let Some(map) = &args.how.map {
        add("--map", map.to_string());
    }
    if args.how.encoding != EncodingChoice::Auto {
        add("--encoding", args.how.encoding.to_string());
    }
    if args.currency() != Currency::USD {
        add("--currency", args.currency().to_string());
    }
    if args.time_zone() != TimeZone::utc() {
        add("--time-zone", args.time_zone().to_string());
    }
    if let Some(order) = args.how.date_order {
        add("--date-order", order.to_string());
    }
    if args.how.decimal != DecimalMark::default() {
        add("--decimal", args.how.decimal.to_string());
    }
    if args.how.negative_amounts != NegativeAmounts::default() {
        add("--negative-amounts", args.how.negative_amounts.to_string());
    }
    if args.how.max_reject_share.to_bits() != MAX_REJECT_SHARE.to_bits() {
        add("--max-reject-share", args.how.max_reject_share.to_string());
    }
    text
}

/// One word for a shell, in quotation marks where it needs them.
pub(crate) fn quoted(word: &str) -> String {
    let is_plain = |letter: char| letter.is_alphanumeric() || "_-./:=,@%+".contains(letter);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// A path as one word for a shell.
pub(crate) fn quoted_path(path: &Path) -> String {
    quoted(&path.display().to_string())
}

/// An as-of written on the command line, in the shop's zone.
pub(crate) fn as_of(text: &str, zone: &TimeZone) -> Result<AsOf, Error> {
    let instant = Timestamp::parse(text, zone).context("--as-of")?;
    Ok(AsOf::new(instant))
}

/// What to say where a bundle is held against an outcome that it was trained on.
pub(crate) fn seen_in_training(scorer: &Scorer, as_of: AsOf) -> Option<String> {
    let trained = scorer.manifest().as_of;
    (as_of < trained).then(|| {
        format!(
            "this is no test: the bundle was trained as of {trained} and may have learned from what came after \
             {as_of}; ask as of {trained} or later"
        )
    })
}

/// How a file is read, by its options.
pub(crate) fn options(args: &OrderFileArgs) -> Result<ImportOptions, Error> {
    let now = Timestamp::from_microseconds(jiff::Timestamp::now().as_microsecond())?;
    Ok(ImportOptions {
        orders_only: true,
        encoding: args.how.encoding,
        columns: args.how.map.clone().unwrap_or_default(),
        time_zone: args.time_zone(),
        date_order: args.how.date_order,
        decimal_mark: args.how.decimal,
        negative_amounts: args.how.negative_amounts,
        rejects: Some(args.how.rejects.clone().unwrap_or_else(|| rejects_beside(&args.orders))),
        max_reject_share: args.how.max_reject_share,
        ..ImportOptions::new(args.currency(), now)
    })
}

/// `orders.csv` -> `orders.csv.rejects.csv`.
fn rejects_beside(orders: &Path) -> PathBuf {
    let mut name = orders.as_os_str().to_owned();
    name.push(".rejects.csv");
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::{Cli, Command};
    use clap::Parser;

    fn hint(options: &[&str]) -> String {
        let line = [&["tenure", "import"], options].concat();
        let Command::Import(args) = Cli::try_parse_from(line).unwrap().command else { panic!("an import") };
        same_file(&args.file)
    }

    #[test]
    fn defaults_are_not_repeated() {
        assert_eq!(hint(&["--orders", "data/orders.csv"]), "--orders data/orders.csv");
    }

    #[test]
    fn a_hint_reads_the_file_as_it_was_read() {
        let options = [
            "--orders",
            "Bob's orders.csv",
            "--map",
            "customer_id=Buyer Email,amount=Quantity*Price",
            "--encoding",
            "gb18030",
            "--currency",
            "EUR",
            "--time-zone",
            "Europe/Berlin",
            "--date-order",
            "day-first",
            "--decimal",
            "comma",
            "--negative-amounts",
            "refund",
            "--max-reject-share",
            "0.05",
        ];
        let expected = r"--orders 'Bob'\''s orders.csv' --map 'customer_id=Buyer Email,amount=Quantity*Price' \
            --encoding gb18030 --currency EUR --time-zone Europe/Berlin --date-order day-first --decimal comma \
            --negative-amounts refund --max-reject-share 0.05";
        let expected: Vec<&str> = expected.split(" \\\n").map(str::trim_start).collect();
        assert_eq!(hint(&options), expected.join(" "));
    }

    #[test]
    fn a_shell_reads_a_quoted_word_as_it_was() {
        for (word, expected) in [
            ("2024-06-01", "2024-06-01"),
            ("订单.csv", "订单.csv"),
            ("2024-06-01 10:00", "'2024-06-01 10:00'"),
            ("$HOME/*", "'$HOME/*'"),
            ("#1", "'#1'"),
            ("", "''"),
            ("a'b", r"'a'\''b'"),
        ] {
            assert_eq!(quoted(word), expected);
        }
    }
}
