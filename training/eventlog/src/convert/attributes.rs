//! What a row says besides who, what, when and how much.

use tenure_core::{Attributes, Duration, Money};

use super::{Cell, Cells, Converter};
use crate::Field;
use crate::amount::Decimal;

/// Longest name of a product, channel and so on, in bytes; a longer one is no name.
const MAX_NAME_BYTES: usize = 512;

impl Converter {
    /// What else the row says. An attribute that cannot be read is left empty and counted.
    pub(super) fn attributes(&mut self, cells: &Cells<'_>) -> Attributes {
        let [_, event_id, quantity, rating, discount, duration, texts @ ..] = cells.attributes;
        let [product, category, channel, campaign, device, country] = texts;
        Attributes {
            event_id: self.name(Field::EventId, event_id),
            order_id: self.name(Field::EventId, cells.order_id),
            quantity: self.count(Field::Quantity, quantity),
            rating: self.count(Field::Rating, rating),
            discount: self.attribute(Field::Discount, discount, Self::discount),
            duration: self.attribute(Field::Duration, duration, Self::duration),
            product: self.name(Field::Product, product),
            category: self.name(Field::Category, category),
            channel: self.name(Field::Channel, channel),
            campaign: self.name(Field::Campaign, campaign),
            device: self.name(Field::Device, device),
            country: self.name(Field::Country, country),
        }
    }

    pub(crate) fn attribute<T>(
        &mut self,
        field: Field,
        cell: Cell<'_>,
        read: impl FnOnce(&mut Self, Cell<'_>) -> Option<T>,
    ) -> Option<T> {
        if cell == Cell::Missing {
            return None;
        }
        let value = read(self, cell);
        if value.is_none()
            && let Some(place) = Field::ATTRIBUTES.iter().position(|known| *known == field)
        {
            self.unreadable[place] += 1;
        }
        value
    }

    pub(crate) fn name(&mut self, field: Field, cell: Cell<'_>) -> Option<Box<str>> {
        self.attribute(field, cell, |_, cell| Self::name_of(cell).map(Into::into))
    }

    /// A name, if it is one that can be kept.
    pub(crate) fn name_of(cell: Cell<'_>) -> Option<&str> {
        cell.as_text().map(str::trim).filter(|text| text.len() <= MAX_NAME_BYTES)
    }

    /// Pieces or points. A returned piece counts as one too, so the sign does not matter.
    pub(crate) fn count(&mut self, field: Field, cell: Cell<'_>) -> Option<u32> {
        self.attribute(field, cell, |converter, cell| {
            let number = converter.decimal(cell, None).ok()?;
            let whole = number.to_whole(0)?;
            u32::try_from(whole.unsigned_abs()).ok().filter(|_| number.is_whole())
        })
    }

    /// Money taken off; some files write it with a minus.
    pub(crate) fn discount(&mut self, cell: Cell<'_>) -> Option<Money> {
        let number = self.decimal(cell, Some(self.currency)).ok()?;
        let money = if self.has_minor_discounts {
            Money::from_minor_units(number.to_whole(0)?, self.currency)
        } else {
            number.to_money(self.currency)?
        };
        Some(if money.is_negative() { -money } else { money })
    }

    pub(crate) fn duration(&mut self, cell: Cell<'_>) -> Option<Duration> {
        let unit = Decimal { mantissa: self.duration_unit.microseconds().into(), scale: 0 };
        let us = self.decimal(cell, None).ok()?.checked_mul(unit)?.to_whole(0)?;
        Duration::from_microseconds(us).ok()
    }
}
