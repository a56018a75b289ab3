//! From text to what was written, by the grammar.

use std::ops::Range;

use pest::Parser;
use pest::iterators::Pair;

use crate::expression::{Arithmetic, Comparison};

use super::error::Problem;
use super::expected::refusal;
use super::scan::scan;
use super::syntax::{Argument, ArgumentKind, Call, Kind, Node};
use super::{MAX_NESTING, MAX_WORD_BYTES, PARSED_NESTING};

#[derive(pest_derive::Parser)]
#[grammar = "language/behaviour.pest"]
struct Grammar;

/// Why a text was refused, and the bytes that are meant.
pub(super) type Refusal = (Problem, Range<usize>);

/// The tree of a whole text.
pub(super) fn parse(text: &str) -> Result<Node, Refusal> {
    scan(text)?;
    let mut pairs = Grammar::parse(Rule::text, text).map_err(|error| refusal(text, &error))?;
    let whole = pairs.next().map(Pair::into_inner).and_then(|mut inner| inner.next());
    whole.map_or_else(|| Err((Problem::Empty, 0..0)), build)
}

fn span(pair: &Pair<'_, Rule>) -> Range<usize> {
    pair.as_span().start()..pair.as_span().end()
}

/// A node over some others, unless they are too deep.
fn node(kind: Kind, span: Range<usize>, inner: usize) -> Result<Node, Refusal> {
    if inner >= PARSED_NESTING {
        return Err((Problem::TooDeep { max: MAX_NESTING }, span));
    }
    Ok(Node { kind, span, depth: inner + 1 })
}

fn build(pair: Pair<'_, Rule>) -> Result<Node, Refusal> {
    let rule = pair.as_rule();
    if matches!(rule, Rule::quantity | Rule::quoted) {
        check_word(&pair)?;
    }
    if matches!(rule, Rule::either | Rule::both) {
        chain(pair)
    } else if rule == Rule::negated {
        negated(pair)
    } else if rule == Rule::comparison {
        comparison(pair)
    } else if matches!(rule, Rule::sum | Rule::product) {
        arithmetic(pair)
    } else if rule == Rule::quantity {
        node(Kind::Quantity(pair.as_str().into()), span(&pair), 0)
    } else if rule == Rule::quoted {
        let marked = pair.as_str();
        let inner = marked.get(1..marked.len() - 1).unwrap_or(marked);
        node(Kind::Quoted(inner.replace("''", "'").into()), span(&pair), 0)
    } else if rule == Rule::named {
        named(pair)
    } else {
        // A group is what is in it.
        let whole = span(&pair);
        let inner = pair.into_inner().find(|inner| inner.as_rule() == Rule::either);
        inner.map_or_else(|| Err((Problem::Empty, whole)), build)
    }
}

/// `a or b or c`, `a and b and c`
fn chain(pair: Pair<'_, Rule>) -> Result<Node, Refusal> {
    let (whole, is_either) = (span(&pair), pair.as_rule() == Rule::either);
    let parts = pair.into_inner().filter(|part| !matches!(part.as_rule(), Rule::and | Rule::or));
    let mut parts: Vec<Node> = parts.map(build).collect::<Result<_, _>>()?;
    if parts.len() == 1
        && let Some(only) = parts.pop()
    {
        return Ok(only);
    }
    let depth = parts.iter().map(|part| part.depth).max().unwrap_or(0);
    node(if is_either { Kind::Any(parts) } else { Kind::All(parts) }, whole, depth)
}

fn negated(pair: Pair<'_, Rule>) -> Result<Node, Refusal> {
    let end = pair.as_span().end();
    let (words, mut rest): (Vec<_>, Vec<_>) = pair.into_inner().partition(|part| part.as_rule() == Rule::not);
    let Some(inner) = rest.pop() else { return Err((Problem::Empty, end..end)) };
    let mut negated = build(inner)?;
    for word in words.iter().rev() {
        let depth = negated.depth;
        negated = node(Kind::Not(Box::new(negated)), word.as_span().start()..end, depth)?;
    }
    Ok(negated)
}

fn comparison(pair: Pair<'_, Rule>) -> Result<Node, Refusal> {
    let whole = span(&pair);
    let mut parts = pair.into_inner();
    let Some(first) = parts.next() else { return Err((Problem::Empty, whole)) };
    let first_text = first.as_str();
    let value = build(first)?;
    let Some(tail) = parts.next() else { return Ok(value) };
    if let Some(second) = parts.next() {
        // Of `60 < x < 90` the middle is asked about.
        let middle = tail.into_inner().last().map_or(first_text, |inner| inner.as_str()).trim();
        let write = format!("{middle} between … and …, or two comparisons with and").into();
        return Err((Problem::ChainedComparison { write }, at_start(second, &whole)));
    }
    tail_of(value, tail, whole)
}

/// The sign or word with which a second comparison begins.
fn at_start(second: Pair<'_, Rule>, whole: &Range<usize>) -> Range<usize> {
    let start = second.as_span().start();
    let end = second.into_inner().next().map_or(whole.end, |sign| sign.as_span().end());
    start..end
}

fn tail_of(value: Node, tail: Pair<'_, Rule>, whole: Range<usize>) -> Result<Node, Refusal> {
    let rule = tail.as_rule();
    let mut comparison = Comparison::Equal;
    let mut negated = false;
    let mut operands = Vec::new();
    for part in tail.into_inner() {
        let rule = part.as_rule();
        if rule == Rule::sum {
            operands.push(build(part)?);
        } else if rule == Rule::not {
            negated = true;
        } else if rule == Rule::comparator {
            comparison = comparator(part.as_str());
        }
    }
    let depth = operands.iter().map(|operand| operand.depth).max().unwrap_or(0).max(value.depth);
    let value = Box::new(value);
    let kind = if rule == Rule::one_of {
        Kind::OneOf { value, names: operands, negated }
    } else {
        match <[Node; 2]>::try_from(operands) {
            Ok([low, high]) => Kind::Between { value, low: Box::new(low), high: Box::new(high), negated },
            Err(mut operands) => match operands.pop() {
                Some(right) => Kind::Compare { comparison, left: value, right: Box::new(right) },
                None => return Err((Problem::Empty, whole)),
            },
        }
    };
    node(kind, whole, depth)
}

fn comparator(sign: &str) -> Comparison {
    match sign {
        "!=" => Comparison::NotEqual,
        "<" => Comparison::Less,
        "<=" => Comparison::AtMost,
        ">" => Comparison::Greater,
        ">=" => Comparison::AtLeast,
        _ => Comparison::Equal,
    }
}

/// `a + b - c` is `(a + b) - c`.
fn arithmetic(pair: Pair<'_, Rule>) -> Result<Node, Refusal> {
    let whole = span(&pair);
    let mut operator = None;
    let mut result: Option<Node> = None;
    for part in pair.into_inner() {
        if let Some(sign) = arithmetic_sign(part.as_rule()) {
            operator = Some(sign);
            continue;
        }
        let right = build(part)?;
        result = Some(match (result, operator) {
            (Some(left), Some(operator)) => {
                let (depth, span) = (left.depth.max(right.depth), left.span.start..right.span.end);
                let (left, right) = (Box::new(left), Box::new(right));
                node(Kind::Arithmetic { operator, left, right }, span, depth)?
            }
            _ => right,
        });
    }
    result.ok_or((Problem::Empty, whole))
}

fn arithmetic_sign(rule: Rule) -> Option<Arithmetic> {
    let signs = [
        (Rule::plus, Arithmetic::Add),
        (Rule::minus, Arithmetic::Subtract),
        (Rule::times, Arithmetic::Multiply),
        (Rule::over, Arithmetic::Divide),
    ];
    signs.into_iter().find(|(sign, _)| *sign == rule).map(|(_, operator)| operator)
}

fn named(pair: Pair<'_, Rule>) -> Result<Node, Refusal> {
    let whole = span(&pair);
    let mut parts = pair.into_inner();
    let Some(first) = parts.next() else { return Err((Problem::Empty, whole)) };
    check_word(&first)?;
    let (name, name_span): (Box<str>, _) = (first.as_str().into(), span(&first));
    match parts.next() {
        None => node(Kind::Name(name), whole, 0),
        Some(next) if next.as_rule() == Rule::arguments => {
            let found = next.into_inner().filter(|part| part.as_rule() == Rule::argument);
            let arguments: Vec<Argument> = found.map(argument).collect::<Result<_, _>>()?;
            let depth = arguments.iter().map(Argument::depth).max().unwrap_or(0);
            node(Kind::Call(Call { name, name_span, arguments }), whole, depth)
        }
        Some(_) => match parts.next() {
            Some(member) => {
                check_word(&member)?;
                node(Kind::Member { owner: name, member: member.as_str().into() }, whole, 0)
            }
            None => Err((Problem::Empty, whole)),
        },
    }
}

/// Messages show words, so words are not endless.
fn check_word(pair: &Pair<'_, Rule>) -> Result<(), Refusal> {
    let bytes = pair.as_str().len();
    if bytes > MAX_WORD_BYTES {
        return Err((Problem::WordTooLong { bytes, max: MAX_WORD_BYTES }, span(pair)));
    }
    Ok(())
}

fn argument(pair: Pair<'_, Rule>) -> Result<Argument, Refusal> {
    let whole = span(&pair);
    let Some(inner) = pair.into_inner().next() else { return Err((Problem::Empty, whole)) };
    let rule = inner.as_rule();
    let parts = inner.into_inner().filter(|part| matches!(part.as_rule(), Rule::either | Rule::quantity));
    let mut parts = parts.map(build);
    let Some(first) = parts.next().transpose()? else { return Err((Problem::Empty, whole)) };
    let second = parts.next().transpose()?;
    let kind = match (rule, second) {
        (Rule::next_window, _) => ArgumentKind::Next(first),
        (Rule::lagged_window, Some(lag)) => ArgumentKind::Lagged { length: first, lag },
        (_, filter) => ArgumentKind::Selected { what: first, filter },
    };
    Ok(Argument { kind, span: whole })
}

impl Argument {
    fn depth(&self) -> usize {
        match &self.kind {
            ArgumentKind::Next(_) | ArgumentKind::Lagged { .. } => 1,
            ArgumentKind::Selected { what, filter } => {
                what.depth.max(filter.as_ref().map_or(0, |filter| filter.depth))
            }
        }
    }
}
