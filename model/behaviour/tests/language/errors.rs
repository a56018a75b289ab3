//! Wrong inputs and what is said about them, in `errors/*.txt`.
//!
//! A case is a line `>>>` with what is compiled (`condition`, `value` or `definitions`, and options of the scope), the
//! input, a line `<<<`, and the message. After a change of wording `UPDATE_GOLDEN=1 cargo test -p tenure-behaviour
//! --test language errors` writes the messages anew; then each is to be read, for a test cannot tell whether it helps.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use tenure_behaviour::language::{Scope, compile_condition, compile_definitions, compile_expression};

struct Case {
    /// What is compiled, and options of the scope.
    head: String,
    input: String,
    message: String,
}

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/language/errors");
    let mut files: Vec<PathBuf> = folder.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn cases(text: &str) -> Vec<Case> {
    let case = |text: &str| {
        let (head, rest) = text.split_once('\n').unwrap();
        let (input, message) = rest.split_once("\n<<<").unwrap();
        Case {
            head: head.trim().to_owned(),
            input: input.to_owned(),
            message: message.trim_start_matches('\n').trim_end().to_owned(),
        }
    };
    text.split(">>>").skip(1).map(case).collect()
}

/// `condition; kinds: a, b; proxies: product=x; words: y; next`
fn scope(head: &str) -> Scope {
    let mut scope = Scope::features();
    for option in head.split(';').skip(1) {
        let (name, values) = option.split_once(':').unwrap_or((option, ""));
        let values = values.split(',').map(str::trim).filter(|value| !value.is_empty());
        match name.trim() {
            "kinds" => scope.kinds = Some(values.map(|kind| kind.parse().unwrap()).collect()),
            "proxies" => scope.proxies = values.map(|proxy| proxy.parse().unwrap()).collect(),
            "words" => scope.sensitive_words = values.map(Into::into).collect(),
            "next" => scope.next_windows = true,
            other => panic!("no option {other}"),
        }
    }
    scope
}

/// What is said about an input that must be refused.
fn message(case: &Case) -> String {
    let scope = scope(&case.head);
    let one = match case.head.split(';').next().unwrap().trim() {
        "condition" => compile_condition(&case.input, &scope).err(),
        "value" => compile_expression(&case.input, &scope).err(),
        "definitions" => {
            let errors = compile_definitions(&case.input, &scope).err().unwrap_or_default();
            let shown: Vec<String> = errors.iter().map(ToString::to_string).collect();
            return shown.join("\n\n");
        }
        other => panic!("no kind of case {other}"),
    };
    one.map_or_else(String::new, |error| error.to_string())
}

#[test]
fn wrong_inputs_are_answered_as_written_down() {
    let update = std::env::var_os("UPDATE_GOLDEN").is_some();
    let mut count = 0;
    for path in files() {
        let before = std::fs::read_to_string(&path).unwrap();
        let mut after = before.split(">>>").next().unwrap().to_owned();
        for case in cases(&before) {
            let message = message(&case);
            assert!(!message.is_empty(), "{}: this is not refused: {}", path.display(), case.input);
            if !update {
                assert_eq!(message, case.message, "{}: {}", path.display(), case.input);
            }
            writeln!(after, ">>> {}\n{}\n<<<\n{message}\n", case.head, case.input).unwrap();
            count += 1;
        }
        if update {
            std::fs::write(&path, after).unwrap();
        }
    }
    assert!(count >= 60, "{count} cases");
}
