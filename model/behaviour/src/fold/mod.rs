//! The fold: from facts to the values of expressions, event by event.
