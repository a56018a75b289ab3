//! Delimited text: which delimiter, which columns, which order of day and month, then row by row.

use std::io::{self, BufReader, Cursor, Read};
use std::path::Path;

use crate::convert::{Cell, Cells};
use crate::encoding::{Transcoder, detect};
use crate::import::{Import, Opened, Outputs, decide_date_order};
use crate::lines::{Delimiter, Record, Records};
use crate::rejects::Reject;
use crate::source::ByteCount;
use crate::table::{AmountColumn, Table, match_columns};
use crate::{
    Encoding, EncodingChoice, EventLogError, ImportOptions, ImportSummary, RejectReason, SourceFormat,
};

/// How much of the start of a file is looked at before its first row is converted.
const SAMPLE_BYTES: u64 = 1 << 20;

/// A stream of text, unpacked.
pub(crate) struct Text {
    pub(crate) reader: Box<dyn Read>,
    pub(crate) is_gzip: bool,
    /// Bytes used of what is packed.
    pub(crate) bytes: ByteCount,
    pub(crate) bytes_total: Option<u64>,
}

/// Reads text row by row.
pub(crate) fn import(
    text: Text,
    path: &Path,
    options: &ImportOptions,
    outputs: Outputs<'_>,
) -> Result<ImportSummary, EventLogError> {
    let failed = |source| EventLogError::Io { action: "read", path: path.to_owned(), source };
    let is_positional = options.columns.is_positional();
    let (encoding, mut reader) = as_utf8(text.reader, options.encoding, is_positional).map_err(failed)?;
    let sample = read_sample(&mut reader).map_err(failed)?;
    let delimiter = detect_delimiter(&sample, is_positional);
    let mut record = Record::default();
    let mut sampled = Records::new(sample.as_slice(), delimiter);
    if sampled.next(&mut record).map_err(failed)?.is_none() {
        return Err(EventLogError::NoRows { path: path.to_owned() });
    }
    let headers = headers(&record, is_positional);
    let table = match_columns(&headers, options, path)?;
    let date_order = match options.date_order {
        Some(order) => Some(order),
        None => decide_date_order(path, sampled_dates(&sample, delimiter, headers.len(), table.occurred_at))?,
    };
    let opened = Opened {
        format: format(delimiter, text.is_gzip),
        encoding: Some(encoding),
        table: table.clone(),
        date_order,
        bytes_total: text.bytes_total,
    };
    let mut import = Import::start(path, options, opened, outputs)?;
    let reader = BufReader::with_capacity(1 << 16, Cursor::new(sample).chain(reader));
    let mut records = Records::new(reader, delimiter);
    if !is_positional {
        records.next(&mut record).map_err(failed)?;
    }
    records.width = Some(headers.len());
    while let Some(outcome) = records.next(&mut record).map_err(failed)? {
        let raw = || String::from_utf8_lossy(&record.raw);
        match outcome {
            Ok(()) => import.row(record.line, &cells(&record, &table), raw)?,
            Err(reason) => import.reject(record.line, &unusable(reason, &record, headers.len()), &raw())?,
        }
        import.tick(|| text.bytes.get());
    }
    import.finish(text.bytes.get())
}

/// The text as UTF-8, and what it was.
fn as_utf8(
    mut reader: Box<dyn Read>,
    choice: EncodingChoice,
    is_positional: bool,
) -> io::Result<(Encoding, Box<dyn Read>)> {
    let mut start = Vec::new();
    (&mut reader).take(SAMPLE_BYTES).read_to_end(&mut start)?;
    let encoding = match choice {
        EncodingChoice::Fixed(encoding) => encoding,
        // Without a header there is no name to know it by.
        EncodingChoice::Auto if is_positional => Encoding::Utf8,
        EncodingChoice::Auto => detect(&start, header_names),
    };
    let whole = Cursor::new(start).chain(reader);
    Ok(match encoding {
        Encoding::Utf8 => (encoding, Box::new(whole)),
        Encoding::Gb18030 => (encoding, Box::new(Transcoder::new(whole))),
    })
}

/// The names in the first row of a sample.
fn header_names(sample: &[u8]) -> Vec<String> {
    let mut record = Record::default();
    let mut records = Records::new(sample, detect_delimiter(sample, false));
    match records.next(&mut record) {
        Ok(Some(Ok(()))) => headers(&record, false),
        _ => Vec::new(),
    }
}

/// The start of the text, without a byte order mark.
fn read_sample(reader: &mut dyn Read) -> io::Result<Vec<u8>> {
    let mut sample = Vec::new();
    reader.take(SAMPLE_BYTES).read_to_end(&mut sample)?;
    if sample.starts_with(b"\xef\xbb\xbf") {
        sample.drain(..3);
    }
    Ok(sample)
}

/// The delimiter that is most often in the first line, outside quotation marks; white space if there is none.
fn detect_delimiter(sample: &[u8], is_positional: bool) -> Delimiter {
    let first = sample.split(|byte| *byte == b'\n').find(|line| !line.trim_ascii().is_empty()).unwrap_or(&[]);
    let mut is_quoted = false;
    let mut counts = [(b',', 0_usize), (b';', 0), (b'\t', 0), (b'|', 0)];
    for byte in first {
        is_quoted ^= *byte == b'"';
        if let Some((_, count)) = counts.iter_mut().find(|(known, _)| known == byte && !is_quoted) {
            *count += 1;
        }
    }
    // The first of equals wins, so the search goes from the least likely.
    match counts.iter().rev().max_by_key(|(_, count)| *count) {
        Some((byte, 1..)) => Delimiter::Byte(*byte),
        // "Customer ID" alone is one column with a space in its name, not two.
        _ if is_positional
            || first.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).count() > 2 =>
        {
            Delimiter::Whitespace
        }
        _ => Delimiter::Byte(b','),
    }
}

/// The delimiter of a table with a header, told from its first line as for events; a comma where there is none.
///
/// ```
/// assert_eq!(tenure_eventlog::delimiter_of(b"id;\"Age, years\";left\n1;30;No\n"), b';');
/// assert_eq!(tenure_eventlog::delimiter_of(b"left\nYes\n"), b',');
/// ```
#[must_use]
pub fn delimiter_of(start: &[u8]) -> u8 {
    match detect_delimiter(start, false) {
        Delimiter::Byte(byte) => byte,
        Delimiter::Whitespace => b',',
    }
}

fn headers(first: &Record, is_positional: bool) -> Vec<String> {
    let name = |index: usize| {
        if is_positional {
            format!("#{}", index + 1)
        } else {
            String::from_utf8_lossy(first.field(index)).trim().to_owned()
        }
    };
    (0..first.len()).map(name).collect()
}

/// The dates of the rows that lie whole in the sample.
fn sampled_dates(
    sample: &[u8],
    delimiter: Delimiter,
    width: usize,
    column: usize,
) -> impl Iterator<Item = (u64, Vec<u8>)> {
    let mut records = Records::new(sample, delimiter);
    records.width = Some(width);
    std::iter::from_fn(move || {
        let mut record = Record::default();
        // Rows that cannot be used have no date to look at; reading from memory does not fail.
        let outcome = records.next(&mut record).ok()??;
        let date = if outcome.is_ok() { record.field(column).to_vec() } else { Vec::new() };
        Some((record.line, date))
    })
}

fn format(delimiter: Delimiter, gzip: bool) -> SourceFormat {
    match delimiter {
        Delimiter::Byte(byte) => SourceFormat::Csv { delimiter: char::from(byte), gzip },
        Delimiter::Whitespace => SourceFormat::Whitespace { gzip },
    }
}

fn cells<'a>(record: &'a Record, table: &Table) -> Cells<'a> {
    let cell = |index: usize| Cell::from_bytes(record.field(index));
    let optional = |index: Option<usize>| index.map_or(Cell::Missing, cell);
    let (factor, amount) = match table.amount {
        AmountColumn::Major(amount) | AmountColumn::Minor(amount) => (None, cell(amount)),
        AmountColumn::Product(factor, amount) => (Some(cell(factor)), cell(amount)),
        AmountColumn::None => (None, Cell::Missing),
    };
    Cells {
        customer_id: cell(table.customer_id),
        occurred_at: cell(table.occurred_at),
        amount,
        factor,
        kind: optional(table.kind),
        order_id: optional(table.order_id),
        currency: table.currency.map(cell),
        attributes: table.attributes.map(optional),
    }
}

fn unusable(reason: RejectReason, record: &Record, width: usize) -> Reject {
    let value = if reason == RejectReason::FieldCount {
        format!("{} fields, expected {width}", record.len())
    } else {
        String::new()
    };
    Reject::new(reason, value)
}
