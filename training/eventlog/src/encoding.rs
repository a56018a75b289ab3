//! Which characters the bytes of a text stand for: UTF-8, or the GB18030 of Chinese exports.

use std::fmt;
use std::io::{self, Read};
use std::str::FromStr;

use encoding_rs::{Decoder, DecoderResult, GB18030};
use serde::Serialize;

use crate::{EventLogError, Field, alias};

/// How the characters of a text file are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Encoding {
    /// UTF-8, with or without a byte order mark.
    #[serde(rename = "utf-8")]
    Utf8,
    /// GB18030, and so also GBK and GB 2312: what Excel and shop systems in China write.
    #[serde(rename = "gb18030")]
    Gb18030,
}

impl Encoding {
    /// The name used in options and summaries.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Gb18030 => "gb18030",
        }
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What `--encoding` says: one of the [`Encoding`]s, or that the file is to show it.
///
/// ```
/// use tenure_eventlog::{Encoding, EncodingChoice};
/// assert_eq!("gb18030".parse::<EncodingChoice>()?, EncodingChoice::Fixed(Encoding::Gb18030));
/// assert_eq!("auto".parse::<EncodingChoice>()?, EncodingChoice::Auto);
/// assert!("latin-1".parse::<EncodingChoice>().is_err());
/// # Ok::<(), tenure_eventlog::EventLogError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EncodingChoice {
    /// UTF-8, unless the start of the file is not UTF-8 and its header, read as GB18030, has a column with a
    /// Chinese name that is known.
    #[default]
    Auto,
    /// This one.
    Fixed(Encoding),
}

impl FromStr for EncodingChoice {
    type Err = EventLogError;
    fn from_str(value: &str) -> Result<Self, EventLogError> {
        match value {
            "auto" => Ok(Self::Auto),
            "utf-8" => Ok(Self::Fixed(Encoding::Utf8)),
            "gb18030" => Ok(Self::Fixed(Encoding::Gb18030)),
            _ => Err(EventLogError::UnknownOption {
                option: "encoding",
                value: value.to_owned(),
                accepted: &["auto", "utf-8", "gb18030"],
            }),
        }
    }
}

impl fmt::Display for EncodingChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Fixed(encoding) => encoding.fmt(f),
        }
    }
}

/// How much of a sample is decoded to look for a header.
const HEADER_BYTES: usize = 1 << 16;

/// The encoding that the start of a file shows; `names` splits text into the names of its header.
///
/// Text that is not UTF-8 could be in a dozen encodings, and most bytes are some Chinese character in GB18030.
/// So it is taken for that only where a column name comes out that is known and Chinese: a Latin-1 file with an
/// umlaut in it keeps being rejected where it matters, and is never read as something else.
pub(crate) fn detect(sample: &[u8], names: impl Fn(&[u8]) -> Vec<String>) -> Encoding {
    let is_utf8 = match std::str::from_utf8(sample) {
        Ok(_) => true,
        // A character cut in two by the end of the sample is none the worse for it.
        Err(error) => error.error_len().is_none(),
    };
    if is_utf8 || sample.starts_with(b"\xef\xbb\xbf") {
        return Encoding::Utf8;
    }
    let mut text = Vec::new();
    // Reading from memory does not fail.
    let _ = Transcoder::new(&sample[..sample.len().min(HEADER_BYTES)]).read_to_end(&mut text);
    let headers = names(&text);
    let is_known =
        |field: Field| alias::candidates(field, &headers).into_iter().any(|index| !headers[index].is_ascii());
    if Field::ALL.into_iter().any(is_known) { Encoding::Gb18030 } else { Encoding::Utf8 }
}

/// Bytes decoded at a time.
const BLOCK_BYTES: usize = 1 << 14;

/// In place of bytes that are no character: a byte that is no UTF-8, so that a row is rejected where it matters
/// rather than read as something else.
const NO_CHARACTER: u8 = 0xff;

/// Turns a stream of GB18030 into one of UTF-8, a block at a time.
pub(crate) struct Transcoder<R> {
    reader: R,
    decoder: Decoder,
    /// Read but not yet decoded.
    block: Vec<u8>,
    used: usize,
    is_end: bool,
    /// Decoded but not yet given on.
    text: Vec<u8>,
    given: usize,
}

impl<R: Read> Transcoder<R> {
    pub(crate) fn new(reader: R) -> Self {
        Self {
            reader,
            decoder: GB18030.new_decoder_without_bom_handling(),
            block: Vec::new(),
            used: 0,
            is_end: false,
            text: Vec::new(),
            given: 0,
        }
    }

    /// Decodes until there is text to give on or the end is reached.
    fn fill(&mut self) -> io::Result<()> {
        self.text.clear();
        self.given = 0;
        while self.text.is_empty() && !(self.is_end && self.used == self.block.len()) {
            if self.used == self.block.len() {
                self.read_block()?;
            }
            self.decode();
        }
        Ok(())
    }

    fn read_block(&mut self) -> io::Result<()> {
        self.block.clear();
        self.used = 0;
        let room = BLOCK_BYTES as u64;
        (&mut self.reader).take(room).read_to_end(&mut self.block)?;
        self.is_end = self.block.is_empty();
        if self.is_end {
            self.finish();
        }
        Ok(())
    }

    /// Decodes what is left of the block; the decoder keeps a character that the block cuts in two.
    fn decode(&mut self) {
        while self.used < self.block.len() {
            let rest = &self.block[self.used..];
            let most = self.decoder.max_utf8_buffer_length_without_replacement(rest.len());
            let start = self.text.len();
            self.text.resize(start + most.unwrap_or(4 * BLOCK_BYTES), 0);
            let (result, read, written) =
                self.decoder.decode_to_utf8_without_replacement(rest, &mut self.text[start..], false);
            self.used += read;
            self.text.truncate(start + written);
            if matches!(result, DecoderResult::Malformed(..)) {
                self.text.push(NO_CHARACTER);
            }
        }
    }

    /// A character that the file cuts in two is none.
    fn finish(&mut self) {
        let mut last = [0; 16];
        let (result, _, written) = self.decoder.decode_to_utf8_without_replacement(&[], &mut last, true);
        self.text.extend_from_slice(&last[..written]);
        if matches!(result, DecoderResult::Malformed(..)) {
            self.text.push(NO_CHARACTER);
        }
    }
}

impl<R: Read> Read for Transcoder<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.given == self.text.len() {
            self.fill()?;
        }
        let left = &self.text[self.given..];
        let count = left.len().min(buffer.len());
        buffer[..count].copy_from_slice(&left[..count]);
        self.given += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A reader that gives a few bytes at a time.
    struct Drip<'a>(&'a [u8], usize);

    impl Read for Drip<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let count = self.1.min(self.0.len()).min(buffer.len());
            buffer[..count].copy_from_slice(&self.0[..count]);
            self.0 = &self.0[count..];
            Ok(count)
        }
    }

    fn decoded(bytes: &[u8]) -> Vec<u8> {
        let mut text = Vec::new();
        Transcoder::new(bytes).read_to_end(&mut text).unwrap();
        text
    }

    /// Bytes of Python 3's `"...".encode("gb18030")`.
    #[test]
    fn reads_what_python_writes() {
        for (bytes, text) in [
            (b"\xbf\xcd\xbb\xa7\xb1\xe0\xba\xc5".as_slice(), "\u{5ba2}\u{6237}\u{7f16}\u{53f7}"),
            // A trail byte that is a delimiter: 0x7c.
            (b"\x81\x7c,1", "\u{4e85},1"),
            // Four bytes, and one of the second half of Unicode.
            (b"\x81\x30\x84\x36", "\u{a5}"),
            (b"\x90\x30\x81\x30", "\u{10000}"),
            (b"plain\r\n", "plain\r\n"),
            (b"", ""),
        ] {
            assert_eq!(String::from_utf8(decoded(bytes)).unwrap(), text);
        }
    }

    #[test]
    fn what_is_no_character_does_not_become_one() {
        assert_eq!(decoded(b"a\xff,b\n"), b"a\xff,b\n");
        assert_eq!(decoded(b"a\xbf"), b"a\xff", "cut in two by the end");
    }

    #[test]
    fn only_a_known_chinese_column_shows_gb18030() {
        let names = |text: &[u8]| {
            let line = text.split(|byte| *byte == b'\n').next().unwrap_or(&[]);
            String::from_utf8_lossy(line).split(',').map(str::to_owned).collect::<Vec<_>>()
        };
        let of = |sample: &[u8]| detect(sample, names);
        // "客户编号,下单时间,订单金额" in GBK.
        let chinese = b"\xbf\xcd\xbb\xa7\xb1\xe0\xba\xc5,\xcf\xc2\xb5\xa5\xca\xb1\xbc\xe4,\xb6\xa9\xb5\xa5\xbd\xf0\xb6\xee\n";
        assert_eq!(of(chinese), Encoding::Gb18030);
        assert_eq!(of("\u{5ba2}\u{6237}\u{7f16}\u{53f7},date\n".as_bytes()), Encoding::Utf8);
        assert_eq!(of(b"customer,date,total,note\n1,2024-05-31,5,M\xfcller\n"), Encoding::Utf8);
        assert_eq!(
            of(b"Gr\xf6\xdfe,date,total\n"),
            Encoding::Utf8,
            "known columns, but none of them Chinese"
        );
        assert_eq!(of(b"\xef\xbb\xbfcustomer,\xbf\xcd\n"), Encoding::Utf8, "the mark says UTF-8");
        let whole = "customer,note\n1,\u{5ba2}".as_bytes();
        assert_eq!(of(&whole[..whole.len() - 1]), Encoding::Utf8, "cut by the end of the sample");
    }

    proptest! {
        #[test]
        fn blocks_and_small_reads_change_nothing(
            text in "[a-z\u{4e00}-\u{9fa5}\u{10000}-\u{10400}\u{a5},\n]{0,60}",
            before in 0..4_usize,
            drip in 1..7_usize,
        ) {
            // Enough in front that a block ends within the text.
            let text = format!("{}{text}", "x".repeat(BLOCK_BYTES - 40 + before));
            let (bytes, _, _) = GB18030.encode(&text);
            prop_assert_eq!(String::from_utf8(decoded(&bytes)).unwrap(), text.as_str());
            let mut slowly = Vec::new();
            Transcoder::new(Drip(&bytes, drip)).read_to_end(&mut slowly).unwrap();
            prop_assert_eq!(String::from_utf8(slowly).unwrap(), text);
        }
    }
}
