//! Which segment a customer is in, and what to do about it.

use tenure_core::Timestamp;

use super::action::Proposal;
use super::book::SegmentBook;
use super::segment::Segment;
use crate::expression::{Body, Definition};
use crate::fold::{CustomerState, FoldError, Program, Settings, Surroundings, Value};

/// A customer's segment, labels and actions at an as-of.
#[derive(Clone, Debug, PartialEq)]
pub struct Assignment<'a> {
    /// The one primary segment.
    pub primary: &'a Segment,
    /// The labels that hold, in the order of the file.
    pub labels: Vec<&'a Segment>,
    /// What the primary segment proposes, then what labels do.
    pub proposals: Vec<Proposal<'a>>,
}

impl SegmentBook {
    /// Everything that the book looks at, as definitions for a fold: conditions of the primary segments, of the labels,
    /// then the actions' parameters.
    ///
    /// [`assign`](Self::assign) and [`next_change`](Self::next_change) find them by their place, so in a program with
    /// others they must come first.
    #[must_use]
    pub fn definitions(&self) -> Vec<Definition> {
        let truth = |segment: &Segment| Definition {
            name: segment.id.clone(),
            body: Body::Truth(segment.condition.clone()),
        };
        let values = self.all().flat_map(|segment| {
            let parameters = segment.action.iter().flat_map(|action| &action.parameters);
            parameters.map(|parameter| Definition {
                name: format!("{}__{}", segment.id, parameter.name).into(),
                body: Body::Value(parameter.value.clone()),
            })
        });
        self.all().map(truth).chain(values).collect()
    }

    /// The book's definitions, compiled for a shop.
    ///
    /// # Errors
    /// When there are more different selections of events than a state can tell apart.
    pub fn program(&self, settings: &Settings) -> Result<Program, FoldError> {
        Program::compile(&self.definitions(), settings)
    }

    /// A customer's segment, labels and actions. Nothing if no primary segment holds, which cannot be unless the program
    /// is not of this book.
    #[must_use]
    pub fn assign(
        &self,
        program: &Program,
        state: &CustomerState,
        surroundings: &Surroundings<'_>,
    ) -> Option<Assignment<'_>> {
        let holds = |index: usize| program.holds(index, state, surroundings);
        let number = self.primary().iter().enumerate().position(|(index, _)| holds(index))?;
        let n_primary = self.primary().len();
        let mut parameters = n_primary + self.labels().len();
        let mut assignment =
            Assignment { primary: &self.primary()[number], labels: Vec::new(), proposals: Vec::new() };
        for (index, segment) in self.all().enumerate() {
            let is_in = if index < n_primary { index == number } else { holds(index) };
            if is_in && index >= n_primary {
                assignment.labels.push(segment);
            }
            let Some(action) = &segment.action else { continue };
            if is_in {
                let value = |(place, parameter): (usize, &super::Parameter)| {
                    let value = program.value(parameters + place, state, surroundings);
                    parameter.of(if let Value::Number(number) = value { Some(number) } else { None })
                };
                let values = action.parameters.iter().enumerate().map(value).collect();
                assignment.proposals.push(Proposal { segment: &segment.id, action, values });
            }
            parameters += action.parameters.len();
        }
        Some(assignment)
    }

    /// The first instant after the as-of at which the primary segment or a label can change if nothing happens until
    /// then; nothing where none ever does. Parameters of actions are not looked at.
    #[must_use]
    pub fn next_change(
        &self,
        program: &Program,
        state: &CustomerState,
        surroundings: &Surroundings<'_>,
    ) -> Option<Timestamp> {
        // Of a partition exactly one holds at any instant, so another can only hold once the one that holds now does
        // not. The others need not be asked, and most questions are theirs.
        let of_partition = |segment: &Segment| match &segment.family {
            None => true,
            Some(id) => self.families().iter().any(|family| family.id == *id && family.is_exclusive),
        };
        let changes = self.all().enumerate().filter_map(|(index, segment)| {
            let is_asked = !of_partition(segment) || program.holds(index, state, surroundings);
            if is_asked { program.next_change(index, state, surroundings) } else { None }
        });
        changes.min()
    }
}
