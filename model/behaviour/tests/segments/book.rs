//! Files of segments that are refused or warned about, and what differs between two.

use tenure_behaviour::segments::{
    Aspect, BookDifference, Rules, STANDARD, SegmentBook, SegmentError, SegmentProblem, SegmentWarning,
    SettingChange,
};

/// A book with these primary segments, each an id and a definition, and some lines before them.
fn book(lines: &str, primary: &[(&str, &str)]) -> String {
    let entry = |(id, when): &(&str, &str)| {
        format!(
            "[[primary]]\nid = \"{id}\"\nname_en = \"{id}\"\nname_zh = \"{id}\"\ndescription_en = \"\"\n\
             description_zh = \"\"\nwhen = \"{when}\"\nmaintenance = \"reviewed\"\n\
             action = {{ code = \"mail\", text_en = \"\", text_zh = \"\" }}\n"
        )
    };
    let entries: String = primary.iter().map(entry).collect();
    format!("format = 1\nversion = 3\n{lines}\n{entries}")
}

fn compile(text: &str) -> Result<SegmentBook, Vec<SegmentError>> {
    SegmentBook::compile(text, &Rules::standard())
}

const BOTH: [(&str, &str); 2] = [("buyers", "count(order) >= 1"), ("visitors", "count(order) = 0")];

#[test]
fn a_small_book_compiles() {
    let compiled = compile(&book("", &BOTH)).unwrap();
    assert_eq!((compiled.version(), compiled.primary().len(), compiled.warnings().len()), (3, 2, 0));
    assert_eq!(compiled.find("visitors").map(|segment| &*segment.text), Some("count(order) = 0"));
    assert_ne!(compiled.fingerprint(), compile(&book("# x", &BOTH)).unwrap().fingerprint());
}

/// The first line of each error, in the order of the file.
#[track_caller]
fn check(text: &str, expected: &[&str]) {
    let errors = compile(text).err().unwrap_or_default();
    let lines: Vec<String> =
        errors.iter().map(|error| error.to_string().lines().next().unwrap_or_default().to_owned()).collect();
    assert_eq!(lines, expected, "{text}");
}

#[test]
fn gaps_and_overlaps_are_shown_by_a_customer() {
    let late = ("sleeping", "days_since(order) > 60 and count(order) >= 2 or days_since(order) > 90");
    check(
        &book("", &[("lately", "days_since(order) < 60"), late, BOTH[1]]),
        &["line 10, column 8: the primary segments leave a gap: nobody takes the customer with \
         days_since(order) = 60, count(order) = 1"],
    );
    check(
        &book("", &[("lately", "days_since(order) <= 75"), late, BOTH[1]]),
        &[
            "line 10, column 8: the primary segments leave a gap: nobody takes the customer with \
         days_since(order) = 82, count(order) = 1",
            "line 19, column 8: lately and sleeping overlap: both take the customer with \
         days_since(order) = 67, count(order) = 2",
        ],
    );
    check(
        &book("", &[BOTH[0], ("loyal", "count(order) >= 2"), BOTH[1]]),
        &[
            "line 19, column 8: buyers and loyal overlap: both take the customer with count(order) = 2; one lies \
         wholly within the other",
        ],
    );
    check(
        &book("", &[BOTH[0], BOTH[1], ("odd", "count(order) = 0 and days_since(order) < 3")]),
        &["line 28, column 8: nobody can ever be in odd: its definition contradicts itself"],
    );
}

#[test]
fn mistakes_are_shown_with_their_place() {
    let buyers = |when| book("", &[("buyers", when), BOTH[1]]);
    check(
        &buyers("count(oder) >= 1"),
        &[
            "line 10, column 8: buyers: \"oder\" looks like the kind \"order\" misspelt: write \"order\", or declare \"oder\" as a kind of your own",
        ],
    );
    check(
        &buyers("count(order) >= $many"),
        &["line 10, column 8: \"$many\" is neither a setting nor a definition"],
    );
    let setting = "[settings.repeat_orders]\nvalue = 1\nunit = \"count\"\nreason = \"\"\n";
    check(
        &book(setting, &[("buyers", "count(order) >= $repeat_order"), BOTH[1]]),
        &[
            "line 14, column 8: \"$repeat_order\" is neither a setting nor a definition; did you mean \"repeat_orders\"?",
        ],
    );
    check(
        &book(&setting.replace("value = 1", "value = \"1d\""), &BOTH),
        &["line 4, column 9: 1d is not a count: write a whole number such as 2"],
    );
    check(
        &book("[definitions]\na = \"$b\"\nb = \"not $a\"\n", &[("buyers", "$a"), BOTH[1]]),
        &["line 13, column 8: $a is defined by itself: write out what it means"],
    );
    check(
        &book("", &[BOTH[0], BOTH[1], ("visitors", "count(order) < 0")]),
        &[
            "line 23, column 6: \"visitors\" is defined twice: every segment, label and definition needs a name of its own",
            "line 28, column 8: nobody can ever be in visitors: its definition contradicts itself",
        ],
    );
    check(
        "format = 1\nversion = 3\nprimary = []",
        &["line 1, column 1: the primary segments leave a gap: nobody takes any customer"],
    );
    check(
        "format = 1\nversion = 3\nprimary_rule = \"first_match\"\nprimary = []",
        &["line 1, column 1: the primary segments leave a gap: nobody takes any customer"],
    );
    check(
        &book("", &[("Buyers", "count(order) >= 1"), BOTH[1]]),
        &[
            "line 5, column 6: \"Buyers\" is no name: use lower-case letters, digits and _, a letter first, 64 at most",
        ],
    );
    check(
        &book("", &BOTH).replace("format = 1", "format = 2"),
        &["line 1, column 10: format 2 is not known here: this release reads format 1"],
    );
    check(
        &book("", &BOTH).replace("name_zh", "name_fr"),
        &[
            "line 7, column 1: unknown field `name_fr`, expected one of `id`, `family`, `name_en`, `name_zh`, \
         `description_en`, `description_zh`, `when`, `maintenance`, `remainder`, `action`",
        ],
    );
    check("format = 1\nversion = = 3", &["line 2, column 11: extra `=`, expected nothing"]);
    check(
        &book("", &BOTH).replacen("when = \"count", "family = \"value\"\nwhen = \"count", 1),
        &["line 10, column 10: buyers: a primary segment has no family: remove it"],
    );
}

#[test]
fn sensitive_attributes_and_declared_proxies_are_refused() {
    let of = |when, privacy: &str| book(privacy, &[("some", when), ("others", "count(order) = 0")]);
    let proxies = "[privacy]\nproxies = [\"product=prayer_mat\", \"campaign\"]\n";
    for (when, privacy, word) in [
        ("count(order where category = 'religion') >= 1", "", "religion"),
        ("count(order where product = 'prayer_mat') >= 1", proxies, "prayer_mat"),
        ("campaign = 'spring'", proxies, "campaign"),
        (
            "count(order where category = 'dirndl') > 0",
            "[privacy]\nsensitive_words = [\"dirndl\"]\n",
            "dirndl",
        ),
    ] {
        let errors = compile(&of(when, privacy)).unwrap_err();
        let named = |error: &&SegmentError| {
            matches!(error.problem, SegmentProblem::Language { .. }) && error.to_string().contains(word)
        };
        assert!(errors.iter().any(|error| named(&error)), "{when}: {errors:?}");
    }
    check(
        &of("count(order) >= 1", "[privacy]\nproxies = [\"surname\"]\n"),
        &[
            "line 4, column 12: \"surname\" is not a proxy: write an attribute such as campaign, or one of its values such as \
         product=prayer_mat; attributes are amount, gross_amount, discount, duration, quantity, rating, month, day_of_month, \
         weekday, hour, product, category, channel, campaign, device, country, order_id, day",
        ],
    );
    let named = book("", &BOTH).replace("name_en = \"buyers\"", "name_en = \"Christian buyers\"");
    let errors = compile(&named).unwrap_err();
    assert!(errors[0].to_string().contains("religion"), "{}", errors[0]);
}

#[test]
fn the_class_of_maintenance_must_fit() {
    let of = |when: &str, class: &str| {
        book("", &[("some", when), ("others", &format!("not ({when})"))]).replacen(
            "maintenance = \"reviewed\"",
            &format!("maintenance = \"{class}\""),
            1,
        )
    };
    let errors = |when, class| compile(&of(when, class)).err().map_or(0, |errors| errors.len());
    assert_eq!(errors("count(order) >= 1", "real_time"), 0);
    assert_eq!(errors("rfm(recency) >= 4", "reviewed"), 0);
    // The second is still called reviewed, and looks at the same prediction.
    assert_eq!(errors("p_alive() > 0.5", "predictive"), 1);
    assert_eq!(errors("p_alive() > 0.5", "real_time"), 2);
    check(
        &of("rfm(recency) >= 4", "real_time"),
        &[
            "line 11, column 15: some is called real_time, but it compares with other customers, and moves with them: call it predictive",
        ],
    );
    check(
        &of("count(order) >= 1", "predictive"),
        &[
            "line 11, column 15: some is called predictive, but no model and no comparison with other customers decides: call it reviewed",
        ],
    );
}

#[test]
fn actions_must_be_computable_for_everybody() {
    let of = |parameters: &str, text: &str| {
        let action = format!(
            "action = {{ code = \"mail\", text_en = \"{text}\", text_zh = \"\", parameters = {{ {parameters} }} }}"
        );
        book("", &BOTH).replacen("action = { code = \"mail\", text_en = \"\", text_zh = \"\" }", &action, 1)
    };
    assert!(compile(&of("spend = { value = \"avg(order.amount)\", fallback = 5 }", "from {spend}")).is_ok());
    for (parameters, text, problem) in [
        (
            "spend = { value = \"avg(order.amount)\" }",
            "",
            "buyers, parameter spend: the value is missing for some customers: write fallback = …",
        ),
        (
            "spend = { value = 5 }",
            "from {spent}",
            "buyers: {spent} is no parameter of the action; did you mean {spend}?",
        ),
        (
            "spend = { value = \"country\", fallback = 5 }",
            "",
            "buyers, parameter spend: a parameter is a number, and this is a name",
        ),
        (
            "spend = { value = \"count(order) > 1\" }",
            "",
            "buyers, parameter spend: a parameter is a number, and this holds or does not",
        ),
        (
            "spend = { value = 5, at_least = 9, at_most = 8 }",
            "",
            "buyers, parameter spend: at_least is more than at_most: swap them",
        ),
        (
            "spend = { value = 5, round_up_to = 0 }",
            "",
            "buyers, parameter spend: round_up_to must be more than zero",
        ),
    ] {
        let errors = compile(&of(parameters, text)).unwrap_err();
        assert_eq!(errors[0].problem.to_string(), problem);
    }
    let errors = compile(&of("spend = { value = 5, at_most = \"many\" }", "")).unwrap_err();
    assert!(errors[0].to_string().contains("many is not a number"), "{}", errors[0]);
}

#[test]
fn families_are_declared_and_proved() {
    let label = |id: &str, family: &str, when: &str| {
        format!(
            "[[label]]\nid = \"{id}\"\nfamily = \"{family}\"\nname_en = \"\"\nname_zh = \"\"\ndescription_en = \"\"\n\
             description_zh = \"\"\nwhen = \"{when}\"\nmaintenance = \"reviewed\"\n"
        )
    };
    let family = "[family.tier]\nname_en = \"Tier\"\nname_zh = \"层\"\nexclusive = true\n";
    let with = |labels: &[String]| book("", &BOTH) + family + &labels.concat();
    let low = label("low", "tier", "sum(order.amount) < 100");
    assert!(compile(&with(&[low.clone(), label("high", "tier", "sum(order.amount) >= 100")])).is_ok());
    check(
        &with(&[low.clone(), label("high", "tier", "sum(order.amount) > 100")]),
        &[
            "line 33, column 8: the labels of tier leave a gap: nobody takes the customer with sum(order.amount) = 100",
        ],
    );
    check(
        &with(&[low, label("high", "tir", "sum(order.amount) >= 100")]),
        &["line 37, column 10: there is no family \"tir\"; did you mean \"tier\"?"],
    );
    check(
        &with(&[
            label("any", "tier", "sum(order.amount) < 5 or sum(order.amount) >= 5"),
            label("none", "tier", "count(order) < 0"),
        ]),
        &["line 42, column 8: nobody can ever be in none: its definition contradicts itself"],
    );
}

#[test]
fn more_than_eight_core_segments_and_unused_names_are_warned_about() {
    let bands: Vec<(String, String)> = (0..9)
        .map(|n| (format!("orders_{n}"), format!("count(order) {} {n}", if n == 8 { ">=" } else { "=" })))
        .collect();
    let bands: Vec<(&str, &str)> = bands.iter().map(|(id, when)| (id.as_str(), when.as_str())).collect();
    let lines = "[settings.spare]\nvalue = 1\nunit = \"count\"\nreason = \"\"\n[definitions]\nalso = \"count(order) = 1\"\n";
    let text = book(lines, &bands);
    assert_eq!(
        compile(&text).unwrap().warnings(),
        [
            SegmentWarning::TooManyPrimary { count: 9, most: 8 },
            SegmentWarning::UnusedSetting { name: "spare".into() },
            SegmentWarning::UnusedDefinition { name: "also".into() },
        ]
    );
    let remainder =
        text.replace("when = \"count(order) = 0\"", "remainder = true\nwhen = \"count(order) = 0\"");
    assert_eq!(compile(&remainder).unwrap().warnings().len(), 2);
    let idle =
        book("", &BOTH).replacen("action = { code = \"mail\", text_en = \"\", text_zh = \"\" }\n", "", 1);
    assert_eq!(compile(&idle).unwrap().warnings(), [SegmentWarning::NoAction { id: "buyers".into() }]);
}

#[test]
fn a_proof_that_takes_too_long_is_an_error() {
    let rules = Rules { node_limit: 1, ..Rules::standard() };
    let errors = SegmentBook::compile(&book("", &BOTH), &rules).unwrap_err();
    assert!(
        errors.iter().all(|error| matches!(error.problem, SegmentProblem::NotProven { .. })),
        "{errors:?}"
    );
}

/// Putler's table: R, and FM = (F + M) / 2 from and to; the last ends are Potential Loyalist's in the vignette.
const PUTLER: [(&str, [u8; 4]); 11] = [
    ("champions", [4, 5, 4, 5]),
    ("loyal", [2, 5, 3, 5]),
    ("potential_loyalist", [3, 5, 1, 3]),
    ("recent", [4, 5, 0, 1]),
    ("promising", [3, 4, 0, 1]),
    ("need_attention", [2, 3, 2, 3]),
    ("about_to_sleep", [2, 3, 0, 2]),
    ("at_risk", [0, 2, 2, 5]),
    ("cant_lose_them", [0, 1, 4, 5]),
    ("hibernating", [1, 2, 1, 2]),
    ("lost", [0, 2, 0, 2]),
];

#[test]
fn the_four_dead_names_of_putlers_table_are_found() {
    // FM from a to b is F + M from 2a to 2b: the cells of F and M that a rectangle covers, written out.
    let fm = |low: u8, high: u8| -> String {
        let cells = (1..=5_u8).map(|frequency| {
            let (from, to) =
                ((2 * low).saturating_sub(frequency).max(1), (2 * high).saturating_sub(frequency).min(5));
            (frequency, from, to)
        });
        let cells = cells.filter(|(_, from, to)| from <= to).map(|(frequency, from, to)| {
            format!("rfm(frequency) = {frequency} and rfm(monetary) >= {from} and rfm(monetary) <= {to}")
        });
        cells.collect::<Vec<_>>().join(" or ")
    };
    let whens: Vec<(&str, String)> = PUTLER
        .iter()
        .map(|(id, [low, high, from, to])| {
            (
                *id,
                format!(
                    "rfm(recency) >= {} and rfm(recency) <= {high} and ({})",
                    (*low).max(1),
                    fm(*from, *to)
                ),
            )
        })
        .collect();
    let mut entries: Vec<(&str, &str)> = whens.iter().map(|(id, when)| (*id, when.as_str())).collect();
    entries.push(("prospect", "missing(rfm(recency))"));
    let text = book("primary_rule = \"first_match\"\n", &entries);
    let errors = compile(&text).unwrap_err();
    let dead: Vec<(&str, usize)> = errors
        .iter()
        .map(|error| {
            let SegmentProblem::Dead { id, covered_by } = &error.problem else {
                panic!("only dead names: {error}")
            };
            (&**id, covered_by.len())
        })
        .collect();
    assert_eq!(
        dead.iter().map(|(id, _)| *id).collect::<Vec<_>>(),
        ["recent", "promising", "cant_lose_them", "lost"]
    );
    let lost = errors.last().unwrap().to_string();
    assert!(
        lost.ends_with(
            "nobody can ever be in lost: need_attention, about_to_sleep, at_risk, hibernating above cover it"
        ),
        "{lost}"
    );
    // Without them the rest is a partition.
    let alive: Vec<_> =
        entries.iter().copied().filter(|(id, _)| !dead.iter().any(|(name, _)| name == id)).collect();
    assert!(compile(&book("primary_rule = \"first_match\"\n", &alive)).is_ok());
}

#[test]
fn a_difference_says_whether_members_can_move() {
    let old = compile(STANDARD).unwrap();
    assert!(BookDifference::between(&old, &compile(&format!("{STANDARD}\n# seen")).unwrap()).is_empty());
    let text = STANDARD
        .replace(
            "value = \"60d\"\nunit = \"time\"\nreason = \"Silence",
            "value = \"45d\"\nunit = \"time\"\nreason = \"Silence",
        )
        .replace("name_en = \"Sleeping\"", "name_en = \"Asleep\"")
        .replace("device = 'mobile'", "(device = 'mobile')")
        .replace("id = \"desktop\"", "id = \"big_screen\"");
    let difference = BookDifference::between(&old, &compile(&text).unwrap());
    assert_eq!(
        (&*difference.added, &*difference.removed),
        (&["big_screen".into()][..], &["desktop".into()][..])
    );
    let setting =
        SettingChange { name: "risk_after".into(), before: Some("60d".into()), after: Some("45d".into()) };
    assert_eq!(difference.settings, [setting]);
    let changed: Vec<(&str, &[Aspect])> =
        difference.changed.iter().map(|change| (&*change.id, change.aspects.as_slice())).collect();
    let moved: &[Aspect] = &[Aspect::Condition];
    assert_eq!(
        changed,
        [
            ("vip", moved),
            ("loyal", moved),
            ("first_time_buyer", moved),
            ("high_churn_risk", moved),
            ("sleeping", &[Aspect::Names]),
            ("abandoner", moved),
            ("deal_hunter", moved),
            ("silent_vip", moved),
            ("mobile", &[Aspect::Wording]),
        ]
    );
    assert!(difference.changed[0].before.contains("60d") && difference.changed[0].after.contains("45d"));
}
