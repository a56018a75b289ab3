"""Features of the same content by us and by DuckDB, from the same events, in one run.

usage: compare_features.py TENURE EVENTS.parquet [--runs 3] [--folder DIR]

TENURE is the release build of the program. EVENTS.parquet has customer_id, ts, kind, value. Needs duckdb and pyarrow.
Prints the medians of seconds and peak memory of each, the ratios, the cost of 24 snapshots beside one, and the largest
difference between the two results; ends with an error where a value differs by more than 1e-9.
"""

import argparse
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

WINDOWS = [7, 14, 30, 60, 90, 180, 365]
AS_OF = "2025-12-31"
FEATURES = "\n".join(
    [
        "n = count(order)",
        "m = sum(order.amount)",
        "mx = max(order.amount)",
        "last_v = last(order.amount)",
        "rec = days_since(order)",
        "age = days_since_first(event)",
        "secs = sum(session.amount)",
        "gap = mean_gap(order)",
        "gapsd = gap_deviation(order)",
    ]
    + [
        line
        for days in WINDOWS
        for line in (
            f"n{days} = count(order, {days}d)",
            f"v{days} = sum(order.amount, {days}d)",
            f"pv{days} = count(page_view, {days}d)",
            f"ac{days} = count(add_to_cart, {days}d)",
        )
    ]
)

DUCKDB = """
import sys, duckdb
src, out, as_of = sys.argv[1:4]
windows = [7, 14, 30, 60, 90, 180, 365]
per_window = ", ".join(
    f"count(*) FILTER (kind = 'order' AND ts >= a - INTERVAL {d} DAY) n{d}, "
    f"coalesce(sum(value) FILTER (kind = 'order' AND ts >= a - INTERVAL {d} DAY), 0) v{d}, "
    f"count(*) FILTER (kind = 'page_view' AND ts >= a - INTERVAL {d} DAY) pv{d}, "
    f"count(*) FILTER (kind = 'add_to_cart' AND ts >= a - INTERVAL {d} DAY) ac{d}"
    for d in windows
)
connection = duckdb.connect()
connection.execute("SET threads = 2; SET memory_limit = '12GB'")
connection.execute(f'''COPY (
    WITH e AS (SELECT *, TIMESTAMP '{as_of}' a FROM read_parquet('{src}') WHERE ts < TIMESTAMP '{as_of}'),
    o AS (SELECT customer_id, ts, lag(ts) OVER (PARTITION BY customer_id ORDER BY ts) p FROM e WHERE kind = 'order'),
    g AS (SELECT customer_id, avg(epoch(ts - p)) / 86400 gap, stddev(epoch(ts - p)) / 86400 gapsd FROM o GROUP BY 1)
    SELECT e.customer_id, count(*) FILTER (kind = 'order') n, sum(value) FILTER (kind = 'order') m,
        max(value) FILTER (kind = 'order') mx, arg_max(value, ts) FILTER (kind = 'order') last_v,
        epoch(any_value(a) - max(ts) FILTER (kind = 'order')) / 86400 rec, epoch(any_value(a) - min(ts)) / 86400 age,
        sum(value) FILTER (kind = 'session') secs, {per_window}, any_value(gap) gap, any_value(gapsd) gapsd
    FROM e LEFT JOIN g USING (customer_id) GROUP BY 1) TO '{out}' (FORMAT parquet)''')
"""


def measured(command: list[str]) -> tuple[float, float]:
    """Seconds and peak memory in MiB of a program."""
    started = time.time()
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL, stderr=errors)
        _, status, usage = os.wait4(process.pid, 0)
        if status:
            errors.seek(0)
            sys.exit(f"{command[0]} failed: {errors.read().decode()[-2000:]}")
    return time.time() - started, usage.ru_maxrss / 1024


def medians(runs: list[tuple[float, float]]) -> tuple[float, float]:
    return statistics.median(run[0] for run in runs), statistics.median(run[1] for run in runs)


def compare(peer: pathlib.Path, ours: pathlib.Path) -> float:
    """The largest relative difference between the two files."""
    import duckdb

    names = ["n", "m", "mx", "last_v", "rec", "age", "secs", "gap", "gapsd"]
    names += [f"{kind}{days}" for days in WINDOWS for kind in ("n", "v", "pv", "ac")]
    connection = duckdb.connect()
    joined = (
        f"read_parquet('{peer}') p FULL JOIN read_parquet('{ours}') o ON o.customer_id = CAST(p.customer_id AS VARCHAR)"
    )
    customers, unmatched = connection.execute(
        f"SELECT count(*), count(*) FILTER (o.customer_id IS NULL OR p.customer_id IS NULL) FROM {joined}"
    ).fetchone()
    print(f"{customers} customers, {unmatched} in one result only")
    if unmatched or not customers:
        sys.exit("the two results are about different customers")
    # A sum over nothing is NULL in SQL and zero in the behaviour language.
    value = lambda side, name: f"coalesce({side}.{name}, 0)" if name in ("m", "secs") else f"{side}.{name}"
    worst = 0.0
    for name in names:
        theirs, own = value("p", name), value("o", name)
        missing, largest = connection.execute(
            f"SELECT count(*) FILTER (({theirs} IS NULL) != ({own} IS NULL)), "
            f"max(abs({theirs} - {own}) / greatest(1, abs({theirs}))) FROM {joined}"
        ).fetchone()
        if missing or (largest or 0) > 1e-9:
            sys.exit(f"{name}: {missing} values missing on one side, largest difference {largest}")
        worst = max(worst, largest or 0.0)
    return worst


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tenure")
    parser.add_argument("events", type=pathlib.Path)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--folder", type=pathlib.Path)
    parser.add_argument("--no-snapshots", action="store_true")
    options = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(dir=options.folder))
    definitions = folder / "peer.behaviour"
    definitions.write_text(FEATURES + "\n")
    log, peer_out, out = folder / "log", folder / "peer.parquet", folder / "ours.parquet"
    columns = "customer_id=customer_id,occurred_at=ts,kind=kind,amount=value"
    bring_in = [options.tenure, "import", "--input", options.events, "--map", columns, "--log", log]
    features = [options.tenure, "features", "--log", log, "--definitions", definitions, "--out", out, "--as-of"]
    runs: dict[str, list[tuple[float, float]]] = {"duckdb": [], "import": [], "features": [], "24 snapshots": []}
    for _ in range(options.runs):
        shutil.rmtree(log, ignore_errors=True)
        runs["duckdb"].append(measured([sys.executable, "-c", DUCKDB, options.events, peer_out, AS_OF]))
        runs["import"].append(measured(bring_in))
        if not options.no_snapshots:
            months = [f"{2024 + i // 12}-{i % 12 + 1:02}-01" for i in range(1, 24)] + [AS_OF]
            runs["24 snapshots"].append(measured(features + [",".join(months)]))
        runs["features"].append(measured(features + [AS_OF]))
    found = {name: medians(each) for name, each in runs.items() if each}
    for name, (seconds, memory) in found.items():
        print(f"{name:14} {seconds:8.2f} s {memory:8.0f} MiB")
    peer, ours, both = found["duckdb"], found["features"], found["import"][0] + found["features"][0]
    print(f"features from the log: {ours[0] / peer[0]:.3f} of DuckDB's time, {ours[1] / peer[1]:.3f} of its memory")
    print(f"import and features:   {both / peer[0]:.3f} of DuckDB's time")
    if "24 snapshots" in found:
        print(f"24 snapshots in one pass: {found['24 snapshots'][0] / ours[0]:.2f} times one")
    print(f"largest relative difference: {compare(peer_out, out):.2e}")
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
