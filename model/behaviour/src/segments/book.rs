//! A file of segments that was read, compiled and proved.

use twox_hash::XxHash3_64;

use super::error::{SegmentError, SegmentProblem, SegmentWarning};
use super::file::PrimaryRule;
use super::partition::{Findings, NODE_LIMIT, Witness, prove};
use super::reader::{Draft, Reader};
use super::segment::{Family, Segment, Setting};
use crate::expression::Condition;
use crate::language::Scope;

/// Primary segments beyond which a book warns: a team acts on five to eight, not on twenty.
pub const MOST_PRIMARY: usize = 8;

/// The book that comes with Tenure, as a commented file to copy and edit.
pub const STANDARD: &str = include_str!("../../definitions/segments.toml");

/// What a book may speak of, and how much work its proof may take.
#[derive(Clone, Debug, PartialEq)]
pub struct Rules {
    /// What definitions may speak of; the book adds its own `[privacy]`. Features among the scope's definitions may be
    /// used by name.
    pub scope: Scope,
    /// Steps after which a proof is given up, for the primary segments and for each family.
    pub node_limit: u64,
}

impl Rules {
    /// Any kind of event, no proxies besides the book's own, two million steps.
    #[must_use]
    pub const fn standard() -> Self {
        Self { scope: Scope::features(), node_limit: NODE_LIMIT }
    }
}

/// Segments, labels and settings of one file, proved.
#[derive(Clone, Debug, PartialEq)]
pub struct SegmentBook {
    version: u32,
    fingerprint: u64,
    settings: Vec<Setting>,
    primary_rule: PrimaryRule,
    primary: Vec<Segment>,
    families: Vec<Family>,
    labels: Vec<Segment>,
    warnings: Vec<SegmentWarning>,
    nodes: u64,
}

impl SegmentBook {
    /// Reads and compiles a file, and proves its primary segments and exclusive families partitions.
    ///
    /// ```
    /// use tenure_behaviour::segments::{Rules, STANDARD, SegmentBook};
    /// let book = SegmentBook::compile(STANDARD, &Rules::standard()).map_err(|errors| errors[0].clone())?;
    /// assert!(book.primary().iter().any(|segment| &*segment.id == "vip"));
    /// # Ok::<(), tenure_behaviour::segments::SegmentError>(())
    /// ```
    ///
    /// # Errors
    /// Everything that is wrong, in the order of the file. Proofs are made only of what compiled as a whole, so a
    /// first round of errors may hide a gap.
    pub fn compile(text: &str, rules: &Rules) -> Result<Self, Vec<SegmentError>> {
        let mut reader = Reader::new(text, rules);
        let Some(file) = reader.file() else { return Err(reader.errors) };
        let drafts = reader.segments(&file);
        let families = reader.families(&file);
        let mut proof = Proof { reader: &mut reader, rules, nodes: 0 };
        let primary = proof.primary(drafts.primary, file.primary_rule);
        let labels = proof.labels(drafts.labels, &families);
        let nodes = proof.nodes;
        reader.errors.sort_by_key(|error| error.spot);
        if !reader.errors.is_empty() {
            return Err(reader.errors);
        }
        let book = Self {
            version: file.version,
            fingerprint: XxHash3_64::oneshot(text.as_bytes()),
            settings: reader.names.settings(),
            primary_rule: file.primary_rule,
            warnings: warnings(&primary, &reader),
            primary,
            families,
            labels,
            nodes,
        };
        Ok(book)
    }

    /// The version that the file gives itself.
    #[must_use]
    pub const fn version(&self) -> u32 {
        self.version
    }

    /// A hash of the file's text: two books with the same are the same.
    #[must_use]
    pub const fn fingerprint(&self) -> u64 {
        self.fingerprint
    }

    /// Named thresholds, by name.
    #[must_use]
    pub fn settings(&self) -> &[Setting] {
        &self.settings
    }

    /// How the primary segments are told apart.
    #[must_use]
    pub const fn primary_rule(&self) -> PrimaryRule {
        self.primary_rule
    }

    /// The primary segments, in the order of the file. Exactly one holds of every customer.
    #[must_use]
    pub fn primary(&self) -> &[Segment] {
        &self.primary
    }

    /// The families of labels, by id.
    #[must_use]
    pub fn families(&self) -> &[Family] {
        &self.families
    }

    /// The labels, in the order of the file.
    #[must_use]
    pub fn labels(&self) -> &[Segment] {
        &self.labels
    }

    /// The primary segment or label with an id.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<&Segment> {
        self.all().find(|segment| &*segment.id == id)
    }

    /// Primary segments, then labels.
    pub(super) fn all(&self) -> impl Iterator<Item = &Segment> {
        self.primary.iter().chain(&self.labels)
    }

    /// What to think about.
    #[must_use]
    pub fn warnings(&self) -> &[SegmentWarning] {
        &self.warnings
    }

    /// Steps that the proofs took.
    #[must_use]
    pub const fn proof_steps(&self) -> u64 {
        self.nodes
    }
}

fn warnings(primary: &[Segment], reader: &Reader<'_>) -> Vec<SegmentWarning> {
    let (settings, definitions) = reader.names.unused();
    let core = || primary.iter().filter(|segment| !segment.is_remainder);
    let count = core().count();
    let too_many = SegmentWarning::TooManyPrimary { count, most: MOST_PRIMARY };
    let inactive = core().filter(|segment| segment.action.is_none());
    (count > MOST_PRIMARY)
        .then_some(too_many)
        .into_iter()
        .chain(inactive.map(|segment| SegmentWarning::NoAction { id: segment.id.clone() }))
        .chain(settings.into_iter().map(|name| SegmentWarning::UnusedSetting { name }))
        .chain(definitions.into_iter().map(|name| SegmentWarning::UnusedDefinition { name }))
        .collect()
}

const PRIMARY: &str = "the primary segments";

/// The proofs of one book.
struct Proof<'a, 'b> {
    reader: &'a mut Reader<'b>,
    rules: &'a Rules,
    nodes: u64,
}

impl Proof<'_, '_> {
    /// The primary segments, proved; those with a draft that did not compile are left out and nothing is proved.
    fn primary(&mut self, drafts: Vec<Draft>, rule: PrimaryRule) -> Vec<Segment> {
        if drafts.is_empty() {
            let problem =
                SegmentProblem::Gap { among: PRIMARY.into(), witness: Witness { values: Vec::new() } };
            self.reader.refuse_at(0, problem);
        }
        let is_whole = drafts.iter().all(|draft| draft.segment.is_some());
        let at: Vec<usize> = drafts.iter().map(|draft| draft.at).collect();
        let mut segments: Vec<Segment> = drafts.into_iter().filter_map(|draft| draft.segment).collect();
        if !is_whole {
            return segments;
        }
        let mut covered_by = vec![Vec::new(); segments.len()];
        if rule == PrimaryRule::FirstMatch {
            let names = self.findings(PRIMARY, &conditions(&segments), at.first().copied().unwrap_or(0));
            for overlap in names.iter().flat_map(|findings| &findings.overlaps) {
                covered_by[overlap.second].push(segments[overlap.first].id.clone());
            }
            let mut above: Vec<Condition> = Vec::new();
            for segment in &mut segments {
                let own = segment.condition.clone();
                if !above.is_empty() {
                    let none = Condition::Not(Box::new(Condition::Any(above.clone())));
                    segment.condition = Condition::All(vec![own.clone(), none]);
                }
                above.push(own);
            }
        }
        let all: Vec<usize> = (0..segments.len()).collect();
        self.partition(PRIMARY, &segments, &all, &at);
        for index in self.dead(&segments, &all) {
            let id = segments[index].id.clone();
            let covered_by = std::mem::take(&mut covered_by[index]);
            self.reader.refuse_at(at[index], SegmentProblem::Dead { id, covered_by });
        }
        segments
    }

    /// The labels; each can hold of somebody, and those of an exclusive family make a partition.
    fn labels(&mut self, drafts: Vec<Draft>, families: &[Family]) -> Vec<Segment> {
        let is_whole = drafts.iter().all(|draft| draft.segment.is_some());
        let at: Vec<usize> = drafts.iter().map(|draft| draft.at).collect();
        let labels: Vec<Segment> = drafts.into_iter().filter_map(|draft| draft.segment).collect();
        let is_known =
            |label: &Segment| families.iter().any(|family| label.family.as_ref() == Some(&family.id));
        if !is_whole || !labels.iter().all(is_known) {
            return labels;
        }
        for index in 0..labels.len() {
            if !self.dead(&labels, &[index]).is_empty() {
                let id = labels[index].id.clone();
                self.reader.refuse_at(at[index], SegmentProblem::Dead { id, covered_by: Vec::new() });
            }
        }
        for family in families.iter().filter(|family| family.is_exclusive) {
            let is_member = |index: &usize| labels[*index].family.as_deref() == Some(&*family.id);
            let members: Vec<usize> = (0..labels.len()).filter(is_member).collect();
            self.partition(&format!("the labels of {}", family.id), &labels, &members, &at);
        }
        labels
    }

    fn partition(&mut self, among: &str, segments: &[Segment], members: &[usize], at: &[usize]) {
        let Some(first) = members.first() else { return };
        let conditions: Vec<_> = members.iter().map(|index| segments[*index].condition.clone()).collect();
        let Some(findings) = self.findings(among, &conditions, at[*first]) else { return };
        for overlap in findings.overlaps {
            let (one, other) = (members[overlap.first], members[overlap.second]);
            let is_contained = findings.contained.iter().any(|contained| {
                let pair = (contained.inner, contained.outer);
                pair == (overlap.first, overlap.second) || pair == (overlap.second, overlap.first)
            });
            let problem = SegmentProblem::Overlap {
                first: segments[one].id.clone(),
                second: segments[other].id.clone(),
                witness: overlap.witness,
                is_contained,
            };
            self.reader.refuse_at(at[other], problem);
        }
        if let Some(witness) = findings.gap {
            self.reader.refuse_at(at[*first], SegmentProblem::Gap { among: among.into(), witness });
        }
    }

    /// Which of these can hold of nobody.
    fn dead(&mut self, segments: &[Segment], members: &[usize]) -> Vec<usize> {
        let mut dead = Vec::new();
        for index in members {
            // One at a time: a proof of many labels at once would have the thresholds of all of them.
            let condition = std::slice::from_ref(&segments[*index].condition);
            match prove(condition, self.rules.node_limit) {
                Ok(findings) => {
                    self.nodes += findings.nodes;
                    dead.extend((!findings.dead.is_empty()).then_some(*index));
                }
                Err(error) => {
                    let among = segments[*index].id.clone();
                    self.reader.refuse_at(0, SegmentProblem::NotProven { among, error });
                }
            }
        }
        dead
    }

    fn findings(&mut self, among: &str, conditions: &[Condition], at: usize) -> Option<Findings> {
        match prove(conditions, self.rules.node_limit) {
            Ok(findings) => {
                self.nodes += findings.nodes;
                Some(findings)
            }
            Err(error) => {
                let problem = SegmentProblem::NotProven { among: among.into(), error };
                self.reader.refuse_at(at, problem);
                None
            }
        }
    }
}

fn conditions(segments: &[Segment]) -> Vec<Condition> {
    segments.iter().map(|segment| segment.condition.clone()).collect()
}
