//! Names of categories: kept apart from the columns, said in words, refused where nothing asks for them.

use tenure_behaviour::Symbol;
use tenure_behaviour::fold::Value;
use tenure_bundle::{Blend, Boosted, BundleError, CategoryNames, Cause, Column, Part, Wording};

use super::{boosted, load};

/// A rung that asks for two names of the last channel.
fn by_channel() -> Boosted {
    let asked =
        |name: &str| Column::Category { name: "last_channel".to_owned(), symbol: Symbol::of(name).bits() };
    let nothing = || Blend::new(1.0, Vec::new()).unwrap();
    Boosted {
        definitions: "last_channel = last(order.channel)\n".to_owned(),
        columns: vec![asked("email"), asked("web")],
        churn: nothing(),
        spend: nothing(),
        ..boosted()
    }
}

fn names(columns: &[Column], names: &[&str]) -> Part {
    CategoryNames::new(columns, names.iter().map(|name| (*name).to_owned())).to_part().unwrap()
}

#[track_caller]
fn check(extra: Vec<Part>, value: &str, english: &str, chinese: &str) {
    let scorer = load(Some(by_channel()), extra).unwrap();
    let cause = Cause::Feature { place: 0, value: Value::Text(Symbol::of(value)), usual: None };
    assert_eq!(scorer.cause_in_words(&cause, Wording::English), english);
    assert_eq!(scorer.cause_in_words(&cause, Wording::Chinese), chinese);
}

#[test]
fn a_reason_says_the_name() {
    let part = || vec![names(&by_channel().columns, &["email", "web"])];
    check(part(), "email", "the last known channel of orders is 'email'", "下单最近已知的渠道是“email”");
    check(
        part(),
        "fax",
        "the last known channel of orders is one of the rarer ones",
        "下单最近已知的渠道为较少见的一种",
    );
}

#[test]
fn a_bundle_of_before_says_what_it_knows() {
    check(Vec::new(), "email", "the last known channel of orders", "下单最近已知的渠道");
}

#[test]
fn names_that_no_column_asks_for_are_refused() {
    let smuggled =
        Column::Category { name: "last_channel".to_owned(), symbol: Symbol::of("Jane Doe").bits() };
    let part = names(&[smuggled], &["Jane Doe"]);
    for boosted in [None, Some(by_channel())] {
        let refused = load(boosted, vec![part.clone()]).unwrap_err();
        assert!(matches!(&refused, BundleError::UnknownCategory { name } if name == "Jane Doe"), "{refused}");
    }
}
