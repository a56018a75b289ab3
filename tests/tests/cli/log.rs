//! `tenure import --log`, `tenure log stats`, `tenure compact`: what they print, refuse and survive.

use std::fmt::Write;
use std::process::{Command, Stdio};
use std::time::Duration;

use tenure_tests::program;

use crate::support::Desk;

const EVENTS: &str = "\
user,ts,action,total,message_id
7,2024-05-30T10:00:00Z,page_view,,a
7,2024-05-30T10:05:00Z,buy,12.50,b
8,2024-06-03T10:00:00Z,page_view,,c
8,2024-06-03T10:00:00Z,page_view,,c
";

const MAP: &str = "--map kind=action --kind-map page_view=product_view,buy=order";

/// Sessions of a thousand customers.
fn many(rows: u64) -> String {
    let mut text = "customer_id,ts,kind,duration\n".to_owned();
    for row in 0..rows {
        writeln!(
            text,
            "c{},{},session,{}",
            row * 7_919 % 1_000,
            1_700_000_000 + row * 31 % 900_000,
            row % 600
        )
        .unwrap();
    }
    text
}

#[test]
fn imports_describes_and_compacts() {
    let desk = Desk::new();
    desk.write("events.csv", EVENTS);
    desk.write(
        "more.csv",
        "user,ts,action,total,message_id\n9,2024-06-05,buy,7,d\n7,2024-05-30,buy,1,b\nx,soon,buy,1,\n",
    );
    let ran = desk.succeed(&format!("import --input events.csv --log log {MAP}"));
    for part in [
        "read 1 orders, 0 refunds, 3 other events",
        "3 events added to log as run-000001.parquet",
        " 2 product_view",
        " 1 order",
        " 1 more left out: their event id was there already",
    ] {
        assert!(ran.stdout.contains(part), "{}", ran.stdout);
    }
    desk.succeed(&format!("import --input events.csv --log twice {MAP}"));
    let again = desk.succeed(&format!("import --input events.csv --log twice {MAP}")).stdout;
    assert!(again.contains("nothing new: the ids of all 4 events were in twice already"), "{again}");
    let ran = desk.succeed(&format!(
        "import --input events.csv more.csv --log log --max-reject-share 0.5 {MAP} --json"
    ));
    let summary = ran.json();
    assert_eq!((&summary["events"], &summary["sources"][1]["rejects"]["date"]), (&6.into(), &1.into()));
    // All of events.csv is there already, and so is the id of 7's order in more.csv: only that of 9 is new.
    let kept = &summary["kept"];
    assert_eq!(
        (&kept["events"], &kept["repeated"], &kept["kinds"]["order"]),
        (&1.into(), &5.into(), &1.into())
    );
    assert!(desk.text("more.csv.rejects.csv").contains("x,soon,buy"));

    let stats = desk.succeed("log stats --log log --json").json();
    // Ids a to d, of which b is 7's first order by the time at which it was known: the one of midnight.
    assert_eq!(
        (&stats["events"], &stats["customers"], &stats["repeated"]),
        (&4.into(), &3.into(), &6.into())
    );
    assert_eq!(stats["kinds"][0]["kind"], "order");
    assert_eq!(stats["kinds"][0]["longest_gap_days"], 5);
    let table = desk.succeed("log stats --log log").stdout;
    for part in ["product_view", "2024-06-03", "3 days after 2024-05-30", "amount_minor, event_id"] {
        assert!(table.contains(part), "{table}");
    }
    let compacted = desk.succeed("compact --log log --json").json();
    assert_eq!((&compacted["runs_before"], &compacted["events"]), (&2.into(), &4.into()));
    let after = desk.succeed("log stats --log log --json").json();
    assert_eq!((&after["runs"], &after["kinds"]), (&1.into(), &stats["kinds"]));
}

#[test]
fn what_cannot_be_used_has_exit_code_2_and_leaves_the_log() {
    let desk = Desk::new();
    desk.write("events.csv", EVENTS);
    desk.succeed(&format!("import --input events.csv --log log {MAP}"));
    let before = desk.succeed("log stats --log log --json").stdout;
    desk.write("cut.parquet", b"PAR1 and no more");
    desk.write("columns.csv", "user,action\n7,page_view\n");
    for (line, part) in [
        ("import --input events.csv --log log --map kind=action --strict", "did you mean product_view?"),
        ("import --input cut.parquet --log log", "cut short or damaged"),
        ("import --input columns.csv --log log", "occurred_at"),
        ("import --input events.csv --log log --time-zone Mars/Olympus", "Mars/Olympus"),
        ("import --input events.csv --log log --currency EUR", "--currency USD"),
        ("import --input events.csv --log log --kind-map page_view", "WORD=KIND"),
        ("import --input events.csv --log log --duration-unit h", "duration-unit"),
        ("import --input events.csv --log log --memory-limit 1MB", "at least 16 MB"),
        ("import --input events.csv columns.csv --log log --rejects r.csv", "several inputs"),
        ("import --input events.csv --kind order", "--log"),
        ("import --input missing.csv --log log", "cannot read --input missing.csv: there is no such file"),
        ("log stats --log nowhere", "no event log"),
        ("compact --log nowhere", "no event log"),
    ] {
        let ran = desk.run(line);
        assert_eq!(ran.code, 2, "{line}: {}", ran.stderr);
        assert!(ran.stderr.contains(part), "{line}: {}", ran.stderr);
    }
    assert_eq!(desk.succeed("log stats --log log --json").stdout, before);
}

/// Names in the log but for those of the log itself.
fn leftovers(desk: &Desk) -> Vec<String> {
    let entries = std::fs::read_dir(desk.path("log")).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name != ".lock" && name != "manifest.json" && name != "run-000001.parquet").collect()
}

#[cfg(unix)]
#[test]
fn a_full_disk_is_said_and_leaves_nothing_behind() {
    let desk = Desk::new();
    desk.write("events.csv", EVENTS);
    desk.write("many.csv", many(200_000));
    desk.succeed(&format!("import --input events.csv --log log {MAP}"));
    let before = desk.succeed("log stats --log log --json").stdout;
    // A limit on the size of files is refused as a full disk is; blocks of 512 bytes, so 64 kB.
    let script =
        "ulimit -f 128; trap '' XFSZ; exec \"$0\" import --input many.csv --log log --memory-limit 16MB";
    let ran = Command::new("sh")
        .args(["-c", script])
        .arg(program::path())
        .current_dir(desk.folder())
        .output()
        .unwrap();
    let message = String::from_utf8_lossy(&ran.stderr).into_owned();
    assert_eq!(ran.status.code(), Some(1), "{message}");
    assert!(message.contains("cannot") && message.contains("log"), "{message}");
    assert_eq!(desk.succeed("log stats --log log --json").stdout, before);
    assert_eq!(leftovers(&desk), [""; 0]);
}

#[test]
fn an_import_that_is_killed_leaves_the_old_log_or_the_new_one() {
    let desk = Desk::new();
    desk.write("events.csv", EVENTS);
    desk.write("many.csv", many(150_000));
    desk.succeed(&format!("import --input events.csv --log log {MAP}"));
    let mut killed = 0;
    for wait_ms in [1, 10, 30, 60, 100, 150, 250, 400, 700, 1_200] {
        let before = desk.succeed("log stats --log log --json").json();
        let mut running = Command::new(program::path())
            .args(["import", "--input", "many.csv", "--log", "log", "--memory-limit", "16MB"])
            .current_dir(desk.folder())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(wait_ms));
        // SIGKILL: nothing of the program runs any more.
        running.kill().unwrap();
        let was_killed = running.wait().unwrap().code().is_none();
        killed += u32::from(was_killed);
        let after = desk.succeed("log stats --log log --json").json();
        let added = after["events"].as_u64().unwrap() - before["events"].as_u64().unwrap();
        assert!(added == 150_000 || (added == 0 && was_killed), "{added} events after {wait_ms} ms");
    }
    assert!(killed > 0, "at least the first is killed in time");
    desk.succeed("import --input many.csv --log log");
    desk.succeed("compact --log log");
    assert_eq!(leftovers(&desk).len(), 1, "one run, and nothing that a killed import left");
}
