//! Files of definitions: `name = expression`, one after the other.
//!
//! A line that begins in the first column begins a definition; indented lines continue it. So a mistake in one
//! definition does not hide those of the others, and all of a file are reported at once.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::expression::{Body, Definition};

use super::compile::{Compiler, Known, sensitive};
use super::error::Problem;
use super::parse::{Refusal, parse};
use super::syntax::Node;
use super::{LanguageError, MAX_DEFINITIONS, MAX_FILE_BYTES, MAX_WORD_BYTES, Scope, known_of, names};

/// A definition as it stands in the file.
struct Chunk<'a> {
    name: &'a str,
    name_span: Range<usize>,
    /// The expression, and where it begins.
    text: &'a str,
    start: usize,
}

/// Compiles a file of definitions.
pub(super) fn compile(text: &str, scope: &Scope) -> Result<Vec<Definition>, Vec<LanguageError>> {
    let mut refusals = Vec::new();
    let mut definitions = Vec::new();
    if text.len() > MAX_FILE_BYTES {
        let problem = Problem::TooLong { bytes: text.len(), max: MAX_FILE_BYTES };
        return Err(vec![LanguageError::new(problem, "", 0..0)]);
    }
    let chunks = chunks(text, &mut refusals);
    if chunks.len() > MAX_DEFINITIONS {
        let span = chunks[MAX_DEFINITIONS].name_span.clone();
        let problem = Problem::TooManyDefinitions { max: MAX_DEFINITIONS };
        return Err(vec![LanguageError::new(problem, text, span)]);
    }
    let mut first: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, chunk) in chunks.iter().enumerate() {
        if let Err(problem) = check_name(chunk.name, scope) {
            refusals.push((problem, chunk.name_span.clone()));
        }
        let earlier = *first.entry(chunk.name).or_insert(index);
        if earlier != index {
            let line = line_of(text, chunks[earlier].name_span.start);
            let problem = Problem::DefinedTwice { name: chunk.name.into(), line };
            refusals.push((problem, chunk.name_span.clone()));
        }
    }
    let trees: Vec<Option<Node>> =
        chunks.iter().map(|chunk| keep(parse(chunk.text), chunk, &mut refusals)).collect();
    let file = File { text, chunks: &chunks, trees: &trees, first: &first };
    let mut known = known_of(scope);
    let mut failed: BTreeSet<&str> = BTreeSet::new();
    for (index, chunk) in chunks.iter().enumerate() {
        let body = trees[index].as_ref().and_then(|tree| {
            if let Err(refusal) = file.check_order(index, tree, &failed) {
                return refusal.and_then(|refusal| keep(Err(refusal), chunk, &mut refusals));
            }
            // What a failed definition would have meant is not known, and one report of it is enough.
            if used(tree).iter().any(|(name, _)| failed.contains(name)) {
                return None;
            }
            keep(Compiler::new(scope, &known).body(tree), chunk, &mut refusals)
        });
        match body {
            Some((body, parts)) => remember(&mut known, &mut definitions, chunk, body, parts),
            None => {
                failed.insert(chunk.name);
            }
        }
    }
    if refusals.is_empty() {
        return Ok(definitions);
    }
    refusals.sort_by_key(|(_, span)| span.start);
    Err(refusals.into_iter().map(|(problem, span)| LanguageError::new(problem, text, span)).collect())
}

fn remember(
    known: &mut Known,
    definitions: &mut Vec<Definition>,
    chunk: &Chunk<'_>,
    body: Body,
    parts: usize,
) {
    let definition = Definition { name: chunk.name.into(), body };
    known.entry(chunk.name.into()).or_insert_with(|| (definition.body.clone(), parts));
    definitions.push(definition);
}

/// What came of a chunk; its refusal is noted with its place in the file.
fn keep<T>(result: Result<T, Refusal>, chunk: &Chunk<'_>, refusals: &mut Vec<Refusal>) -> Option<T> {
    match result {
        Ok(found) => Some(found),
        Err((problem, span)) => {
            refusals.push((problem, span.start + chunk.start..span.end + chunk.start));
            None
        }
    }
}

/// Cuts the file at the lines that are not indented.
fn chunks<'a>(text: &'a str, refusals: &mut Vec<Refusal>) -> Vec<Chunk<'a>> {
    let mut starts: Vec<usize> = Vec::new();
    let mut at = 0;
    let mut is_open = false;
    for line in text.split_inclusive('\n') {
        let bare = line.trim_start_matches('\u{feff}');
        let is_blank = bare.trim().is_empty() || bare.trim_start().starts_with('#');
        if !is_blank && !bare.starts_with([' ', '\t']) {
            starts.push(at + line.len() - bare.len());
            is_open = true;
        } else if !is_blank && !is_open {
            refusals.push((Problem::NothingToContinue, at..at + line.trim_end().len()));
            is_open = true;
        }
        at += line.len();
    }
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    let found: Vec<_> = starts.iter().zip(ends).map(|(start, end)| head(text, *start..end)).collect();
    found.into_iter().filter_map(|found| found.map_err(|refusal| refusals.push(refusal)).ok()).collect()
}

/// Parts name and expression.
fn head(text: &str, span: Range<usize>) -> Result<Chunk<'_>, Refusal> {
    let chunk = &text[span.clone()];
    let line = chunk.lines().next().unwrap_or("");
    let refused = |problem| (problem, span.start..span.start + line.trim_end().len());
    let sign = line.find(['=', '＝']).ok_or_else(|| refused(Problem::NotADefinition))?;
    let name = line[..sign].trim_end();
    if line[sign..].starts_with('＝') {
        let problem = Problem::FullWidth { found: '＝', write: "=" };
        return Err((problem, span.start + sign..span.start + sign + '＝'.len_utf8()));
    }
    let parts_of_it = |letter: char| letter.is_whitespace() || "<>!'(),".contains(letter);
    if name.is_empty() || name.contains(parts_of_it) {
        return Err(refused(Problem::NotADefinition));
    }
    let start = span.start + sign + 1;
    Ok(Chunk { name, name_span: span.start..span.start + name.len(), text: &text[start..span.end], start })
}

fn line_of(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

/// Whether a definition may be called so.
pub(super) fn check_name(name: &str, scope: &Scope) -> Result<(), Problem> {
    const MAX_BYTES: usize = 64;
    if name.len() > MAX_WORD_BYTES {
        return Err(Problem::WordTooLong { bytes: name.len(), max: MAX_WORD_BYTES });
    }
    if let Some(about) = sensitive(name, &scope.sensitive_words) {
        return Err(Problem::Sensitive { found: name.into(), about });
    }
    let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    let is_name = |name: &str| {
        name.len() <= MAX_BYTES
            && name.as_bytes().first().is_some_and(u8::is_ascii_lowercase)
            && name.bytes().all(is_letter)
    };
    if !is_name(name) {
        let tried: String = name.to_lowercase().replace(['-', '.'], "_");
        let tried = is_name(&tried).then(|| tried.into());
        return Err(Problem::InvalidName { name: name.into(), tried });
    }
    let what = match name {
        name if names::KEYWORDS.contains(&name) => "a word of the language",
        name if names::every_kind().contains(&name) => "a kind of event",
        name if names::every_of_customer().contains(&name) => "an attribute of the customer",
        "p_alive" => "a prediction",
        "everyone" | "nobody" => "a word of the language",
        name if scope.kinds.iter().flatten().any(|kind| kind.as_str() == name) => "a kind of event",
        name if scope.definitions.iter().any(|definition| &*definition.name == name) => "a definition",
        _ => return Ok(()),
    };
    Err(Problem::NameTaken { name: name.into(), what })
}

/// The names that a tree uses, with their places.
fn used(tree: &Node) -> Vec<(&str, Range<usize>)> {
    let mut found = Vec::new();
    tree.names(&mut found);
    found
}

/// A whole file, to see what uses what.
struct File<'a> {
    text: &'a str,
    chunks: &'a [Chunk<'a>],
    trees: &'a [Option<Node>],
    first: &'a BTreeMap<&'a str, usize>,
}

impl File<'_> {
    /// A definition may use those above it. A circle is reported once.
    fn check_order(&self, index: usize, tree: &Node, failed: &BTreeSet<&str>) -> Result<(), Option<Refusal>> {
        for (name, span) in used(tree) {
            let Some(&other) = self.first.get(name).filter(|other| **other >= index) else { continue };
            let refused = match self.way(other, index) {
                Some(way) if way.iter().any(|step| failed.contains(self.chunks[*step].name)) => {
                    return Err(None);
                }
                Some(way) => Problem::Circular { path: self.path(index, &way).into() },
                None => Problem::DefinedLater {
                    name: name.into(),
                    line: line_of(self.text, self.chunks[other].name_span.start),
                },
            };
            return Err(Some((refused, span)));
        }
        Ok(())
    }

    /// The definitions on the way from one to another, both included.
    fn way(&self, from: usize, to: usize) -> Option<Vec<usize>> {
        let mut came_from: BTreeMap<usize, usize> = BTreeMap::new();
        let mut open = vec![from];
        while let Some(here) = open.pop() {
            if here == to {
                let mut way = vec![to];
                let mut at = to;
                while at != from {
                    at = came_from[&at];
                    way.push(at);
                }
                way.reverse();
                return Some(way);
            }
            for (name, _) in self.trees[here].as_ref().map(used).unwrap_or_default() {
                if let Some(&next) = self.first.get(name)
                    && next != from
                    && !came_from.contains_key(&next)
                {
                    came_from.insert(next, here);
                    open.push(next);
                }
            }
        }
        None
    }

    fn path(&self, index: usize, way: &[usize]) -> String {
        let all = [index].into_iter().chain(way.iter().copied());
        all.map(|index| self.chunks[index].name).collect::<Vec<_>>().join(" -> ")
    }
}
