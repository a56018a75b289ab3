//! `tenure check`.

use std::fmt::Display;
use std::path::Path;

use anyhow::{Context, Error};
use comfy_table::{Table, presets};
use serde::Serialize;
use tenure_behaviour::expression::{Body, Definition};
use tenure_behaviour::language::{
    LanguageError, MAX_FILE_BYTES, Scope, Survey, compile_definitions, describe, reading, reading_zh,
};

use crate::args::CheckArgs;
use crate::commands::needs::Needs;
use crate::commands::{print_json, segments};
use crate::inputs;
use crate::say::say;

/// What is wrong with a file or an expression: exit code 2.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Refused {
    message: String,
}

/// What `--json` prints of a file that compiles.
#[derive(Debug, Serialize)]
struct Report<'a> {
    file: String,
    definitions: Vec<Row<'a>>,
    needs: Needs,
}

#[derive(Debug, Serialize)]
struct Row<'a> {
    name: &'a str,
    measures: &'static str,
    expression: String,
    english: String,
    chinese: String,
}

/// What `--json` prints of a file or an expression that does not.
#[derive(Debug, Serialize)]
struct Refusals<'a> {
    errors: Vec<Refusal<'a>>,
}

#[derive(Debug, Serialize)]
struct Refusal<'a> {
    line: usize,
    column: usize,
    characters: usize,
    message: String,
    source: &'a str,
}

pub(crate) fn run(args: &CheckArgs, json: bool) -> Result<(), Error> {
    if args.file.extension().is_some_and(|extension| extension == "toml") {
        return segments::check(&args.file, args.scope.scope(), json);
    }
    let text = read(&args.file)?;
    let compile = |scope: &Scope| compile_definitions(&text, scope);
    let definitions = match compile(&args.scope.scope()) {
        Ok(definitions) => definitions,
        Err(errors) => {
            let hint = labels_hint(&args.scope.scope(), errors.len(), |scope| compile(scope).err());
            return refuse(&errors, &args.file.display().to_string(), hint, json);
        }
    };
    let needs = Needs::of(definitions.iter().map(|definition| &definition.body));
    if json {
        let definitions = definitions.iter().map(row).collect();
        return print_json(&Report { file: args.file.display().to_string(), definitions, needs });
    }
    say!("{}", table(&definitions));
    say!("{}: {} definitions compile", args.file.display(), definitions.len());
    for line in needs.lines() {
        say!("  {line}");
    }
    Ok(())
}

/// The file as text, if it can be one of definitions.
pub(crate) fn read(path: &Path) -> Result<String, Error> {
    inputs::text(path)?;
    let refused = |message: String| Refused { message };
    let name = path.display();
    let bytes = std::fs::metadata(path).with_context(|| format!("cannot read {name}"))?.len();
    if bytes > MAX_FILE_BYTES as u64 {
        let message = format!("{name} has {bytes} bytes, {MAX_FILE_BYTES} are the most: split it");
        return Err(refused(message).into());
    }
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {name}"))?;
    String::from_utf8(bytes)
        .map_err(|_| refused(format!("{name} is no text in UTF-8: save it as UTF-8")).into())
}

/// Most errors that people are shown: a file of another kind has one on every line.
const MOST_SHOWN: usize = 10;

/// What is wrong, as much of it as anybody reads.
pub(crate) fn shown(errors: &[impl Display]) -> String {
    let mut shown: Vec<String> = errors.iter().take(MOST_SHOWN).map(ToString::to_string).collect();
    if errors.len() > MOST_SHOWN {
        let more = errors.len() - MOST_SHOWN;
        shown.push(format!(
            "and {more} more: mend these first, or name another file if this is none of definitions"
        ));
    }
    shown.join("\n\n")
}

/// What to say where `--labels` would help: whether anything of a text is refused only because it looks ahead.
pub(crate) fn labels_hint(
    scope: &Scope,
    errors: usize,
    compile: impl Fn(&Scope) -> Option<Vec<LanguageError>>,
) -> Option<&'static str> {
    if scope.next_windows {
        return None;
    }
    let ahead = Scope { next_windows: true, ..scope.clone() };
    let left = compile(&ahead).map_or(0, |errors| errors.len());
    (left < errors).then_some(
        "with --labels windows that look ahead are read, such as next 90d: for definitions of churn",
    )
}

/// Prints what is wrong: for machines all of it, for people as much as they read, and what would help.
pub(crate) fn refuse(
    errors: &[LanguageError],
    name: &str,
    hint: Option<&str>,
    json: bool,
) -> Result<(), Error> {
    if json {
        let errors = errors.iter().map(|error| Refusal {
            line: error.place.line,
            column: error.place.column,
            characters: error.place.characters,
            message: error.problem.to_string(),
            source: &error.place.source,
        });
        print_json(&Refusals { errors: errors.collect() })?;
    }
    let count = if errors.len() == 1 { "1 error".to_owned() } else { format!("{} errors", errors.len()) };
    let hint = hint.map_or_else(String::new, |hint| format!("\n\n{hint}"));
    Err(Refused { message: format!("{count} in {name}\n\n{}{hint}", shown(errors)) }.into())
}

fn row(definition: &Definition) -> Row<'_> {
    Row {
        name: &definition.name,
        measures: measures(&definition.body),
        expression: definition.body.to_string(),
        english: reading(&definition.body),
        chinese: reading_zh(&definition.body),
    }
}

/// What a definition measures, in words.
pub(crate) fn measures(body: &Body) -> &'static str {
    match body {
        Body::Value(value) => describe(value.measures()),
        Body::Truth(_) => "holds or not",
    }
}

fn table(definitions: &[Definition]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED);
    table.set_header(["name", "measures", "windows", "reads"]);
    for Definition { name, body } in definitions {
        let survey = Survey::of([body]);
        let windows: Vec<String> = survey.windows().iter().map(ToString::to_string).collect();
        let kinds = survey.streams.iter().map(|stream| stream.selector.kind.as_ref());
        let mut kinds: Vec<&str> = kinds.map(|kind| kind.map_or("event", |kind| kind.as_str())).collect();
        kinds.dedup();
        table.add_row([name, measures(body), &*windows.join(", "), &*kinds.join(", ")]);
    }
    table
}
