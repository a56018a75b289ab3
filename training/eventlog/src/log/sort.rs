//! The second pass of a sort: the rows of one bucket by customer and time, by DataFusion's external sort.
//!
//! What is sorted is small. A customer is the place of the id among the bucket's ids, so that the order, the
//! time and the number of the row fit in one key of 128 bits: it is compared in one instruction or two, no two
//! keys are equal, so that ties keep their order, and neither the id nor the time need be carried along, for
//! both are read back from the key.

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex};

use arrow_array::cast::AsArray;
use arrow_array::types::Decimal128Type;
use arrow_array::{ArrayRef, Decimal128Array, RecordBatch, StringArray};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef};
use datafusion_common::DataFusionError;
use datafusion_execution::config::SessionConfig;
use datafusion_execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion_execution::memory_pool::GreedyMemoryPool;
use datafusion_execution::runtime_env::RuntimeEnvBuilder;
use datafusion_execution::{SendableRecordBatchStream, TaskContext};
use datafusion_physical_expr::expressions::Column as ColumnExpression;
use datafusion_physical_expr::{LexOrdering, PhysicalSortExpr};
use datafusion_physical_plan::ExecutionPlan;
use datafusion_physical_plan::sorts::sort::SortExec;
use datafusion_physical_plan::stream::RecordBatchStreamAdapter;
use datafusion_physical_plan::streaming::{PartitionStream, StreamingTableExec};
use tokio_stream::StreamExt;

use super::columns::{Column, Columns, KIND};
use super::customers::Customers;
use super::staged::Staged;
use crate::EventLogError;

/// Most rows that a sort takes and gives at a time.
const BATCH_ROWS: usize = 1 << 15;

/// Fewest rows, however little memory there is.
const MIN_BATCH_ROWS: usize = 512;

/// Most memory set aside for merging what was spilled: a batch of each of some hundred pieces.
const MERGE_BYTES: usize = 16 << 20;

/// The pieces of a bucket, in the order of its rows.
pub(crate) type Pieces = Box<dyn Iterator<Item = Result<Staged, EventLogError>> + Send>;

/// A bucket to be sorted. Its pieces are read twice.
pub(crate) struct Bucket<'a> {
    pub(crate) open: &'a (dyn Fn() -> Pieces + Sync),
    /// Columns that a sorted batch has.
    pub(crate) columns: Columns,
    /// Where a sort may write what does not fit.
    pub(crate) scratch: &'a Path,
    /// Bytes that the sort may hold.
    pub(crate) memory_bytes: usize,
}

/// Rows in their final order.
#[derive(Debug)]
pub(crate) struct Sorted {
    /// Customer, time and number of the row.
    pub(crate) keys: Decimal128Array,
    /// Numbers of kinds, then the columns.
    pub(crate) payload: RecordBatch,
}

impl Bucket<'_> {
    /// Sorts the bucket: `begin` is given the customers in order, `sink` the rows.
    pub(crate) fn sort(
        &self,
        begin: &mut dyn FnMut(StringArray),
        sink: &mut dyn FnMut(&Sorted) -> Result<(), EventLogError>,
    ) -> Result<u64, EventLogError> {
        let mut customers = Customers::default();
        let mut numbers = Vec::new();
        for piece in (self.open)() {
            customers.number(piece?.customers(), &mut numbers);
        }
        if numbers.is_empty() {
            return Ok(0);
        }
        let count = customers.len() as u64;
        let (ids, places) = customers.into_order();
        begin(ids);
        let keyed = Keyed {
            pieces: (self.open)(),
            current: None,
            numbers,
            places,
            row: 0,
            columns: self.columns,
            batch_rows: self.batch_rows(),
        };
        let failed = |error| self.error(error);
        let mut stream = self.stream(keyed).map_err(failed)?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .map_err(|error| self.error(error.into()))?;
        runtime.block_on(async {
            while let Some(batch) = stream.next().await {
                let batch = batch.map_err(failed)?;
                let keys = batch.column(0).as_primitive::<Decimal128Type>().clone();
                let rest: Vec<usize> = (1..batch.num_columns()).collect();
                let payload = batch.project(&rest).map_err(|error| self.error(error.into()))?;
                sink(&Sorted { keys, payload })?;
            }
            Ok(count)
        })
    }

    /// Rows of a batch: so many batches fit in the memory that merging them makes sense.
    fn batch_rows(&self) -> usize {
        const BATCHES: usize = 32;
        // The key and the kind; names are taken to be of a dozen letters.
        let row_bytes =
            20 + self.columns.iter().map(|column| if column.is_text() { 16 } else { 8 }).sum::<usize>();
        (self.memory_bytes / BATCHES / row_bytes).clamp(MIN_BATCH_ROWS, BATCH_ROWS)
    }

    fn stream(&self, keyed: Keyed) -> Result<SendableRecordBatchStream, DataFusionError> {
        let schema = sort_schema(self.columns);
        let source = Arc::new(Source { schema: schema.clone(), keyed: Mutex::new(Some(keyed)) });
        let input = StreamingTableExec::try_new(schema, vec![source], None, [], false, None)?;
        let key = PhysicalSortExpr::new_default(Arc::new(ColumnExpression::new(KEY, 0)));
        let ordering = LexOrdering::new([key])
            .ok_or_else(|| DataFusionError::Internal("an order of no columns".to_owned()))?;
        let config = SessionConfig::new()
            .with_batch_size(self.batch_rows())
            .with_sort_spill_reservation_bytes(self.memory_bytes.min(MERGE_BYTES * 8) / 8)
            // What is in memory is sorted in one piece: a merge costs more than it saves.
            .with_sort_in_place_threshold_bytes(self.memory_bytes);
        let disk = DiskManagerMode::Directories(vec![self.scratch.to_owned()]);
        let runtime = RuntimeEnvBuilder::new()
            .with_memory_pool(Arc::new(GreedyMemoryPool::new(self.memory_bytes)))
            .with_disk_manager_builder(DiskManagerBuilder::default().with_mode(disk))
            .build_arc()?;
        let context = TaskContext::default().with_session_config(config).with_runtime(runtime);
        SortExec::new(ordering, Arc::new(input)).execute(0, Arc::new(context))
    }

    /// What went wrong, in our words: the disk, the memory, or an error of ours on its way through.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "of the many errors of DataFusion and Arrow these are the ones with words of our own"
    )]
    fn error(&self, error: DataFusionError) -> EventLogError {
        let memory_bytes = self.memory_bytes;
        let path = || self.scratch.to_owned();
        match error {
            DataFusionError::Context(_, inner) => self.error(*inner),
            DataFusionError::IoError(source) => EventLogError::Io { action: "sort in", path: path(), source },
            DataFusionError::ArrowError(source, _) => match *source {
                ArrowError::IoError(_, source) => {
                    EventLogError::Io { action: "sort in", path: path(), source }
                }
                source => EventLogError::Arrow { path: path(), source },
            },
            DataFusionError::External(source) => match source.downcast::<EventLogError>() {
                Ok(ours) => *ours,
                Err(source) => EventLogError::Sort { path: path(), source },
            },
            DataFusionError::ResourcesExhausted(problem) => {
                EventLogError::MemoryLimit { memory_bytes, problem }
            }
            other => EventLogError::Sort { path: path(), source: other.into() },
        }
    }
}

const KEY: &str = "key";

/// Bits below the time in a key.
const ROW_BITS: u32 = 32;
/// Bits below the customer in a key.
const TIME_BITS: u32 = 64;

/// Customers in the high bits, then times, then rows: unsigned, so that the order is theirs.
fn key(customer: u32, time_us: i64, row: u32) -> i128 {
    // The sign bit turned over orders negative times before positive ones.
    let time = (time_us as u64) ^ (1 << 63);
    i128::from(customer) << (TIME_BITS + ROW_BITS) | i128::from(time) << ROW_BITS | i128::from(row)
}

/// The place of the customer in a key. The key stays below 2^127 for fewer than 2^31 customers.
pub(crate) fn customer_of(key: i128) -> i32 {
    (key >> (TIME_BITS + ROW_BITS)) as i32
}

/// The time in a key, in microseconds.
pub(crate) fn time_of(key: i128) -> i64 {
    ((key >> ROW_BITS) as u64 ^ (1 << 63)) as i64
}

/// The number of the row in a key.
pub(crate) fn row_of(key: i128) -> u32 {
    key as u32
}

fn sort_schema(columns: Columns) -> SchemaRef {
    let mut fields =
        vec![Field::new(KEY, DataType::Decimal128(38, 0), false), Field::new(KIND, DataType::UInt32, false)];
    fields.extend(columns.iter().map(|column| Field::new(column.as_str(), column.staged_type(), true)));
    Arc::new(Schema::new(fields))
}

/// Rows with their keys, a batch at a time.
struct Keyed {
    pieces: Pieces,
    /// A piece, and how many of its rows were given on.
    current: Option<(Staged, usize)>,
    /// Number of the customer of each row.
    numbers: Vec<u32>,
    /// Place of each customer.
    places: Arc<Vec<u32>>,
    row: usize,
    columns: Columns,
    /// Most rows of a batch.
    batch_rows: usize,
}

impl Iterator for Keyed {
    type Item = Result<RecordBatch, DataFusionError>;

    fn next(&mut self) -> Option<Self::Item> {
        let (staged, start) = match self.current.take() {
            Some(current) => current,
            None => match self.pieces.next()? {
                Ok(piece) => (piece, 0),
                Err(error) => return Some(Err(DataFusionError::External(Box::new(error)))),
            },
        };
        let length = self.batch_rows.min(staged.rows() - start);
        let batch = self.keyed(&staged, start, length).map_err(DataFusionError::from);
        self.row += length;
        if start + length < staged.rows() {
            self.current = Some((staged, start + length));
        }
        Some(batch)
    }
}

impl Keyed {
    fn keyed(&self, staged: &Staged, start: usize, length: usize) -> Result<RecordBatch, ArrowError> {
        let too_many = || ArrowError::ComputeError("more than 2^32 events in one bucket".to_owned());
        let first = u32::try_from(self.row).ok().filter(|row| row.checked_add(length as u32).is_some());
        let first = first.ok_or_else(too_many)?;
        let numbers = &self.numbers[self.row..self.row + length];
        let times = &staged.times().values()[start..start + length];
        let keys = numbers
            .iter()
            .zip(times)
            .zip(first..)
            .map(|((number, time), row)| key(self.places[*number as usize], *time, row));
        let keys = Decimal128Array::from_iter_values(keys).with_precision_and_scale(38, 0)?;
        let mut arrays: Vec<ArrayRef> = vec![Arc::new(keys), Arc::new(staged.kinds().slice(start, length))];
        arrays.extend(self.columns.iter().map(|column: Column| staged.column(column).slice(start, length)));
        RecordBatch::try_new(sort_schema(self.columns), arrays)
    }
}

/// The rows as DataFusion takes them.
struct Source {
    schema: SchemaRef,
    keyed: Mutex<Option<Keyed>>,
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source").finish_non_exhaustive()
    }
}

impl PartitionStream for Source {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _context: Arc<TaskContext>) -> SendableRecordBatchStream {
        // A plan is executed once; a second time there would be no rows.
        let keyed = self.keyed.lock().ok().and_then(|mut keyed| keyed.take());
        let stream = tokio_stream::iter(keyed.into_iter().flatten());
        Box::pin(RecordBatchStreamAdapter::new(self.schema.clone(), stream))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn keys_order_as_customer_time_and_row_do(
            one in (0_u32..1 << 31, any::<i64>(), any::<u32>()),
            other in (0_u32..1 << 31, any::<i64>(), any::<u32>()),
        ) {
            let keys = [one, other].map(|(customer, time, row)| key(customer, time, row));
            prop_assert_eq!(keys[0].cmp(&keys[1]), one.cmp(&other));
            let same_customer = key(one.0, other.1, other.2);
            prop_assert_eq!(keys[0].cmp(&same_customer), (one.1, one.2).cmp(&(other.1, other.2)));
            prop_assert_eq!((customer_of(keys[0]), time_of(keys[0]), row_of(keys[0])), (one.0 as i32, one.1, one.2));
        }
    }
}
