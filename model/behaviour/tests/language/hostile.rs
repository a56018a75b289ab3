//! Nothing that can be typed, pasted or sent ends in anything but a tree or a refusal.

use proptest::prelude::*;
use tenure_behaviour::language::{
    MAX_NESTING, MAX_TEXT_BYTES, Problem, Scope, compile_condition, compile_definitions, compile_expression,
};

/// Compiles on a small stack, whatever comes of it.
fn survive(text: &str) {
    let text = text.to_owned();
    let on_small_stack = std::thread::Builder::new().stack_size(1024 * 1024).spawn(move || {
        let scope = Scope::labels();
        let mut errors = compile_definitions(&text, &scope).err().unwrap_or_default();
        errors.extend(compile_expression(&text, &scope).err());
        errors.extend(compile_condition(&text, &scope).err());
        for shown in errors.iter().map(ToString::to_string) {
            assert!(shown.lines().count() >= 4 && shown.len() < 3_000, "{shown}");
        }
    });
    on_small_stack.unwrap().join().unwrap();
}

/// Words and signs of the language in any order.
fn soup() -> impl Strategy<Value = String> {
    let word = prop::sample::select(&[
        "count",
        "sum",
        "order",
        "event",
        "country",
        "amount",
        "channel",
        "(",
        ")",
        ",",
        ".",
        "where",
        "and",
        "or",
        "not",
        "in",
        "between",
        "next",
        "ending",
        "ago",
        "90d",
        "2",
        "10%",
        "'DE'",
        "'",
        "=",
        "!=",
        ">=",
        "<",
        "+",
        "-",
        "*",
        "/",
        "trend",
        "ratio",
        "followed_by",
        "missing",
        "present",
        "percentile",
        "rfm",
        "recency",
        "clv",
        "p_alive",
        "month",
        "\n",
        "\n  ",
        "x =",
        "y",
        "#",
        "，",
        "双11",
        "everyone",
    ]);
    prop::collection::vec(word, 0..40).prop_map(|words| words.join(" "))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_survived(text in any::<String>()) {
        survive(&text);
    }

    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        survive(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn any_order_of_words_is_survived(text in soup()) {
        survive(&text);
    }

    #[test]
    fn any_nesting_is_survived(
        pieces in prop::collection::vec(
            prop::sample::select(&["(", "not ", "count(order where ", "percentile(", "a + (", "-1 * (", "x in ("]),
            0..400,
        ),
        close in 0..400_usize,
    ) {
        survive(&format!("{}x{}", pieces.concat(), ")".repeat(close)));
    }
}

#[test]
fn repetition_is_survived() {
    let times = |piece: &str, count: usize| piece.repeat(count);
    for text in [
        times("(", 30_000),
        times("not ", 15_000),
        times("1 + ", 15_000),
        times("count(order) + ", 4_000) + "count(order)",
        times("count(order) = 0 and ", 1_000) + "count(order) = 0",
        format!("country in ({}'x')", times("'x', ", 3_000)),
        times("a", 60_000),
        times("9", 60_000),
        times("汉", 20_000),
        times("'", 60_001),
        times("#", 60_000),
        times("\n", 60_000),
        times("x = 1\n", 900),
        times("country\n", 900),
        times("=", 60_000),
        "x".repeat(MAX_TEXT_BYTES + 1),
    ] {
        survive(&text);
    }
}

/// The deepest text that is let through, with the deepest rules of the grammar, fits a small stack.
#[test]
fn the_deepest_text_compiles() {
    let levels = MAX_NESTING - 2;
    let text = format!("{}country = 'DE'{}", "not (".repeat(levels), ")".repeat(levels));
    let compiled = std::thread::Builder::new()
        .stack_size(1024 * 1024)
        .spawn(move || compile_condition(&text, &Scope::features()).map(|condition| condition.to_string()));
    let printed = compiled.unwrap().join().unwrap().unwrap();
    assert_eq!(printed, format!("{}country = 'DE'", "not ".repeat(levels)));
}

/// Each definition uses the one above twice: the last would have 2^40 parts.
#[test]
fn definitions_that_double_are_stopped() {
    let lines = (1..40).map(|index| format!("d{index} = d{0} + d{0}\n", index - 1));
    let file = format!("d0 = count(order)\n{}", lines.collect::<String>());
    let errors = compile_definitions(&file, &Scope::features()).unwrap_err();
    assert_eq!(errors.len(), 1, "what depends on the refused one is not reported again");
    assert!(matches!(*errors[0].problem, Problem::TooManyParts { .. }), "{}", errors[0]);
}

/// Each definition is one level deeper than the one above.
#[test]
fn definitions_that_deepen_are_stopped() {
    let lines = (1..500).map(|index| format!("d{index} = d{} + 1\n", index - 1));
    let file = format!("d0 = count(order)\n{}", lines.collect::<String>());
    let errors = compile_definitions(&file, &Scope::features()).unwrap_err();
    assert!(matches!(*errors[0].problem, Problem::TooDeep { .. }), "{}", errors[0]);
}
