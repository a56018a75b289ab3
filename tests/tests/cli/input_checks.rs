//! What cannot be used is refused with exit code 2, what fails ends with 1, and neither touches a file.

use tenure_bundle::{Level, Limits, decode, encode, encode_part};
use tenure_tests::shop::Shop;

use crate::support::{AS_OF, Desk};

/// A desk on which every output file is already there.
fn desk() -> Desk {
    let desk = Desk::trained();
    for name in OLD_FILES {
        desk.write(name, OLD);
    }
    desk
}

const OLD: &str = "as it was";
const OLD_FILES: [&str; 4] = ["out.tenure", "out.csv", "out.parquet", "out.xlsx"];

/// Runs a command that must fail, and checks the code, the message and that no old file changed.
#[track_caller]
fn check(desk: &Desk, line: &str, code: i32, parts: &[&str]) {
    let ran = desk.run(line);
    assert_eq!(ran.code, code, "tenure {line}: {}", ran.stderr);
    assert!(ran.stderr.starts_with("error: "), "{}", ran.stderr);
    for part in parts {
        assert!(ran.stderr.contains(part), "tenure {line} does not say {part:?}: {}", ran.stderr);
    }
    let pieces: Vec<&str> = ran.stderr.trim_end().split(": ").collect();
    let repeated = pieces.iter().find(|piece| pieces.iter().filter(|other| other == piece).count() > 1);
    assert_eq!(repeated, None, "{}", ran.stderr);
    for name in OLD_FILES {
        assert_eq!(desk.text(name), OLD, "tenure {line} changed {name}");
    }
    let left = desk.folder().read_dir().unwrap().map(|entry| entry.unwrap().file_name());
    let left: Vec<_> = left.filter(|name| name.to_string_lossy().starts_with('.')).collect();
    assert!(left.is_empty(), "tenure {line} left {left:?}");
}

fn train(options: &str) -> String {
    format!("train --orders orders.csv --as-of {AS_OF} --out out.tenure {options}")
}

fn score(options: &str) -> String {
    format!("score --bundle shop.tenure --orders orders.csv --as-of {AS_OF} {options}")
}

#[test]
fn options_of_simulating() {
    let desk = desk();
    let simulate = |options: &str| format!("simulate --out out.csv {options}");
    let span = "--from 2023-01-01 --to 2024-01-01";
    check(
        &desk,
        &simulate("--from 2024-01-01 --to 2023-01-01"),
        2,
        &["2024-01-01T00", "end after its start"],
    );
    check(&desk, &simulate("--from soon --to 2023-01-01"), 2, &["--from", "\"soon\" is not a date"]);
    check(&desk, &simulate(&format!("{span} --customers 0")), 2, &["not 0"]);
    check(&desk, &simulate(&format!("{span} --late 1.5")), 2, &["late events is 1.5", "from 0 to 1"]);
    check(&desk, &simulate(&format!("{span} --refunds -0.1")), 2, &["refunds is -0.1"]);
    check(&desk, &simulate(&format!("{span} --process poisson")), 2, &["\"poisson\"", "bg_nbd"]);
    check(&desk, &simulate(&format!("{span} --parameters 1,2,3")), 2, &["give 4 numbers, not 3"]);
    check(&desk, &simulate(&format!("{span} --parameters 1,-2,3,4")), 2, &["alpha", "-2"]);
    check(&desk, &simulate(&format!("{span} --spend 6,0.5,25")), 2, &["0.5"]);
    check(&desk, &simulate(&format!("{span} --truth out.parquet")), 2, &["name it .csv"]);
    check(&desk, &simulate(&format!("{span} --truth out.csv")), 2, &["is the file of the events"]);
    check(&desk, &format!("simulate {span} --out out.xlsx"), 2, &["name it .csv or .parquet"]);
    check(&desk, &format!("simulate {span} --out no/such/out.csv"), 1, &["there is no folder no/such"]);
}

#[test]
fn options_of_training() {
    let desk = desk();
    check(&desk, &train("--time-zone Mars/Olympus"), 2, &["Mars/Olympus", "IANA name"]);
    check(&desk, &train("--map client=total"), 2, &["\"client\" is not a field", "customer_id=COLUMN"]);
    check(&desk, &train("--map customer_id=Buyer"), 2, &["\"Buyer\"", "its columns are"]);
    check(&desk, &train("--map customer_id=#1"), 2, &["occurred_at is missing"]);
    check(&desk, &train("--horizon 90"), 2, &["a whole number and a unit", "such as 90d"]);
    check(&desk, &train("--horizon 0d"), 2, &["longer than zero"]);
    check(&desk, &train("--model prophet"), 2, &["\"prophet\" is not a purchase model", "pareto_nbd"]);
    check(&desk, &train("--currency dollars"), 2, &["ISO 4217"]);
    check(&desk, &train("--discount-rate -2"), 2, &["-2 is"]);
    for penalizer in ["-1", "NaN", "inf", "little"] {
        let parts = ["--penalizer", "a finite number at or above 0"];
        check(&desk, &train(&format!("--penalizer {penalizer}")), 2, &parts);
    }
    check(&desk, &train("--horizons 30d,90"), 2, &["'90'", "such as 90d"]);
    check(&desk, &train("--horizons 30d,,90d"), 2, &["--horizons"]);
    check(&desk, &train("--horizons 30d,0d"), 2, &["longer than zero"]);
    check(&desk, &train("--horizons 14d,30d,2w"), 2, &["--horizons names 14d twice"]);
    let many: Vec<String> = (1..=33).map(|days| format!("{days}d")).collect();
    check(&desk, &train(&format!("--horizons {}", many.join(","))), 2, &["33 values", "at most 32"]);
    check(&desk, &train("--encoding latin-1"), 2, &["\"latin-1\"", "auto, utf-8, gb18030"]);
    check(&desk, &train("--max-reject-share 1.5"), 2, &["between 0 and 1"]);
    check(&desk, &train("--occasion week"), 2, &["'week'", "possible values: day, order"]);
    // A search that nobody asked for has neither time nor settings to try.
    check(&desk, &train("--tune-budget 10m"), 2, &["--tune"]);
    check(&desk, &train("--tune-trials 5"), 2, &["--tune"]);
    check(&desk, "train --orders orders.csv --out out.tenure", 2, &["--as-of <DATE>"]);
}

#[test]
fn as_ofs() {
    let desk = desk();
    let at = |as_of: &str| format!("--orders orders.csv --as-of {as_of}");
    let none = ["no customer has an order before 2019-10-01", "choose a later as-of"];
    check(&desk, &format!("train {} --out out.tenure", at("2019-10-01")), 2, &none);
    check(&desk, &format!("score --bundle shop.tenure {} --out out.csv", at("2019-10-01")), 2, &none);
    check(&desk, &format!("train {} --out out.tenure", at("2020-01-08")), 2, &["at least 10 are needed"]);
    check(&desk, &format!("train {} --out out.tenure", at("31.12.2020")), 2, &["--as-of", "\"31.12.2020\""]);
    let early = ["the outcome is not known yet"];
    check(&desk, &format!("evaluate --bundle shop.tenure {}", at("2021-12-20")), 2, &early);
}

#[test]
fn options_of_scoring() {
    let desk = desk();
    check(&desk, &score("--out out.xlsx"), 2, &["name it .csv or .parquet"]);
    check(&desk, &score("--out out.csv --horizon 90"), 2, &["such as 90d"]);
    check(&desk, &score("--out out.csv --discount-rate nothing"), 2, &["'nothing'"]);
    let euro = ["the history is in EUR, the model in USD"];
    check(&desk, &score("--out out.csv --currency EUR"), 2, &euro);
    check(&desk, &score("--out out.parquet --currency EUR"), 2, &euro);
    check(
        &desk,
        &format!("evaluate --bundle shop.tenure --orders orders.csv --as-of {AS_OF} --currency EUR"),
        2,
        &euro,
    );
}

#[test]
fn a_missing_column_is_named_with_those_that_are_there() {
    let desk = desk();
    desk.write("orders.csv", desk.text("orders.csv").replacen("total", "colour", 1));
    let parts = ["recognised as amount", "\"created_at\", \"colour\"", "--map"];
    check(&desk, &train(""), 2, &parts);
    check(&desk, &score("--out out.csv"), 2, &parts);
    check(&desk, "import --orders orders.csv --out out.parquet", 2, &parts);
}

#[test]
fn too_many_rejects_are_an_error_with_all_of_them_in_a_file() {
    let desk = desk();
    let shop = Shop::simulated(1);
    let bad = shop.orders.len() / 50;
    let rows = shop.csv();
    let (header, rows) = rows.split_once('\n').unwrap();
    let bad_rows: String =
        (0..bad).map(|index| format!("c{index:03},2020-13-{:02},5.00,order\n", 1 + index % 28)).collect();
    desk.write("orders.csv", format!("{header}\n{bad_rows}{rows}"));

    let total = shop.orders.len() + bad;
    let counted = format!("{bad} of {total} rows of orders.csv were rejected");
    let parts = [counted.as_str(), "more than the 1 % allowed", "orders.csv.rejects.csv"];
    check(&desk, &train(""), 2, &parts);
    check(&desk, &score("--out out.csv"), 2, &parts);
    check(&desk, "import --orders orders.csv --out out.parquet", 2, &parts);

    let mut rejects = csv::Reader::from_path(desk.path("orders.csv.rejects.csv")).unwrap();
    assert_eq!(rejects.headers().unwrap(), &csv::StringRecord::from(vec!["line", "reason", "row"]));
    let rejects: Vec<csv::StringRecord> = rejects.records().map(Result::unwrap).collect();
    assert_eq!(rejects.len(), bad);
    for (index, (reject, row)) in rejects.iter().zip(bad_rows.lines()).enumerate() {
        assert_eq!(reject[0], (index + 2).to_string());
        assert!(reject[1].starts_with("unreadable date: \"2020-13-"), "{}", &reject[1]);
        assert_eq!(&reject[2], row);
    }

    // Allowed by name, they are counted and the rest is used.
    let ran = desk.succeed("import --orders orders.csv --max-reject-share 0.05 --rejects bad.csv --json");
    let report = ran.json();
    assert_eq!(report["rejects"]["date"], bad);
    assert_eq!(report["events"], shop.orders.len());
    assert_eq!(desk.text("bad.csv"), desk.text("orders.csv.rejects.csv"));
}

#[test]
fn damaged_bundles() {
    let desk = desk();
    let bundle = desk.bytes("shop.tenure");
    let mut flipped = bundle.clone();
    flipped[bundle.len() - 10] ^= 1;
    let mut in_manifest = bundle.clone();
    in_manifest[200] ^= 1;
    let longer = [bundle.as_slice(), b"more"].concat();
    let cases: [(&[u8], &str); 6] = [
        (&bundle[..bundle.len() / 2], "was cut off"),
        (&bundle[..10], "was cut off"),
        (&flipped, "is damaged: copy the file again"),
        (&in_manifest, "is damaged"),
        (&longer, "4 bytes follow the end"),
        (b"customer_id,date,amount\n1,2024-01-01,5\n", "not a Tenure bundle"),
    ];
    for (bytes, part) in cases {
        desk.write("shop.tenure", bytes);
        check(&desk, "inspect shop.tenure", 2, &[part]);
        check(&desk, &score("--out out.csv"), 2, &[part]);
        check(
            &desk,
            &format!("evaluate --bundle shop.tenure --orders orders.csv --as-of {AS_OF}"),
            2,
            &[part],
        );
    }
}

#[test]
fn bundles_that_answer_nonsense() {
    let desk = desk();
    let mut bundle = decode(&desk.bytes("shop.tenure"), &Limits::default()).unwrap();
    let absurd = Level::new(Level::NONE.churn, 1.0, 1e200).unwrap();
    let level = bundle.parts.iter_mut().find(|part| part.name == "level").unwrap();
    *level = encode_part("level", &absurd).unwrap();
    // Last year's season, where it stands alone, sets a level of its own.
    bundle.parts.retain(|part| part.name != "boosted");
    desk.write("shop.tenure", encode(bundle.manifest, &bundle.parts).unwrap());
    let told = ["got predicted_clv = ", "which is out of range: train again"];
    check(&desk, &score("--out out.csv"), 2, &told);
    check(&desk, &format!("evaluate --bundle shop.tenure --orders orders.csv --as-of {AS_OF}"), 2, &told);
    // What it is can still be looked at.
    desk.succeed("inspect shop.tenure");
}

#[test]
fn what_the_system_refuses_is_exit_code_1() {
    let desk = desk();
    check(&desk, &score("--out nowhere/out.csv"), 1, &["there is no folder nowhere"]);
    check(&desk, "import --orders orders.csv --out nowhere/out.parquet", 1, &["there is no folder nowhere"]);
    check(&desk, &train("").replace("out.tenure", "nowhere/out.tenure"), 1, &["there is no folder nowhere"]);
    // A file where a folder should be.
    check(&desk, &train("").replace("out.tenure", "out.csv/out.tenure"), 1, &["there is no folder out.csv"]);
    check(&desk, "import --orders orders.csv --out orders.csv", 2, &["would replace what is read"]);
    check(&desk, "man --out nowhere", 1, &["nowhere", "No such file or directory"]);
}

#[test]
fn what_is_not_there_is_named_with_its_option() {
    let desk = desk();
    let gone = "there is no such file";
    check(&desk, "inspect nowhere.tenure", 2, &["nowhere.tenure", gone]);
    check(&desk, "import --orders nowhere.csv", 2, &["--orders nowhere.csv", gone]);
    check(&desk, "import --input orders.csv nowhere.csv --log shop-log", 2, &["nowhere.csv", gone]);
    assert!(!desk.path("shop-log").exists());
    check(&desk, &train("").replace("orders.csv", "nowhere.csv"), 2, &["--orders nowhere.csv", gone]);
    let other = |line: &str| line.replace("shop.tenure", "nowhere.tenure");
    check(&desk, &other(&score("--out out.csv")), 2, &["--bundle nowhere.tenure", gone]);
    let table = "evaluate --table nowhere.csv --target Churn";
    check(&desk, table, 2, &["--table nowhere.csv", gone]);
    check(&desk, "retention --counts nowhere.csv", 2, &["nowhere.csv", gone]);
}

#[test]
fn a_folder_where_a_file_is_meant_and_the_other_way_round() {
    let desk = desk();
    desk.succeed("import --input orders.csv --log shop-log");
    std::fs::create_dir(desk.path("folder")).unwrap();
    desk.succeed(&format!("train --orders orders.csv --as-of {AS_OF} --registry models --promote-if-better"));

    let log = ["--log orders.csv is a file", "folder of an event log", "--orders orders.csv"];
    let from_log = |line: String| line.replace("--orders", "--log");
    check(&desk, &from_log(train("")), 2, &log);
    check(&desk, &from_log(score("--out out.csv")), 2, &log);
    let made = ["--log orders.csv is a file", "tenure import --input orders.csv --log DIR"];
    check(&desk, "log stats --log orders.csv", 2, &made);
    check(&desk, "compact --log orders.csv", 2, &made);
    check(&desk, &format!("segments --log orders.csv --as-of {AS_OF}"), 2, &made);
    check(&desk, &format!("features --log orders.csv --as-of {AS_OF} --out out.parquet"), 2, &made);
    check(&desk, "import --input orders.csv --log out.csv", 2, &["--log out.csv is a file", "--out FILE"]);

    let orders = |name: &str| train("").replace("orders.csv", name);
    check(&desk, &orders("folder"), 2, &["--orders folder is a folder", "name one file of orders in it"]);
    check(&desk, &orders("shop-log"), 2, &["it is an event log", "--log shop-log"]);
    check(&desk, "import --orders folder", 2, &["--orders folder is a folder"]);
    check(
        &desk,
        "evaluate --table folder --target Churn",
        2,
        &["--table folder is a folder", "one CSV file"],
    );

    let bundle = |name: &str| score("--out out.csv").replace("shop.tenure", name);
    check(&desk, &bundle("folder"), 2, &["--bundle folder is a folder", "tenure train --out"]);
    let registry = "\"$(tenure models path stable --registry models)\"";
    check(&desk, &bundle("models"), 2, &["--bundle models", "it is a registry", registry]);
    check(&desk, "inspect models", 2, &["it is a registry", registry]);
    let compare = format!("compare shop.tenure models --orders orders.csv --as-of {AS_OF}");
    check(&desk, &compare, 2, &["it is a registry", registry]);
}

#[test]
fn what_has_no_form_in_json_says_so() {
    let desk = desk();
    check(&desk, "completions bash --json", 2, &["a completion script has no form in JSON"]);
    check(&desk, "man --out . --json", 2, &["a manual page has no form in JSON"]);
    assert!(!desk.path("tenure.1").exists());
}

#[test]
fn a_shop_that_sells_nothing() {
    let desk = desk();
    let mut free = Shop::simulated(1);
    free.orders.retain(|order| order.minor_units >= 0);
    free.orders.iter_mut().for_each(|order| order.minor_units = 0);
    desk.write("orders.csv", free.csv());
    check(&desk, &train(""), 2, &["customers has spent anything before 2021-10-01", "--map amount=COLUMN"]);
}

#[test]
fn unknown_commands_point_to_the_help() {
    let desk = desk();
    check(&desk, "scroe --out out.csv", 2, &["unrecognized subcommand 'scroe'", "'score'", "--help"]);
    check(&desk, "completions tcsh", 2, &["'tcsh'", "zsh"]);
}

#[test]
fn scores_beyond_the_orders_or_of_another_shop_are_warned_of() {
    let desk = Desk::trained();
    let warnings = |orders: &str, as_of: &str| {
        let line = format!("score --bundle shop.tenure {orders} --as-of {as_of} --out scores.csv --json");
        let ran = desk.succeed(&line);
        let told = ran.json()["warnings"].as_array().unwrap().clone();
        let told: Vec<String> = told.iter().map(|one| one.as_str().unwrap().to_owned()).collect();
        let on_stderr: Vec<&str> =
            ran.stderr.lines().filter_map(|line| line.strip_prefix("warning: ")).collect();
        assert_eq!(on_stderr, told, "{}", ran.stderr);
        told
    };
    desk.succeed("import --input orders.csv --log shop-log");
    let mut dear = Shop::simulated(1);
    dear.orders.iter_mut().for_each(|order| order.minor_units *= 100);
    desk.write("cents.csv", dear.csv());
    desk.succeed("import --input cents.csv --log cents-log");
    for (own, cents) in [("--orders orders.csv", "--orders cents.csv"), ("--log shop-log", "--log cents-log")]
    {
        for usual in [AS_OF, "2021-11-01", "2022-01-01", "2021-08-01"] {
            assert_eq!(warnings(own, usual), Vec::<String>::new(), "{own} {usual}");
        }
        let late = warnings(own, "2022-03-01");
        assert!(late.len() == 1 && late[0].starts_with("the last order before 2022-03-01"), "{late:?}");
        let other = warnings(cents, AS_OF);
        assert!(other.len() == 1 && other[0].contains("looks like another shop"), "{other:?}");
    }
}

#[test]
fn an_as_of_beyond_the_orders_is_warned_of_and_far_beyond_refused() {
    let desk = Desk::new();
    let train = |as_of: &str| desk.run(&format!("train --orders orders.csv --as-of {as_of} --out b.tenure"));
    let reached = train("2022-01-01");
    assert_eq!((reached.code, reached.stderr.as_str()), (0, ""));
    let beyond = train("2022-02-15");
    assert_eq!(beyond.code, 0, "{}", beyond.stderr);
    assert!(beyond.stderr.contains("warning: the last order before 2022-02-15"), "{}", beyond.stderr);
    assert!(beyond.stdout.contains("note: the last order before 2022-02-15"), "{}", beyond.stdout);
    let far = train("2022-06-01");
    assert_eq!(far.code, 2, "{}", far.stderr);
    assert!(far.stderr.contains("over a whole horizon of 90d"), "{}", far.stderr);
}
