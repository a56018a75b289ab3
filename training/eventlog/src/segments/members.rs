//! The table of who is where.

use std::sync::Arc;

use arrow_array::builder::{StringBuilder, TimestampMicrosecondBuilder};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef, TimeUnit};
use tenure_core::{AsOf, Currency};

use super::{Asked, SegmentQuery};
use crate::EventLogError;
use crate::features::{Encoder, Piece};

/// Rows encoded at a time.
const PIECE_ROWS: usize = 1 << 15;

const TEXTS: [&str; 6] = ["customer_id", "segment", "labels", "action", "offer_en", "offer_zh"];

/// The columns of the table.
pub(super) fn schema() -> SchemaRef {
    let instant = || DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    let mut fields = TEXTS
        .map(|name| Field::new(name, DataType::Utf8, name == "action" || name.starts_with("offer")))
        .to_vec();
    fields.push(Field::new("as_of", instant(), false));
    fields.push(Field::new("next_change_at", instant(), true));
    Arc::new(Schema::new(fields))
}

/// The members of one bucket, from assignments to encoded pieces.
pub(super) struct Members<'a> {
    encoder: Option<&'a Encoder>,
    currency: Currency,
    as_of: AsOf,
    texts: [StringBuilder; TEXTS.len()],
    as_ofs: TimestampMicrosecondBuilder,
    next_changes: TimestampMicrosecondBuilder,
    rows: usize,
    pieces: Vec<Piece>,
}

impl<'a> Members<'a> {
    /// Without an encoder nothing is kept.
    pub(super) fn new(encoder: Option<&'a Encoder>, query: &SegmentQuery<'_>) -> Self {
        let instants = || TimestampMicrosecondBuilder::new().with_timezone("UTC");
        Self {
            encoder,
            currency: query.settings.currency,
            as_of: query.as_of,
            texts: std::array::from_fn(|_| StringBuilder::new()),
            as_ofs: instants(),
            next_changes: instants(),
            rows: 0,
            pieces: Vec::new(),
        }
    }

    /// Adds a customer.
    pub(super) fn push(&mut self, customer: &str, asked: Asked<'_>) {
        if self.encoder.is_none() {
            return;
        }
        let Asked { assignment, next_change } = asked;
        let labels: Vec<&str> = assignment.labels.iter().map(|label| &*label.id).collect();
        let proposal = assignment.proposals.first();
        let [customers, segments, label_lists, actions, offers_en, offers_zh] = &mut self.texts;
        customers.append_value(customer);
        segments.append_value(&assignment.primary.id);
        label_lists.append_value(labels.join(";"));
        actions.append_option(proposal.map(|proposal| &proposal.action.code));
        offers_en.append_option(proposal.map(|proposal| proposal.text_en(self.currency)));
        offers_zh.append_option(proposal.map(|proposal| proposal.text_zh(self.currency)));
        self.as_ofs.append_value(self.as_of.instant().microseconds());
        self.next_changes.append_option(next_change.map(|instant| instant.microseconds()));
        self.rows += 1;
    }

    /// Encodes what there is once it is enough for a piece.
    pub(super) fn encode_if_many(&mut self) -> Result<(), EventLogError> {
        if self.rows < PIECE_ROWS { Ok(()) } else { self.encode() }
    }

    /// The encoded rows.
    pub(super) fn finish(mut self) -> Result<Vec<Piece>, EventLogError> {
        self.encode()?;
        Ok(self.pieces)
    }

    fn encode(&mut self) -> Result<(), EventLogError> {
        if let Some(encoder) = self.encoder
            && self.rows > 0
        {
            self.rows = 0;
            let batch = self.take();
            self.pieces.push(encoder.encode(batch)?);
        }
        Ok(())
    }

    fn take(&mut self) -> Result<RecordBatch, ArrowError> {
        let mut columns: Vec<ArrayRef> =
            self.texts.iter_mut().map(|texts| Arc::new(texts.finish()) as ArrayRef).collect();
        columns.push(Arc::new(self.as_ofs.finish()));
        columns.push(Arc::new(self.next_changes.finish()));
        RecordBatch::try_new(schema(), columns)
    }
}
