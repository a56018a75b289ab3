//! From the file to segments, every mistake kept with its place.

use std::collections::BTreeSet;
use std::ops::Range;

use toml::Spanned;

use super::action::{Action, Parameter, placeholders};
use super::book::Rules;
use super::error::{SegmentError, SegmentProblem, Spot};
use super::file::{ActionEntry, Entry, File, ParameterEntry, Scalar};
use super::partition::can_be_missing;
use super::segment::{Family, Maintenance, Segment};
use super::settings::{Names, bound, check_name, constant, nearest};
use super::walk::any_value;
use crate::expression::{Body, Condition, Expression, Type};
use crate::language::{self, MAX_FILE_BYTES, Problem, Scope};

/// Reads one file.
pub(super) struct Reader<'a> {
    text: &'a str,
    scope: Scope,
    pub names: Names,
    pub errors: Vec<SegmentError>,
}

/// A segment of the file, if it compiled, and the byte at which its definition stands.
pub(super) struct Draft {
    pub at: usize,
    pub segment: Option<Segment>,
}

/// The segments of a file.
pub(super) struct Drafts {
    pub primary: Vec<Draft>,
    pub labels: Vec<Draft>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str, rules: &Rules) -> Self {
        Self { text, scope: rules.scope.clone(), names: Names::default(), errors: Vec::new() }
    }

    pub(super) fn refuse_at(&mut self, at: usize, problem: SegmentProblem) {
        self.errors.push(SegmentError { spot: Spot::of(self.text, at), problem });
    }

    /// The file, if it is one; settings, definitions and privacy are read.
    pub(super) fn file(&mut self) -> Option<File> {
        if self.text.len() > MAX_FILE_BYTES {
            let problem = SegmentProblem::FileTooLong { bytes: self.text.len(), max: MAX_FILE_BYTES };
            self.refuse_at(0, problem);
            return None;
        }
        let file: File = match toml::from_str(self.text) {
            Ok(file) => file,
            Err(error) => {
                let at = error.span().map_or(0, |span| span.start);
                self.refuse_at(at, SegmentProblem::Toml { message: error.message().into() });
                return None;
            }
        };
        if *file.format.get_ref() != 1 {
            self.refuse_at(file.format.span().start, SegmentProblem::Format { got: *file.format.get_ref() });
            return None;
        }
        for proxy in &file.privacy.proxies {
            match proxy.get_ref().parse() {
                Ok(parsed) => self.scope.proxies.push(parsed),
                Err(error) => self.refuse_at(proxy.span().start, SegmentProblem::Proxy(error)),
            }
        }
        let words = file.privacy.sensitive_words.iter().map(|word| word.as_str().into());
        self.scope.sensitive_words.extend(words);
        let mut refused = Vec::new();
        self.names = Names::read(&file, &mut |span, problem| refused.push((span.start, problem)));
        refused.into_iter().for_each(|(at, problem)| self.refuse_at(at, problem));
        Some(file)
    }

    pub(super) fn families(&mut self, file: &File) -> Vec<Family> {
        let family = |(id, entry): (&String, &super::file::FamilyEntry)| Family {
            id: id.as_str().into(),
            name_en: entry.name_en.as_str().into(),
            name_zh: entry.name_zh.as_str().into(),
            is_exclusive: entry.exclusive,
        };
        file.family.iter().map(family).collect()
    }

    pub(super) fn segments(&mut self, file: &File) -> Drafts {
        let mut ids = BTreeSet::new();
        let families: Vec<&str> = file.family.keys().map(String::as_str).collect();
        let primary: Vec<Draft> = file.primary.iter().map(|entry| self.draft(entry, &mut ids)).collect();
        let labels: Vec<Draft> = file.label.iter().map(|entry| self.draft(entry, &mut ids)).collect();
        for entry in &file.primary {
            if let Some(family) = &entry.get_ref().family {
                let (id, what) = (entry.get_ref().id.get_ref(), "a primary segment has no family: remove it");
                self.refuse_at(family.span().start, SegmentProblem::Family { id: id.as_str().into(), what });
            }
        }
        for entry in &file.label {
            let entry = entry.get_ref();
            match &entry.family {
                None => {
                    let what = "a label needs a family: write family = \"…\"";
                    let id = entry.id.get_ref().as_str().into();
                    self.refuse_at(entry.id.span().start, SegmentProblem::Family { id, what });
                }
                Some(family) if !families.contains(&family.get_ref().as_str()) => {
                    let name = family.get_ref().as_str();
                    let nearest = nearest(name, families.iter().copied());
                    let problem = SegmentProblem::UnknownFamily { name: name.into(), nearest };
                    self.refuse_at(family.span().start, problem);
                }
                Some(_) => {}
            }
        }
        Drafts { primary, labels }
    }

    fn draft(&mut self, entry: &Spanned<Entry>, ids: &mut BTreeSet<Box<str>>) -> Draft {
        let entry = entry.get_ref();
        let (id, id_at) = (entry.id.get_ref().as_str(), entry.id.span().start);
        if let Err(problem) = check_name(id) {
            self.refuse_at(id_at, problem);
        }
        if !ids.insert(id.into()) {
            self.refuse_at(id_at, SegmentProblem::Twice { id: id.into() });
        }
        for name in [id, &entry.name_en, &entry.name_zh] {
            self.guard(id, name, id_at);
        }
        let at = entry.when.span().start;
        let condition = self.condition(id, &entry.when);
        let action = entry.action.as_ref().map(|action| self.action(id, action));
        let Some((expanded, condition)) = condition else { return Draft { at, segment: None } };
        if let Some(problem) = misjudged(id, *entry.maintenance.get_ref(), &condition) {
            self.refuse_at(entry.maintenance.span().start, problem);
        }
        let owned = |text: &str| -> Box<str> { text.trim().into() };
        let segment = Segment {
            id: id.into(),
            family: entry.family.as_ref().map(|family| owned(family.get_ref())),
            name_en: owned(&entry.name_en),
            name_zh: owned(&entry.name_zh),
            description_en: owned(&entry.description_en),
            description_zh: owned(&entry.description_zh),
            text: owned(entry.when.get_ref()),
            expanded: owned(&expanded),
            condition,
            maintenance: *entry.maintenance.get_ref(),
            is_remainder: entry.remainder,
            action: action.flatten(),
        };
        Draft { at, segment: Some(segment) }
    }

    /// A tag must not speak of what nobody may be sorted by, whatever its definition says. The language refuses such
    /// words in quoted text, so it is asked about the name as one.
    fn guard(&mut self, id: &str, name: &str, at: usize) {
        let quoted: String =
            name.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
        let text = format!("channel = '{}'", quoted.replace('\'', "''"));
        let scope = Scope { sensitive_words: self.scope.sensitive_words.clone(), ..Scope::features() };
        if let Err(error) = language::compile_condition(&text, &scope)
            && matches!(*error.problem, Problem::Sensitive { .. })
        {
            self.refuse_at(at, SegmentProblem::Language { id: id.into(), error });
        }
    }

    fn condition(&mut self, id: &str, when: &Spanned<String>) -> Option<(String, Condition)> {
        let text = self.expand(when.get_ref(), when.span().start)?;
        match language::compile_condition(&text, &self.scope) {
            Ok(condition) => Some((text, condition)),
            Err(error) => {
                self.refuse_at(when.span().start, SegmentProblem::Language { id: id.into(), error });
                None
            }
        }
    }

    fn expand(&mut self, text: &str, at: usize) -> Option<String> {
        match self.names.expand(text) {
            Ok(expanded) => Some(expanded),
            Err(problem) => {
                self.refuse_at(at, problem);
                None
            }
        }
    }

    fn action(&mut self, id: &str, entry: &ActionEntry) -> Option<Action> {
        if let Err(problem) = check_name(&entry.code) {
            self.refuse_at(entry.text_en.span().start, problem);
        }
        for text in [&entry.text_en, &entry.text_zh] {
            for name in placeholders(text.get_ref()).filter(|name| !entry.parameters.contains_key(*name)) {
                let known = entry.parameters.keys().map(String::as_str);
                let hint =
                    nearest(name, known).map_or(String::new(), |near| format!("; did you mean {{{near}}}?"));
                let problem = format!("{{{name}}} is no parameter of the action{hint}").into();
                self.refuse_at(text.span().start, SegmentProblem::Action { id: id.into(), problem });
            }
        }
        let mut parameters = Vec::new();
        for (name, parameter) in &entry.parameters {
            parameters.push(self.parameter(&format!("{id}, parameter {name}"), name, parameter));
        }
        let parameters = parameters.into_iter().collect::<Option<Vec<_>>>()?;
        let owned = |text: &str| -> Box<str> { text.trim().into() };
        let (text_en, text_zh) = (owned(entry.text_en.get_ref()), owned(entry.text_zh.get_ref()));
        Some(Action { code: owned(&entry.code), text_en, text_zh, parameters })
    }

    fn parameter(&mut self, id: &str, name: &str, entry: &ParameterEntry) -> Option<Parameter> {
        let at = entry.value.span();
        if let Err(problem) = check_name(name) {
            self.refuse_at(at.start, problem);
        }
        let value = self.value(id, &entry.value)?;
        let parameter = Parameter {
            name: name.into(),
            fallback: self.bound(&entry.fallback),
            at_least: self.bound(&entry.at_least),
            at_most: self.bound(&entry.at_most),
            round_up_to: self.bound(&entry.round_up_to),
            value,
        };
        self.check_parameter(id, &at, &parameter, entry.fallback.is_some());
        Some(parameter)
    }

    /// A number for everybody, or one that is worked out.
    fn value(&mut self, id: &str, entry: &Spanned<Scalar>) -> Option<Expression> {
        let at = entry.span().start;
        let text = self.expand(&entry.get_ref().text(), at)?;
        if let Some((value, measures)) = constant(&text) {
            return Some(Expression::Number { value, measures });
        }
        let problem = match language::compile_expression(&text, &self.scope) {
            Ok(Body::Value(value)) => return Some(value),
            Ok(Body::Truth(_)) => SegmentProblem::Action {
                id: id.into(),
                problem: "a parameter is a number, and this holds or does not".into(),
            },
            Err(error) => SegmentProblem::Language { id: id.into(), error },
        };
        self.refuse_at(at, problem);
        None
    }

    fn bound(&mut self, scalar: &Option<Spanned<Scalar>>) -> Option<f64> {
        let scalar = scalar.as_ref()?;
        match bound(&mut self.names, scalar) {
            Ok(number) => Some(number),
            Err(problem) => {
                self.refuse_at(scalar.span().start, problem);
                None
            }
        }
    }

    fn check_parameter(&mut self, id: &str, at: &Range<usize>, parameter: &Parameter, has_fallback: bool) {
        let most = parameter.at_most.unwrap_or(f64::INFINITY);
        let problem = if parameter.measures() == Type::Text {
            "a parameter is a number, and this is a name"
        } else if can_be_missing(&parameter.value) && !has_fallback {
            "the value is missing for some customers: write fallback = …"
        } else if parameter.at_least.is_some_and(|least| least > most) {
            "at_least is more than at_most: swap them"
        } else if parameter.round_up_to.is_some_and(|step| step <= 0.0) {
            "round_up_to must be more than zero"
        } else {
            return;
        };
        self.refuse_at(at.start, SegmentProblem::Action { id: id.into(), problem: problem.into() });
    }
}

/// Why a definition is not of the class that it is said to be of.
fn misjudged(id: &str, got: Maintenance, condition: &Condition) -> Option<SegmentProblem> {
    let predicts = any_value(condition, &|value| matches!(value, Expression::Prediction(_)));
    let is_fitted =
        any_value(condition, &|value| matches!(value, Expression::Rfm(_) | Expression::Percentile(_)));
    let (fitting, because) = match got {
        Maintenance::RealTime | Maintenance::Reviewed if predicts => {
            (Maintenance::Predictive, "a model decides, and moves when it is trained again")
        }
        Maintenance::RealTime if is_fitted => {
            (Maintenance::Predictive, "it compares with other customers, and moves with them")
        }
        Maintenance::Predictive if !predicts && !is_fitted => {
            (Maintenance::Reviewed, "no model and no comparison with other customers decides")
        }
        Maintenance::RealTime | Maintenance::Reviewed | Maintenance::Predictive => return None,
    };
    Some(SegmentProblem::Maintenance { id: id.into(), got, fitting, because })
}
