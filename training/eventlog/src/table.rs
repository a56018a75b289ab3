//! Where each field of an event is found in a file's rows.

use std::path::Path;

use tenure_core::EventKind;

use crate::alias::{
    candidates, holds_event_kinds, holds_order_states, is_duration_us, is_minor_discount, is_minor_units,
    quantity_beside_price,
};
use crate::meaning::Words;
use crate::suggest::{fold, nearest};
use crate::{ChosenBy, ColumnChoice, ColumnMap, ColumnRef, EventLogError, Field, ImportOptions};

/// The columns of a file, matched to fields.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    pub(crate) customer_id: usize,
    pub(crate) occurred_at: usize,
    pub(crate) amount: AmountColumn,
    pub(crate) kind: Option<usize>,
    pub(crate) order_id: Option<usize>,
    pub(crate) currency: Option<usize>,
    /// The columns of [`Field::ATTRIBUTES`].
    pub(crate) attributes: [Option<usize>; Field::ATTRIBUTES.len()],
    /// How the words of the kind column are read.
    pub(crate) words: Words,
    /// Whether discounts are whole minor units.
    pub(crate) has_minor_discounts: bool,
    /// Whether durations are microseconds, whatever the caller says of other files.
    pub(crate) has_durations_us: bool,
    pub(crate) choices: Vec<ColumnChoice>,
}

/// How the amount of a row is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AmountColumn {
    /// In major units.
    Major(usize),
    /// In whole minor units.
    Minor(usize),
    /// The product of two columns: a quantity and the price of one piece.
    Product(usize, usize),
    /// Nowhere: no row is about money.
    None,
}

/// Matches the columns of a file to fields: the map first, aliases for what it leaves open.
pub(crate) fn match_columns(
    headers: &[String],
    options: &ImportOptions,
    path: &Path,
) -> Result<Table, EventLogError> {
    let map = &options.columns;
    let (kind, orders_only) = (options.kind.as_ref(), options.orders_only);
    let finder = Finder { headers, map, kind, orders_only, path };
    let mut taken = Vec::new();
    if let (Some(kind), Some(column)) = (&options.kind, map.get(Field::Kind)) {
        let (kind, column) = (kind.to_string(), column.to_string());
        return Err(EventLogError::KindTwice { path: path.to_owned(), kind, column });
    }
    for field in Field::ALL {
        if let Some(columns) = finder.mapped(field)? {
            taken.push((field, columns, ChosenBy::Map));
        }
    }
    if !map.is_positional() {
        // A kind stated for all rows stands in for the column that would say it.
        let open = |field: &Field| *field != Field::Kind || options.kind.is_none();
        for field in Field::ALL.into_iter().filter(open) {
            finder.take_alias(field, &mut taken)?;
        }
    }
    finder.table(&taken)
}

type Taken = Vec<(Field, Vec<usize>, ChosenBy)>;

struct Finder<'a> {
    headers: &'a [String],
    map: &'a ColumnMap,
    kind: Option<&'a EventKind>,
    orders_only: bool,
    path: &'a Path,
}

impl Finder<'_> {
    /// The columns that the map names for a field: one, or two for a product.
    fn mapped(&self, field: Field) -> Result<Option<Vec<usize>>, EventLogError> {
        let name = match self.map.get(field) {
            None => return Ok(None),
            Some(ColumnRef::Position(position)) if *position < self.headers.len() => {
                return Ok(Some(vec![*position]));
            }
            Some(column @ ColumnRef::Position(_)) => {
                return Err(self.unknown(field, &column.to_string()));
            }
            Some(ColumnRef::Name(name)) => name,
        };
        if let Some(index) = self.position(name) {
            return Ok(Some(vec![index]));
        }
        if field == Field::Amount
            && let Some((left, right)) = name.split_once('*')
        {
            let find =
                |part: &str| self.position(part.trim()).ok_or_else(|| self.unknown(field, part.trim()));
            return Ok(Some(vec![find(left)?, find(right)?]));
        }
        Err(self.unknown(field, name))
    }

    /// The column of exactly this name, else of this name but for case and punctuation.
    fn position(&self, name: &str) -> Option<usize> {
        let exact = self.headers.iter().position(|header| header == name);
        exact.or_else(|| {
            let folded = fold(name);
            self.headers.iter().position(|header| !folded.is_empty() && fold(header) == folded)
        })
    }

    fn take_alias(&self, field: Field, taken: &mut Taken) -> Result<(), EventLogError> {
        if taken.iter().any(|(mapped, ..)| *mapped == field) {
            return Ok(());
        }
        let is_free = |index: &usize| !taken.iter().any(|(_, columns, _)| columns.contains(index));
        let Some(best) = candidates(field, self.headers).into_iter().find(is_free) else {
            return Ok(());
        };
        if field == Field::Amount
            && let Some(quantity) = quantity_beside_price(&self.headers[best], self.headers)
        {
            return Err(EventLogError::PriceOrAmount {
                path: self.path.to_owned(),
                price: self.headers[best].clone(),
                quantity,
            });
        }
        taken.push((field, vec![best], ChosenBy::Alias));
        Ok(())
    }

    fn table(&self, taken: &Taken) -> Result<Table, EventLogError> {
        let columns = |field: Field| {
            taken.iter().find(|(mapped, ..)| *mapped == field).map(|(_, columns, _)| columns.as_slice())
        };
        let first = |field: Field| columns(field).and_then(|columns| columns.first().copied());
        let needed = |field: Field| first(field).ok_or_else(|| self.missing(field));
        // Customers are looked for first, so that the error names the first field that is missing.
        let customer_id = needed(Field::CustomerId)?;
        let occurred_at = needed(Field::OccurredAt)?;
        let kind = first(Field::Kind);
        let is_mapped = self.map.get(Field::Kind).is_some();
        let holds_events = kind
            .map(|index| self.headers[index].as_str())
            .is_some_and(|header| holds_event_kinds(header) || (is_mapped && !holds_order_states(header)));
        let is_of_money = |kind: &&EventKind| matches!(kind, EventKind::Order | EventKind::Refund);
        let may_lack_amounts =
            !self.orders_only && (holds_events || self.kind.is_some_and(|kind| !is_of_money(&kind)));
        let amount = match (first(Field::Amount), columns(Field::Amount)) {
            (_, Some([left, right])) => AmountColumn::Product(*left, *right),
            (Some(amount), _) if is_minor_units(&self.headers[amount]) => AmountColumn::Minor(amount),
            (Some(amount), _) => AmountColumn::Major(amount),
            (None, _) if may_lack_amounts => AmountColumn::None,
            (None, _) => return Err(self.missing(Field::Amount)),
        };
        let words = match (amount, holds_events) {
            (AmountColumn::Minor(_), _) => Words::Exact,
            (_, true) => Words::Events,
            (_, false) => Words::States,
        };
        Ok(Table {
            customer_id,
            occurred_at,
            amount,
            kind,
            order_id: first(Field::OrderId),
            currency: first(Field::Currency),
            attributes: Field::ATTRIBUTES.map(first),
            words,
            has_minor_discounts: self.has(first(Field::Discount), is_minor_discount),
            has_durations_us: self.has(first(Field::Duration), is_duration_us),
            choices: self.choices(taken),
        })
    }

    fn has(&self, column: Option<usize>, property: fn(&str) -> bool) -> bool {
        column.is_some_and(|index| property(&self.headers[index]))
    }

    fn choices(&self, taken: &Taken) -> Vec<ColumnChoice> {
        let mut choices: Vec<ColumnChoice> = taken
            .iter()
            .map(|(field, columns, by)| {
                let names: Vec<&str> = columns.iter().map(|index| self.headers[*index].as_str()).collect();
                let passed_over = candidates(*field, self.headers)
                    .into_iter()
                    .filter(|index| *by == ChosenBy::Alias && !columns.contains(index))
                    .map(|index| self.headers[index].clone())
                    .collect();
                ColumnChoice { field: *field, column: names.join("*"), by: *by, passed_over }
            })
            .collect();
        choices.sort_by_key(|choice| choice.field);
        choices
    }

    fn unknown(&self, field: Field, column: &str) -> EventLogError {
        EventLogError::UnknownColumn {
            path: self.path.to_owned(),
            field,
            column: column.to_owned(),
            found: self.headers.to_vec(),
            nearest: nearest(column, self.headers),
        }
    }

    fn missing(&self, field: Field) -> EventLogError {
        let example = |field: Field| {
            let known = candidates(field, self.headers).first().map(|index| self.headers[*index].clone());
            let guess = known.or_else(|| nearest(field.as_str(), self.headers));
            format!("{field}={}", guess.unwrap_or_else(|| "COLUMN".to_owned()))
        };
        let needed = [Field::CustomerId, Field::OccurredAt, Field::Amount];
        EventLogError::MissingColumn {
            path: self.path.to_owned(),
            field,
            found: self.headers.to_vec(),
            nearest: nearest(field.as_str(), self.headers),
            example: format!("--map \"{}\"", needed.map(example).join(",")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matched(headers: &str, map: &str) -> Result<Table, EventLogError> {
        let headers: Vec<String> = headers.split(',').map(String::from).collect();
        let columns = if map.is_empty() { ColumnMap::default() } else { map.parse()? };
        let now = tenure_core::Timestamp::from_microseconds(0).unwrap();
        let options = ImportOptions { columns, ..ImportOptions::new(tenure_core::Currency::USD, now) };
        match_columns(&headers, &options, Path::new("orders.csv"))
    }

    #[test]
    fn the_map_wins_and_aliases_fill_the_rest() {
        let table = matched("client,when,Total,date,Email", "occurred_at=When").unwrap();
        assert_eq!((table.customer_id, table.occurred_at, table.amount), (0, 1, AmountColumn::Major(2)));
        assert_eq!(table.choices[0].passed_over, ["Email"]);
        assert_eq!(table.choices[1].by, ChosenBy::Map);
    }

    #[test]
    fn a_mapped_column_is_not_taken_again() {
        let table = matched("customer,email,date,total", "order_id=customer").unwrap();
        assert_eq!((table.customer_id, table.order_id), (1, Some(0)));
    }

    #[test]
    fn a_product_is_a_quantity_and_a_price() {
        let table = matched("Customer ID,InvoiceDate,Quantity,Price", "amount=Quantity*Price").unwrap();
        assert_eq!(table.amount, AmountColumn::Product(2, 3));
        let message = matched("Customer ID,InvoiceDate,Quantity,Price", "").unwrap_err().to_string();
        assert!(message.contains("amount=Quantity*Price"), "{message}");
    }

    #[test]
    fn errors_list_the_columns_and_the_nearest() {
        let message = matched("buyer,datum,total", "").unwrap_err().to_string();
        for part in
            ["occurred_at", "\"datum\"", "--map \"customer_id=buyer,occurred_at=COLUMN,amount=total\""]
        {
            assert!(message.contains(part), "{message}");
        }
        let message = matched("customer,date,total", "amount=Totl").unwrap_err().to_string();
        assert!(message.contains("did you mean \"total\""), "{message}");
        let message = matched("#1,#2,#3", "customer_id=#1,occurred_at=#2,amount=#4").unwrap_err().to_string();
        assert!(message.contains("\"#4\""), "{message}");
    }
}
