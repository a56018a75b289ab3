//! `tenure explain`.

use anyhow::Error;
use serde::Serialize;
use tenure_behaviour::language::{compile_expression, reading, reading_zh};

use crate::args::ExplainArgs;
use crate::commands::check::{measures, refuse};
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
        Err(error) => return refuse(&[error], "the expression", json),
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
