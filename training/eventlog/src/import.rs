//! What text and Parquet have in common: cells in, events and rejects out, everything counted.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;

use tenure_core::{CustomerId, Event, EventKind, Timestamp};

use crate::convert::{Cell, Cells, Converter, Outcome};
use crate::date::DateParser;
use crate::date_forms::{Evidence, evidence};
use crate::rejects::{Reject, RejectsWriter};
use crate::suggest::nearest;
use crate::table::{AmountColumn, Table};
use crate::{
    DateOrder, Encoding, EventLogError, ImportOptions, ImportSummary, Progress, SinkError, SourceFormat,
};

/// Rows between two reports of progress.
const PROGRESS_ROWS: u64 = 1 << 13;

/// Most unknown kinds that an error lists.
const MAX_UNKNOWN_KINDS: usize = 20;

/// Where events and reports of progress go.
pub(crate) struct Outputs<'a> {
    pub(crate) sink: &'a mut dyn FnMut(Event) -> Result<(), SinkError>,
    pub(crate) progress: &'a mut dyn FnMut(Progress),
}

/// What is known of a file before its first row is converted.
pub(crate) struct Opened {
    pub(crate) format: SourceFormat,
    pub(crate) encoding: Option<Encoding>,
    pub(crate) table: Table,
    pub(crate) date_order: Option<DateOrder>,
    /// Bytes of the file, where it is a file.
    pub(crate) bytes_total: Option<u64>,
}

/// One import under way.
pub(crate) struct Import<'a> {
    max_reject_share: f64,
    strict_kinds: bool,
    /// Kinds that Tenure does not know.
    unknown_kinds: BTreeMap<String, u64>,
    pub(crate) converter: Converter,
    rejects: RejectsWriter,
    outputs: Outputs<'a>,
    summary: ImportSummary,
    bytes_total: Option<u64>,
    /// Order id of the last row, and who and when if it became an event.
    last_order: String,
    last_event: Option<(CustomerId, Timestamp)>,
}

impl<'a> Import<'a> {
    pub(crate) fn start(
        path: &Path,
        options: &ImportOptions,
        opened: Opened,
        outputs: Outputs<'a>,
    ) -> Result<Self, EventLogError> {
        if !(0.0..=1.0).contains(&options.max_reject_share) {
            return Err(EventLogError::InvalidRejectShare { value: options.max_reject_share });
        }
        let dates = DateParser::new(&options.time_zone, opened.date_order);
        let is_minor = matches!(opened.table.amount, AmountColumn::Minor(_));
        let mut converter = Converter::new(options, dates, opened.table.words, is_minor);
        converter.read_own_units(opened.table.has_minor_discounts, opened.table.has_durations_us);
        Ok(Self {
            max_reject_share: options.max_reject_share,
            strict_kinds: options.strict_kinds,
            unknown_kinds: BTreeMap::new(),
            converter,
            rejects: RejectsWriter::new(options.rejects.as_deref()),
            outputs,
            summary: ImportSummary {
                source: path.to_owned(),
                format: opened.format,
                encoding: opened.encoding,
                bytes: 0,
                rows: 0,
                events: 0,
                orders: 0,
                refunds: 0,
                undone: 0,
                repeated_order_lines: 0,
                continuation_lines: 0,
                not_yet_known: 0,
                unreadable: BTreeMap::new(),
                rejects: BTreeMap::new(),
                rejects_file: None,
                first: None,
                last: None,
                columns: opened.table.choices,
                date_order: opened.date_order,
            },
            bytes_total: opened.bytes_total,
            last_order: String::new(),
            last_event: None,
        })
    }

    /// Takes one row. `raw` gives its text, should it be rejected.
    pub(crate) fn row<'r>(
        &mut self,
        line: u64,
        cells: &Cells<'_>,
        raw: impl FnOnce() -> Cow<'r, str>,
    ) -> Result<(), EventLogError> {
        let order_id = cells.order_id.as_text().unwrap_or("").trim();
        let same_order = !order_id.is_empty() && order_id == self.last_order;
        if !same_order {
            order_id.clone_into(&mut self.last_order);
            self.last_event = None;
        }
        if same_order && cells.occurred_at == Cell::Missing && cells.amount == Cell::Missing {
            self.summary.rows += 1;
            self.summary.continuation_lines += 1;
            return Ok(());
        }
        match self.converter.convert(cells) {
            Err(reject) => return self.reject(line, &reject, &raw()),
            Ok(Outcome::Undone) => self.summary.undone += 1,
            Ok(Outcome::Event(event)) => self.event(line, event)?,
        }
        self.summary.rows += 1;
        Ok(())
    }

    /// Counts events that were converted by column.
    pub(crate) fn count(&mut self, kind: &EventKind, events: u64) {
        self.note_kind(kind, events);
        self.summary.rows += events;
        self.summary.events += events;
        if *kind == EventKind::Order {
            self.summary.orders += events;
        } else if *kind == EventKind::Refund {
            self.summary.refunds += events;
        }
    }

    /// Widens the span of the events to these instants.
    pub(crate) fn span(&mut self, first: Timestamp, last: Timestamp) {
        let summary = &mut self.summary;
        summary.first = Some(summary.first.map_or(first, |known| known.min(first)));
        summary.last = Some(summary.last.map_or(last, |known| known.max(last)));
    }

    /// Sets what the row before was: an event of this order.
    pub(crate) fn follow(&mut self, order_id: &str, customer: &CustomerId, at: Timestamp) {
        order_id.clone_into(&mut self.last_order);
        self.last_event = (!order_id.is_empty()).then(|| (customer.clone(), at));
    }

    /// The order id of the row before; empty where it had none.
    pub(crate) fn last_order(&self) -> &str {
        &self.last_order
    }

    /// Notes a kind that is not wanted.
    pub(crate) fn note_kind(&mut self, kind: &EventKind, events: u64) {
        if !self.strict_kinds {
            return;
        }
        if let EventKind::Custom(name) = kind
            && (self.unknown_kinds.len() < MAX_UNKNOWN_KINDS || self.unknown_kinds.contains_key(&**name))
        {
            *self.unknown_kinds.entry(name.to_string()).or_default() += events;
        }
    }

    fn event(&mut self, line: u64, event: Event) -> Result<(), EventLogError> {
        self.note_kind(&event.kind, 1);
        let summary = &mut self.summary;
        summary.events += 1;
        summary.orders += u64::from(event.kind == EventKind::Order);
        summary.refunds += u64::from(event.kind == EventKind::Refund);
        let at = event.occurred_at;
        self.span(at, at);
        let summary = &mut self.summary;
        if !self.last_order.is_empty() {
            let repeats =
                self.last_event.as_ref().is_some_and(|(who, when)| *when == at && *who == event.customer_id);
            summary.repeated_order_lines += u64::from(repeats);
            if !repeats {
                self.last_event = Some((event.customer_id.clone(), at));
            }
        }
        (self.outputs.sink)(event).map_err(|source| EventLogError::Sink {
            path: self.summary.source.clone(),
            line,
            source,
        })
    }

    /// Puts a row with the rejects.
    pub(crate) fn reject(&mut self, line: u64, reject: &Reject, raw: &str) -> Result<(), EventLogError> {
        self.summary.rows += 1;
        *self.summary.rejects.entry(reject.reason).or_default() += 1;
        self.rejects.write(line, reject, raw)
    }

    /// Reports progress now and then; `bytes` is how much of the file has been used.
    pub(crate) fn tick(&mut self, bytes: impl FnOnce() -> u64) {
        if self.summary.rows.is_multiple_of(PROGRESS_ROWS) {
            self.report(bytes());
        }
    }

    pub(crate) fn report(&mut self, bytes_read: u64) {
        (self.outputs.progress)(Progress {
            rows: self.summary.rows,
            bytes_read,
            bytes_total: self.bytes_total,
        });
    }

    /// Closes the rejects file, then says whether there were too many.
    pub(crate) fn finish(mut self, bytes: u64) -> Result<ImportSummary, EventLogError> {
        self.report(bytes);
        self.summary.bytes = bytes;
        self.summary.rejects_file = self.rejects.finish()?;
        self.summary.unreadable = self.converter.unreadable();
        if !self.unknown_kinds.is_empty() {
            let known: Vec<String> = EventKind::KNOWN.iter().map(ToString::to_string).collect();
            let hint = |(name, events): (String, u64)| {
                let near = nearest(&name, &known);
                (name, events, near)
            };
            let kinds = self.unknown_kinds.into_iter().map(hint).collect();
            return Err(EventLogError::UnknownKinds { path: self.summary.source, kinds });
        }
        if self.summary.rows == 0 {
            return Err(EventLogError::NoRows { path: self.summary.source.clone() });
        }
        if self.summary.reject_share() > self.max_reject_share {
            let summary = Box::new(self.summary);
            return Err(EventLogError::TooManyRejects { summary, max_share: self.max_reject_share });
        }
        Ok(self.summary)
    }
}

/// Decides from a file's first dates whether day or month comes first: what more of them show.
pub(crate) fn decide_date_order<T: AsRef<[u8]>>(
    path: &Path,
    dates: impl Iterator<Item = (u64, T)>,
) -> Result<Option<DateOrder>, EventLogError> {
    let (mut day_first, mut month_first, mut ambiguous) = (0_u64, 0_u64, None);
    for (line, date) in dates {
        match evidence(date.as_ref().trim_ascii()) {
            Evidence::None => {}
            Evidence::Shows(DateOrder::DayFirst) => day_first += 1,
            Evidence::Shows(DateOrder::MonthFirst) => month_first += 1,
            Evidence::Ambiguous => {
                ambiguous.get_or_insert_with(|| (line, String::from_utf8_lossy(date.as_ref()).into_owned()));
            }
        }
    }
    match (day_first.cmp(&month_first), ambiguous) {
        (std::cmp::Ordering::Greater, _) => Ok(Some(DateOrder::DayFirst)),
        (std::cmp::Ordering::Less, _) => Ok(Some(DateOrder::MonthFirst)),
        (std::cmp::Ordering::Equal, None) => Ok(None),
        (std::cmp::Ordering::Equal, Some((line, value))) => {
            Err(EventLogError::AmbiguousDates { path: path.to_owned(), line, value })
        }
    }
}
