"""Our scores beside what a user would reach for instead, customer by customer: what is a difference, and what chance?

usage: compare_peers.py judge CASE SCORES.csv --metrics METRICS.py --peers PEERS.py [--peer-scores FILE.csv]
                        [--level-met] [--resamples 400] [--seed 20131] [--json FILE.json]
       compare_peers.py cut ORDERS.csv AS_OF DAYS CASE

`judge` holds scores to what happened. CASE is a folder with
    orders.csv  customer_id,ts,value       orders before the as-of
    truth.csv   customer_id,orders,value   of each customer, within the horizon from the as-of on
    case.json   {"as_of": "2011-03-14", "horizon_days": 90}
and SCORES.csv has customer_id,churn_probability,predicted_clv over that horizon, as `tenure score` writes them.
METRICS.py has churn_metrics(orders, probability), value_metrics(actual, predicted) and HIGHER_IS_BETTER; of all other
measures the least absolute value is best. PEERS.py has load(case), naive, btyd, boosted and logistic, each of which
gives predictions for every customer. What peers say is kept in FILE.csv where one is named, and read from there again.

Customers are drawn again with replacement, ours and the peers' scores of a drawn customer together. For each measure:
our value, the value of the peer that is best in it, ours less the peer's (above zero is better for us, whatever the
measure), the interval that holds 95 % of the drawn differences, and in how many per cent of the draws ours is ahead. It
says "ahead" or "behind" where zero lies outside the interval, and "even" otherwise. Two things lean towards the peers:
the best of several is taken after the truth is known, once for each measure. One leans nowhere: errors of calibration
are larger in every draw than in the whole, ours and theirs. Seasons are not drawn: a difference that customers confirm
may be one of this date alone.

With `--level-met` ours and each peer's scores are first moved by one number on the log-odds, and by a factor on value,
until as many are predicted to order, and as much to be spent, as came. Nobody could have known that: it takes the level
away from what is compared, so that what is behind without it and not with it was lost by the level alone.

`cut` makes such a folder inside an as-of: it takes the orders before AS_OF for the past, and those of the DAYS from it on
for the truth; ORDERS.csv must reach so far.

Needs numpy and pandas, and what METRICS.py and PEERS.py need.
"""

import argparse
import importlib.util
import json
import pathlib
import sys
import warnings

import numpy as np
import pandas as pd

SCORES = ["churn_probability", "predicted_clv"]


def module(name: str, path: pathlib.Path):
    """The module in a file, by a name under which others can import it."""
    found = importlib.util.spec_from_file_location(name, path)
    loaded = importlib.util.module_from_spec(found)
    sys.modules[name] = loaded
    found.loader.exec_module(loaded)
    return loaded


def by_customer(path: pathlib.Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype={"customer_id": str}).set_index("customer_id")


def peers_of(peers, case: pathlib.Path) -> dict[str, pd.DataFrame]:
    """What each peer says of every customer; one that fails to converge says nothing."""
    import lifetimes

    _, orders, truth, as_of, horizon = peers.load(case)
    fitters = {
        "BG/NBD": lifetimes.BetaGeoFitter,
        "MBG/NBD": lifetimes.ModifiedBetaGeoFitter,
        "Pareto/NBD": lifetimes.ParetoNBDFitter,
    }
    runs = {"naive rate": lambda: peers.naive(orders, as_of, horizon)}
    runs |= {name: lambda one=one: peers.btyd(one, orders, as_of, horizon) for name, one in fitters.items()}
    libraries = {"LightGBM": "lightgbm", "XGBoost": "xgboost"}
    runs |= {name: lambda one=one: peers.boosted(one, orders, as_of, horizon) for name, one in libraries.items()}
    runs["logistic"] = lambda: peers.logistic(orders, as_of, horizon)
    found = {}
    for name, run in runs.items():
        try:
            said = run()
        except Exception as error:  # whatever a library raises where it finds no answer
            print(f"{name} gives no answer: {type(error).__name__}: {str(error)[:100]}", file=sys.stderr)
            continue
        if said is None:
            print(f"{name} gives no answer: no past date has a whole horizon behind it", file=sys.stderr)
            continue
        probability, value, _ = said
        both = {"churn_probability": probability, "predicted_clv": np.nan if value is None else value}
        found[name] = pd.DataFrame(both, index=probability.index).reindex(truth.index)
    return found


def kept(path: pathlib.Path | None, make) -> dict[str, pd.DataFrame]:
    """Peers' scores from a file, or made and kept there."""
    if path is not None and path.exists():
        return {name: rows.drop(columns="peer") for name, rows in by_customer(path).groupby("peer")}
    found = make()
    if path is not None:
        pd.concat([rows.assign(peer=name) for name, rows in found.items()]).to_csv(path)
    return found


def level_met(scores: np.ndarray, truth: pd.DataFrame) -> np.ndarray:
    """Scores whose totals are those that came, their order unchanged; needs value above 0 in all."""
    probability, value = scores.T
    if not (value.sum() > 0 and truth.value.sum() > 0):
        sys.exit("no factor on value meets what came: all that is predicted, or all that came, is not above 0")
    inside = np.clip(probability, 1e-6, 1 - 1e-6)
    odds, silent = np.log(inside / (1 - inside)), int((truth.orders == 0).sum())
    low, high = -40.0, 40.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if (1 / (1 + np.exp(-odds - middle))).sum() < silent else (low, middle)
    return np.column_stack([1 / (1 + np.exp(-odds - low)), value * truth.value.sum() / value.sum()])


class Measures:
    """The measures of one set of customers."""

    def __init__(self, metrics, truth: pd.DataFrame):
        self.metrics = metrics
        self.orders, self.value = truth.orders.to_numpy(), truth.value.to_numpy(float)

    def of(self, scores: np.ndarray, drawn: np.ndarray) -> dict[str, float]:
        """By name; those of value are absent where no value is predicted."""
        probability, value = scores[drawn].T
        found = dict(self.metrics.churn_metrics(self.orders[drawn], probability))
        if not np.isnan(value).any():
            found |= self.metrics.value_metrics(self.value[drawn], value)
        return found

    def goodness(self, name: str, value: float) -> float:
        return value if name in self.metrics.HIGHER_IS_BETTER else -abs(value)


def compare(
    measures: Measures, ours: np.ndarray, theirs: dict[str, np.ndarray], resamples: int, seed: int
) -> pd.DataFrame:
    """One row for each measure that a peer has as well."""
    customers = np.arange(len(ours))
    own = measures.of(ours, customers)
    rivals = {name: measures.of(scores, customers) for name, scores in theirs.items()}
    best = {}
    for name in own:
        having = [peer for peer in rivals if name in rivals[peer]]
        if having:
            best[name] = max(having, key=lambda peer: measures.goodness(name, rivals[peer][name]))
    random = np.random.default_rng(seed)
    draws = {name: [] for name in best}
    for _ in range(resamples):
        drawn = random.integers(0, len(ours), len(ours))
        if len(np.unique(measures.orders[drawn] == 0)) < 2:
            continue  # nobody to tell from anybody
        again = measures.of(ours, drawn)
        needed = {peer: measures.of(theirs[peer], drawn) for peer in sorted(set(best.values()))}
        for name, peer in best.items():
            found = measures.goodness(name, again[name]) - measures.goodness(name, needed[peer][name])
            draws[name].append(found)
    rows = []
    for name, peer in best.items():
        difference = measures.goodness(name, own[name]) - measures.goodness(name, rivals[peer][name])
        low, high = np.quantile(draws[name], [0.025, 0.975])
        said = "ahead" if low > 0 else "behind" if high < 0 else "even"
        share = 100 * float(np.mean(np.array(draws[name]) > 0))
        rows.append([name, own[name], rivals[peer][name], peer, difference, low, high, share, said])
    columns = ["measure", "ours", "best_peer", "peer", "difference", "low", "high", "better_percent", "verdict"]
    return pd.DataFrame(rows, columns=columns)


def judge(options: argparse.Namespace) -> None:
    metrics = module("metrics", options.metrics)
    peers = module("peers", options.peers)
    truth = by_customer(options.case / "truth.csv")
    scores = by_customer(options.scores)
    missing = truth.index.difference(scores.index)
    if len(missing) or scores.index.duplicated().any():
        sys.exit(f"{len(missing)} of {len(truth)} customers have no score in {options.scores}, or some have two")
    ours = scores.loc[truth.index, SCORES].to_numpy(float)
    if np.isnan(ours).any():
        sys.exit(f"a score in {options.scores} is not a number")
    theirs = kept(options.peer_scores, lambda: peers_of(peers, options.case))
    theirs = {name: rows.loc[truth.index, SCORES].to_numpy(float) for name, rows in theirs.items()}
    if options.level_met:
        ours, theirs = level_met(ours, truth), {name: level_met(rows, truth) for name, rows in theirs.items()}
    found = compare(Measures(metrics, truth), ours, theirs, options.resamples, options.seed)
    if options.json is not None:
        options.json.write_text(json.dumps(found.to_dict("records"), indent=1))
    print((options.case / "case.json").read_text().strip())
    print(f"{'measure':20}{'ours':>11}{'best peer':>11}{'difference':>12}{'95 % interval':>24}{'better':>9}")
    for row in found.itertuples():
        interval = f"{row.low:+.4f} to {row.high:+.4f}"
        print(
            f"{row.measure:20}{row.ours:11.4f}{row.best_peer:11.4f}{row.difference:+12.4f}{interval:>24}"
            f"{row.better_percent:7.0f} %  {row.verdict:7} {row.peer}"
        )
    counts = found.verdict.value_counts()
    print(", ".join(f"{said} in {counts.get(said, 0)}" for said in ("ahead", "even", "behind")))


def cut(options: argparse.Namespace) -> None:
    orders = pd.read_csv(options.orders, dtype={"customer_id": str}, parse_dates=["ts"])
    as_of = pd.Timestamp(options.as_of)
    end = as_of + pd.Timedelta(days=options.days)
    if orders.ts.max() < end - pd.Timedelta(days=1):
        sys.exit(f"{options.orders} ends on {orders.ts.max():%Y-%m-%d}, before the horizon does: {end:%Y-%m-%d}")
    past = orders[orders.ts < as_of].sort_values(["customer_id", "ts"])
    window = orders[(orders.ts >= as_of) & (orders.ts < end)].groupby("customer_id").value
    customers = pd.Index(sorted(past.customer_id.unique()), name="customer_id")
    truth = pd.DataFrame({"orders": window.size(), "value": window.sum()}).reindex(customers).fillna(0)
    options.case.mkdir(parents=True, exist_ok=True)
    past.to_csv(options.case / "orders.csv", index=False)
    truth.astype({"orders": int}).to_csv(options.case / "truth.csv")
    case = {"as_of": str(as_of.date()), "horizon_days": options.days, "customers": len(customers)}
    (options.case / "case.json").write_text(json.dumps(case))
    print(json.dumps(case))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    judged = commands.add_parser("judge")
    judged.add_argument("case", type=pathlib.Path)
    judged.add_argument("scores", type=pathlib.Path)
    judged.add_argument("--metrics", type=pathlib.Path, required=True)
    judged.add_argument("--peers", type=pathlib.Path, required=True)
    judged.add_argument("--peer-scores", type=pathlib.Path)
    judged.add_argument("--level-met", action="store_true")
    judged.add_argument("--resamples", type=int, default=400)
    judged.add_argument("--seed", type=int, default=20_131)
    judged.add_argument("--json", type=pathlib.Path)
    judged.set_defaults(run=judge)
    cutting = commands.add_parser("cut")
    cutting.add_argument("orders", type=pathlib.Path)
    cutting.add_argument("as_of")
    cutting.add_argument("days", type=int)
    cutting.add_argument("case", type=pathlib.Path)
    cutting.set_defaults(run=cut)
    options = parser.parse_args()
    warnings.filterwarnings("ignore")
    options.run(options)


if __name__ == "__main__":
    main()
