//! `tenure explain`.

use std::path::Path;

use anyhow::Error;
use serde::Serialize;
use tenure_behaviour::language::{Scope, compile_expression, reading, reading_zh};

use crate::args::ExplainArgs;
use crate::commands::check::{labels_hint, measures, refuse};
use crate::commands::needs::Needs;
use crate::commands::print_json;
use crate::say::say;

/// What `--json` prints.
#[derive(Debug, Serialize)]
struct Report {
    /// The canonical form.
    expression: String,
    measures: &'static str,
    english: String,
    chinese: String,
    needs: Needs,
}

pub(crate) fn run(args: &ExplainArgs, json: bool) -> Result<(), Error> {
    let body = match compile_expression(&args.expression, &args.scope.scope()) {
        Ok(body) => body,
        Err(error) => return refuse(&[error], "the expression", hint(args), json),
    };
    let report = Report {
        expression: body.to_string(),
        measures: measures(&body),
        english: reading(&body),
        chinese: reading_zh(&body),
        needs: Needs::of([&body]),
    };
    if json {
        return print_json(&report);
    }
    say!("{}", report.expression);
    say!("  {}", report.english);
    say!("  {}", report.chinese);
    say!("");
    say!("  is      {}", report.measures);
    for [expression, measures, effort] in report.needs.asks() {
        say!("  asks    {expression}: {measures}, {effort}");
    }
    for line in report.needs.lines() {
        say!("  {line}");
    }
    Ok(())
}

/// What was probably meant by an expression that is none.
fn hint(args: &ExplainArgs) -> Option<&'static str> {
    if Path::new(&args.expression).is_file() {
        return Some("there is a file of this name: tenure check reads files of definitions");
    }
    let compile = |scope: &Scope| compile_expression(&args.expression, scope).err().map(|error| vec![error]);
    labels_hint(&args.scope.scope(), 1, compile)
}
