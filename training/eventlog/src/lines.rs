//! Rows of delimited text, one at a time, with their line numbers and in bounded memory.
//!
//! Not the `csv` crate's reader, because one quotation mark that is never closed would make it read the rest
//! of the file into one field. Here such a line is rejected alone, and the row's own text is at hand for the
//! rejects file. A property test holds the two readers together on well-formed files.

use std::io::{self, BufRead, Read};

use crate::RejectReason;

/// Longest row of text, in bytes; a longer one is rejected.
pub const MAX_RECORD_BYTES: usize = 1 << 20;

/// Longest row that goes over several lines in quotation marks, in bytes: how far an open quotation mark is
/// followed before it is held for a mistake.
const MAX_QUOTED_BYTES: usize = 1 << 18;

/// What stands between the fields of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Delimiter {
    /// One byte, with quotation marks around fields that hold it.
    Byte(u8),
    /// Any run of spaces and tabs; no quotation.
    Whitespace,
}

/// One row: its text and where its fields are.
#[derive(Debug, Default)]
pub(crate) struct Record {
    /// The row as it stands in the file, without its line end.
    pub(crate) raw: Vec<u8>,
    /// The number of its first line, from 1.
    pub(crate) line: u64,
    /// The fields without quotation marks, where the row has any.
    unquoted: Vec<u8>,
    is_unquoted: bool,
    spans: Vec<(usize, usize)>,
}

impl Record {
    /// How many fields it has.
    pub(crate) fn len(&self) -> usize {
        self.spans.len()
    }

    /// The bytes of a field; empty beyond the last.
    pub(crate) fn field(&self, index: usize) -> &[u8] {
        let text = if self.is_unquoted { &self.unquoted } else { &self.raw };
        self.spans.get(index).map_or(&[], |(start, end)| &text[*start..*end])
    }
}

/// Reads records.
#[derive(Debug)]
pub(crate) struct Records<R> {
    reader: R,
    delimiter: Delimiter,
    /// Fields in every row, once known.
    pub(crate) width: Option<usize>,
    /// Lines read ahead after an open quotation mark and given back.
    ahead: io::Cursor<Vec<u8>>,
    /// Lines read so far.
    line: u64,
}

enum Line {
    End,
    Whole,
    TooLong,
}

impl<R: BufRead> Records<R> {
    pub(crate) fn new(reader: R, delimiter: Delimiter) -> Self {
        Self { reader, delimiter, width: None, ahead: io::Cursor::default(), line: 0 }
    }

    /// Reads the next row, skipping empty lines. The inner error is why the row cannot be used; its text and
    /// line are in `record` all the same.
    pub(crate) fn next(&mut self, record: &mut Record) -> io::Result<Option<Result<(), RejectReason>>> {
        loop {
            record.raw.clear();
            record.line = self.line + 1;
            match self.append_line(&mut record.raw)? {
                Line::End => return Ok(None),
                Line::TooLong => {
                    record.spans.clear();
                    trim_line_end(&mut record.raw);
                    return Ok(Some(Err(RejectReason::RowTooLong)));
                }
                Line::Whole => {}
            }
            if !record.raw.trim_ascii().is_empty() {
                return self.split(record).map(Some);
            }
        }
    }

    fn split(&mut self, record: &mut Record) -> io::Result<Result<(), RejectReason>> {
        record.spans.clear();
        record.is_unquoted = false;
        match self.delimiter {
            Delimiter::Whitespace => split_whitespace(record),
            Delimiter::Byte(byte) if record.raw.contains(&b'"') => {
                if !self.split_quoted(record, byte)? {
                    return Ok(Err(RejectReason::UnclosedQuote));
                }
            }
            Delimiter::Byte(byte) => split_plain(record, byte),
        }
        trim_line_end(&mut record.raw);
        let is_right = self.width.is_none_or(|width| record.len() == width);
        Ok(if is_right { Ok(()) } else { Err(RejectReason::FieldCount) })
    }

    /// Splits a row with quotation marks, adding lines while one is open. False if it is a mistake: then the
    /// record is its first line and the others will be read again.
    fn split_quoted(&mut self, record: &mut Record, delimiter: u8) -> io::Result<bool> {
        let first_line_end = record.raw.len();
        let line = self.line;
        let mut quotes = unquote(record, delimiter);
        while quotes == Quotes::Open && record.raw.len() < MAX_QUOTED_BYTES {
            let line_start = record.raw.len();
            if !matches!(self.append_line(&mut record.raw)?, Line::Whole) {
                break;
            }
            // Only a line with a quotation mark can close it.
            if record.raw[line_start..].contains(&b'"') {
                quotes = unquote(record, delimiter);
            }
        }
        let spans_lines = record.raw.len() > first_line_end;
        let is_mistake = match quotes {
            Quotes::Open => true,
            // Over several lines, text behind a closing mark or a wrong number of fields shows that the mark
            // was never meant to reach so far.
            Quotes::Ragged => spans_lines,
            Quotes::Closed => spans_lines && self.width.is_some_and(|width| width != record.len()),
        };
        if is_mistake {
            self.give_back(&record.raw[first_line_end..], line);
            record.raw.truncate(first_line_end);
            trim_line_end(&mut record.raw);
        }
        Ok(!is_mistake)
    }

    fn give_back(&mut self, lines: &[u8], line: u64) {
        let unread = self.ahead.get_ref().get(self.ahead.position() as usize..).unwrap_or(&[]);
        self.ahead = io::Cursor::new([lines, unread].concat());
        self.line = line;
    }

    /// Appends the next line with its end; what is beyond the limit is read and dropped.
    fn append_line(&mut self, text: &mut Vec<u8>) -> io::Result<Line> {
        let start = text.len();
        let room = MAX_RECORD_BYTES as u64;
        let mut lines = (&mut self.ahead).chain(&mut self.reader);
        let read = (&mut lines).take(room).read_until(b'\n', text)?;
        if read == 0 {
            return Ok(Line::End);
        }
        self.line += 1;
        if read < MAX_RECORD_BYTES || text.ends_with(b"\n") {
            return Ok(Line::Whole);
        }
        let mut beyond = Vec::new();
        while (&mut lines).take(room).read_until(b'\n', &mut beyond)? > 0 && !beyond.ends_with(b"\n") {
            beyond.clear();
        }
        text.truncate(start + MAX_RECORD_BYTES);
        // So that it is a line of its own should it be given back.
        text.push(b'\n');
        Ok(Line::TooLong)
    }
}

fn trim_line_end(raw: &mut Vec<u8>) {
    let end = content(raw).len();
    raw.truncate(end);
}

/// A line without its line end.
fn content(raw: &[u8]) -> &[u8] {
    let raw = raw.strip_suffix(b"\n").unwrap_or(raw);
    raw.strip_suffix(b"\r").unwrap_or(raw)
}

fn split_plain(record: &mut Record, delimiter: u8) {
    let line = content(&record.raw);
    let mut start = 0;
    for (index, byte) in line.iter().enumerate() {
        if *byte == delimiter {
            record.spans.push((start, index));
            start = index + 1;
        }
    }
    record.spans.push((start, line.len()));
}

fn split_whitespace(record: &mut Record) {
    let mut start = None;
    for (index, byte) in record.raw.iter().enumerate() {
        match (byte.is_ascii_whitespace(), start) {
            (false, None) => start = Some(index),
            (true, Some(first)) => {
                record.spans.push((first, index));
                start = None;
            }
            _ => {}
        }
    }
    if let Some(first) = start {
        record.spans.push((first, record.raw.len()));
    }
}

/// How the quotation marks of a row came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quotes {
    /// The last field is still open.
    Open,
    /// All closed, each before a delimiter.
    Closed,
    /// All closed, one of them before more text of its field.
    Ragged,
}

/// Splits a row whose fields may be in quotation marks.
fn unquote(record: &mut Record, delimiter: u8) -> Quotes {
    record.spans.clear();
    record.unquoted.clear();
    record.is_unquoted = true;
    let line = content(&record.raw);
    let (mut start, mut in_quotes, mut at_start) = (0, false, true);
    let (mut is_behind_quotes, mut is_ragged) = (false, false);
    let mut bytes = line.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' if in_quotes && bytes.next_if_eq(&b'"').is_some() => record.unquoted.push(b'"'),
            b'"' if in_quotes => (in_quotes, is_behind_quotes) = (false, true),
            b'"' if at_start => in_quotes = true,
            _ if byte == delimiter && !in_quotes => {
                record.spans.push((start, record.unquoted.len()));
                start = record.unquoted.len();
                (at_start, is_behind_quotes) = (true, false);
                continue;
            }
            _ => {
                is_ragged |= is_behind_quotes;
                record.unquoted.push(byte);
            }
        }
        at_start = false;
    }
    record.spans.push((start, record.unquoted.len()));
    match (in_quotes, is_ragged) {
        (true, _) => Quotes::Open,
        (false, true) => Quotes::Ragged,
        (false, false) => Quotes::Closed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(
        text: &[u8],
        delimiter: Delimiter,
        width: Option<usize>,
    ) -> Vec<(u64, Result<Vec<String>, RejectReason>)> {
        let mut records = Records::new(text, delimiter);
        records.width = width;
        let mut record = Record::default();
        let mut rows = Vec::new();
        while let Some(outcome) = records.next(&mut record).unwrap() {
            let fields =
                (0..record.len()).map(|i| String::from_utf8_lossy(record.field(i)).into_owned()).collect();
            rows.push((record.line, outcome.map(|()| fields)));
        }
        rows
    }

    fn fields(values: &[&str]) -> Result<Vec<String>, RejectReason> {
        Ok(values.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn counts_lines_through_empty_ones_and_quoted_line_ends() {
        let rows = read(b"a,b\r\n\r\n\"x\r\ny\",\"1\"\"2\"\n\n3,4", Delimiter::Byte(b','), Some(2));
        assert_eq!(
            rows,
            [(1, fields(&["a", "b"])), (3, fields(&["x\r\ny", "1\"2"])), (6, fields(&["3", "4"]))]
        );
    }

    #[test]
    fn an_open_quotation_mark_costs_one_line() {
        let rows = read(b"1,\"a\n2,b\n3,c\n", Delimiter::Byte(b','), Some(2));
        assert_eq!(
            rows,
            [(1, Err(RejectReason::UnclosedQuote)), (2, fields(&["2", "b"])), (3, fields(&["3", "c"]))]
        );
        // Closed by a quotation mark of another row: the number of fields shows it.
        let rows = read(b"1,\"a\n2,b\n3,\"c\"\n", Delimiter::Byte(b','), Some(2));
        assert_eq!(rows[0], (1, Err(RejectReason::UnclosedQuote)));
        assert_eq!(rows[1..], [(2, fields(&["2", "b"])), (3, fields(&["3", "c"]))]);
    }

    #[test]
    fn an_open_quotation_mark_before_a_row_too_long_loses_neither() {
        let text = [b"1,\"a\n".as_slice(), &vec![b'x'; MAX_RECORD_BYTES + 9], b"\n3,c\n"].concat();
        let rows = read(&text, Delimiter::Byte(b','), Some(2));
        assert_eq!(rows[0], (1, Err(RejectReason::UnclosedQuote)));
        assert_eq!(rows[1], (2, Err(RejectReason::RowTooLong)));
        assert_eq!(rows[2..], [(3, fields(&["3", "c"]))]);
    }

    #[test]
    fn a_quotation_mark_inside_a_field_is_text() {
        let rows = read(b"7\" vinyl,5\n", Delimiter::Byte(b','), None);
        assert_eq!(rows, [(1, fields(&["7\" vinyl", "5"]))]);
    }

    #[test]
    fn a_line_without_end_is_cut_and_the_next_one_is_read() {
        let mut text = vec![b'x'; 3 * MAX_RECORD_BYTES];
        text.extend_from_slice(b"\n1,2\n");
        let rows = read(&text, Delimiter::Byte(b','), None);
        assert_eq!(rows, [(1, Err(RejectReason::RowTooLong)), (2, fields(&["1", "2"]))]);
    }

    #[test]
    fn runs_of_spaces_are_one_delimiter() {
        let rows = read(b" 00001 19970101  1   11.77\r\n", Delimiter::Whitespace, None);
        assert_eq!(rows, [(1, fields(&["00001", "19970101", "1", "11.77"]))]);
    }

    proptest! {
        /// What the csv crate writes and reads is the independent answer.
        #[test]
        fn reads_what_the_csv_crate_writes(
            rows in prop::collection::vec(prop::collection::vec("[a-c\" ,;\n]{0,6}", 3), 1..12),
            delimiter in prop::sample::select(vec![b',', b';', b'\t']),
            crlf: bool,
        ) {
            let end = if crlf { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') };
            let mut writer = csv::WriterBuilder::new().delimiter(delimiter).terminator(end).from_writer(Vec::new());
            // A first field of "x" so that no row is blank.
            let rows: Vec<Vec<String>> =
                rows.into_iter().map(|row| [vec!["x".to_owned()], row].concat()).collect();
            for row in &rows {
                writer.write_record(row).unwrap();
            }
            let text = writer.into_inner().unwrap();
            let found: Vec<_> = read(&text, Delimiter::Byte(delimiter), Some(4)).into_iter().map(|(_, row)| row).collect();
            prop_assert_eq!(found, rows.into_iter().map(Ok).collect::<Vec<_>>());
        }

        #[test]
        fn any_bytes_end(text in prop::collection::vec(prop::sample::select(b"a,\"\n\r ".to_vec()), 0..64), width in 1..4_usize) {
            let rows = read(&text, Delimiter::Byte(b','), Some(width));
            prop_assert!(rows.len() <= text.len());
        }
    }
}
