"""Times our fits beside those of the Python package lifetimes, in one run, on the same customers.

usage: compare_fit.py FIT_BINARY [CDNOW_master.txt[.gz]]

FIT_BINARY is what `cargo build --release -p tenure-btyd --example fit` leaves in target/release/examples/fit.
Needs numpy, pandas and lifetimes. Prints the median of three runs of each, the ratio and both log-likelihoods.
"""

import pathlib
import subprocess
import sys
import tempfile
import time

import numpy as np
import pandas as pd

RUNS = 3
DEFAULT_CDNOW = pathlib.Path(__file__).parents[2] / "training/cli/data/CDNOW_master.txt.gz"


def simulated(n: int, whole_days: bool) -> pd.DataFrame:
    """Customers of a BG/NBD shop, first seen during a year and followed to its end, plus a year; weeks."""
    random = np.random.default_rng(7)
    r, alpha, a, b = 0.243, 4.414, 0.793, 2.426
    age = random.uniform(52, 104, n)
    if whole_days:
        age = np.round(age * 7) / 7
    rate, leaving = random.gamma(r, 1 / alpha, n), random.beta(a, b, n)
    frequency, recency, alive = np.zeros(n, int), np.zeros(n), np.ones(n, bool)
    clock = np.zeros(n)
    while alive.any():
        wait = random.exponential(1 / np.maximum(rate, 1e-12))
        if whole_days:
            wait = np.maximum(np.round(np.minimum(wait, 1e6) * 7), 1) / 7
        clock = clock + wait
        alive &= clock <= age
        frequency[alive] += 1
        recency[alive] = clock[alive]
        alive &= random.random(n) > leaving
    return pd.DataFrame({"frequency": frequency, "recency_age": np.minimum(recency, age), "age": age})


def cdnow(path: pathlib.Path) -> pd.DataFrame:
    orders = pd.read_csv(path, sep=r"\s+", header=None, names=["id", "day", "cds", "value"], dtype={"id": str})
    orders["day"] = pd.to_datetime(orders.day.astype(str))
    end = pd.Timestamp("1997-09-30")
    days = orders[orders.day <= end].drop_duplicates(["id", "day"]).groupby("id").day
    first, last = days.min(), days.max()
    weeks = lambda span: span.dt.days / 7
    return pd.DataFrame({"frequency": days.size() - 1, "recency_age": weeks(last - first), "age": weeks(end - first)})


def ours(binary: str, model: str, customers: pd.DataFrame) -> tuple[float, float]:
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "customers.csv"
        customers.to_csv(path, index=False)
        text = subprocess.run([binary, model, str(path), str(RUNS)], check=True, capture_output=True, text=True).stdout
    found = dict(line.split() for line in text.splitlines() if line.startswith(("seconds", "log_likelihood")))
    return float(found["seconds"]), float(found["log_likelihood"])


def theirs(fitter, customers: pd.DataFrame) -> tuple[float, float]:
    seconds = []
    for _ in range(RUNS):
        model = fitter()
        start = time.perf_counter()
        model.fit(customers.frequency, customers.recency_age, customers.age)
        seconds.append(time.perf_counter() - start)
    return float(np.median(seconds)), log_likelihood(model, customers)


def log_likelihood(model, customers: pd.DataFrame) -> float:
    """At lifetimes' own estimates, times in weeks: what it reports is a mean or a sum, in scaled time."""
    x, t_x, age = (customers[name].to_numpy(float) for name in ("frequency", "recency_age", "age"))
    if "s" in model.params_.index:
        parameters = model.params_[["r", "alpha", "s", "beta"]].to_numpy()
        return float(model._conditional_log_likelihood(parameters, x, t_x, age).sum())
    log_parameters = np.log(model.params_[["r", "alpha", "a", "b"]].to_numpy())
    return float(-model._negative_log_likelihood(log_parameters, x, t_x, age, np.ones_like(x), 0.0) * len(x))


def main(binary: str, cdnow_path: pathlib.Path) -> None:
    from lifetimes import BetaGeoFitter, ParetoNBDFitter

    cases = [
        ("BG/NBD, 1,000,000 customers, whole days", "bg_nbd", BetaGeoFitter, simulated(1_000_000, True)),
        ("BG/NBD, 1,000,000 customers, all distinct", "bg_nbd", BetaGeoFitter, simulated(1_000_000, False)),
        ("Pareto/NBD, CDNOW", "pareto_nbd", ParetoNBDFitter, cdnow(cdnow_path)),
    ]
    print(f"{'':45}{'ours s':>9}{'lifetimes s':>13}{'ratio':>8}{'ours LL':>16}{'lifetimes LL':>16}")
    for name, model, fitter, customers in cases:
        seconds, likelihood = ours(binary, model, customers)
        their_seconds, their_likelihood = theirs(fitter, customers)
        ratio = their_seconds / seconds
        print(f"{name:45}{seconds:9.3f}{their_seconds:13.3f}{ratio:7.1f}x{likelihood:16.3f}{their_likelihood:16.3f}")


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    main(sys.argv[1], pathlib.Path(sys.argv[2]) if len(sys.argv) == 3 else DEFAULT_CDNOW)
