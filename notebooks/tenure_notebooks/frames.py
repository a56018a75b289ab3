"""The JSON that `tenure` prints, as tables."""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd


class Measure(NamedTuple):
    """One of the eleven measures: where it stands in the JSON, what people call it, and what is better."""

    part: str
    key: str
    title: str
    # What is better: "higher", "lower" or "nearer 0".
    better: str


MEASURES = [
    Measure("churn", "auc", "churn: AUC", "higher"),
    Measure("churn", "average_precision", "churn: average precision", "higher"),
    Measure("churn", "brier", "churn: Brier score", "lower"),
    Measure("churn", "log_loss", "churn: log loss", "lower"),
    Measure("churn", "calibration_error", "churn: calibration error", "lower"),
    Measure("value", "gini", "value: Gini", "higher"),
    Measure("value", "spearman", "value: rank correlation", "higher"),
    Measure("value", "top_decile_share", "value: share of the top tenth", "higher"),
    Measure("value", "decile_error", "value: error by tenths", "lower"),
    Measure("value", "mae", "value: mean absolute error", "lower"),
    Measure("value", "bias", "value: bias", "nearer 0"),
]


def instant(microseconds: int) -> pd.Timestamp:
    """An instant from microseconds since 1970 began, in UTC."""
    return pd.Timestamp(microseconds, unit="us", tz="UTC")


def parameters(trained: Mapping[str, Any], fit: str = "order_fit") -> pd.DataFrame:
    """What a fit found: `value` and `standard_error` by name; fit is `order_fit` or `spend_fit` of `tenure train`.

    Empty if what was trained has no such fit.
    """
    found = (trained.get(fit) or {}).get("parameters", [])
    return pd.DataFrame(found, columns=["name", "value", "standard_error"]).set_index("name")


def _number(value: float | None) -> float:
    """A number of the JSON; null, which stands for a measure that is not defined, is not a number."""
    return np.nan if value is None else float(value)


def backtest(inspected: Mapping[str, Any]) -> pd.DataFrame:
    """The table of the backtest in `tenure inspect`: one row for each candidate and origin, measures in columns.

    A candidate that predicts churn alone has no measures of value.
    """
    rows = []
    for entry in inspected["backtest"]:
        row: dict[str, Any] = {key: entry[key] for key in ("candidate", "horizon", "customers", "chosen")}
        row["origin"] = instant(entry["origin"])
        row |= {measure.title: _number((entry[measure.part] or {}).get(measure.key)) for measure in MEASURES}
        rows.append(row)
    return pd.DataFrame(rows)


def candidates(table: pd.DataFrame) -> pd.DataFrame:
    """Candidates of a backtest in columns, each measure as its mean over the past dates shared with the chosen one.

    A candidate that shares none is shown over its own dates; the first row says how many dates are behind a column.
    """
    titles = [measure.title for measure in MEASURES]
    chosen = set(table.loc[table["chosen"], "origin"])
    columns: dict[tuple[int, str], pd.Series] = {}
    for candidate, rows in table.groupby("candidate", sort=False):
        shared = rows[rows["origin"].isin(chosen)]
        is_other = shared.empty and bool(chosen)
        own = rows if shared.empty else shared
        dates = f"{len(own)} others" if is_other else str(len(own))
        is_chosen = bool(own["chosen"].any())
        name = str(candidate).replace("+", " + ") + (" (chosen)" if is_chosen else "")
        # What is chosen first, then what was judged at the same dates.
        rank = 0 if is_chosen else 1 + int(is_other)
        columns[(rank, name)] = pd.concat([pd.Series({"past dates": dates}), own[titles].mean().round(4)])
    ordered = sorted(columns, key=lambda column: column[0])
    return pd.DataFrame({name: columns[(rank, name)] for rank, name in ordered}).fillna("-")


def windows(drift: Mapping[str, Any]) -> pd.DataFrame:
    """The windows of `tenure drift`: share without an order and spend, `said` and `came`, by beginning."""
    rows = [
        {
            "from": instant(window["from"]),
            "AUC": _number(window["churn"]["auc"]),
            "said": window["mean_churn_probability"],
            "came": window["churn_rate"],
            "spend said": window["predicted_value_total"],
            "spend came": window["value_total"],
        }
        for window in drift["windows"]
    ]
    return pd.DataFrame(rows, columns=["from", "AUC", "said", "came", "spend said", "spend came"]).set_index("from")


def stability(drift: Mapping[str, Any]) -> pd.DataFrame:
    """Population stability by feature, of `tenure drift`: the index, what chance makes of it, and the verdict."""
    columns = {"feature": "feature", "psi": "PSI", "by_chance": "by chance up to", "shift": "shift"}
    found = pd.DataFrame(drift["features"], columns=list(columns)).rename(columns=columns)
    return found.set_index("feature")


def survival(projected: Mapping[str, Any]) -> pd.DataFrame:
    """Shares still there by period, of `tenure retention`: `actual` as far as it was counted, `sBG` and `BdW`."""
    rows = [(row["period"], _number(row["actual"]), row["sbg"], row["bdw"]) for row in projected["survival"]]
    return pd.DataFrame(rows, columns=["period", "actual", "sBG", "BdW"]).set_index("period")


def model_of(candidate: str) -> str:
    """The purchase model in a candidate's name: `bg_nbd` of `bg_nbd+all_orders+level`."""
    return candidate.split("+")[0]


def measures(evaluated: Mapping[str, Any]) -> pd.Series:
    """The eleven measures of `tenure evaluate`, by title."""
    return pd.Series({measure.title: _number(evaluated[measure.part][measure.key]) for measure in MEASURES})


def totals(evaluated: Mapping[str, Any]) -> pd.DataFrame:
    """Predicted beside happened, of `tenure evaluate`: customers without an order, orders, net spend."""
    rows = {
        "customers without an order, %": (
            100 * evaluated["mean_churn_probability"],
            100 * evaluated["churn_rate"],
        ),
        "orders": (evaluated["expected_orders"], evaluated["orders"]),
        "net spend": (evaluated["predicted_value_total"], evaluated["value_total"]),
    }
    table = pd.DataFrame(rows, index=["predicted", "happened"]).T
    table["off by, %"] = 100 * (table["predicted"] / table["happened"] - 1)
    return table.round(1)


def tenths(evaluated: Mapping[str, Any]) -> pd.DataFrame:
    """Tenths of the customers by predicted spend, of `tenure evaluate`, the best first: means, and how far off.

    `off by` is a share of what came, whose mean is `value: error by tenths`; a tenth that spent nothing has none.
    """
    rows = [(tenth["mean_predicted"], tenth["mean_actual"]) for tenth in evaluated["deciles"]]
    table = pd.DataFrame(rows, columns=["said", "came"], index=pd.Index(range(1, len(rows) + 1), name="tenth"))
    table["off by"] = (table["said"] / table["came"].where(table["came"] > 0) - 1).abs()
    return table


def side_by_side(evaluations: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """The measures of several bundles on the same customers, and which of them is best at each."""
    table = pd.DataFrame({name: measures(evaluated) for name, evaluated in evaluations.items()})
    losses = table.copy()
    for measure in MEASURES:
        values = table.loc[measure.title]
        loss = {"higher": -values, "lower": values, "nearer 0": values.abs()}[measure.better]
        losses.loc[measure.title] = loss
    shown = table.round(4)
    shown["better is"] = [measure.better for measure in MEASURES]
    shown["best"] = losses.idxmin(axis="columns")
    return shown


def reliability(probability: pd.Series, happened: pd.Series, groups: int = 10) -> pd.DataFrame:
    """Groups of equal size by predicted probability: `predicted` and `happened` as means, `customers`."""
    rank = probability.rank(method="first")
    group = np.ceil(groups * rank / len(rank)).astype(int)
    table = pd.DataFrame({"predicted": probability, "happened": happened.astype(float), "group": group})
    by_group = table.groupby("group")
    means = by_group[["predicted", "happened"]].mean()
    means["customers"] = by_group.size()
    return means


def auc(probability: pd.Series, happened: pd.Series) -> float:
    """Of a customer to whom it happened and one to whom it did not, how often the first was given the more.

    Ties count half; not a number where it happened to all or to none.
    """
    yes = happened.astype(bool)
    to, not_to = int(yes.sum()), int((~yes).sum())
    above = float(probability.rank()[yes].sum()) - to * (to + 1) / 2
    return above / (to * not_to) if to and not_to else math.nan


def moves(segments: Mapping[str, Any]) -> pd.DataFrame:
    """Who moved, of `tenure segments --since`: customers by segment then (rows) and now (columns)."""
    table = pd.DataFrame(segments["moves"])
    table["from"] = table["from"].fillna("not there yet")
    wide = table.pivot_table(index="from", columns="to", values="customers", aggfunc="sum", fill_value=0)
    return wide.astype(int)


def rounded(table: pd.DataFrame, **digits: int) -> pd.DataFrame:
    """The table to look at: columns rounded to so many digits, instants cut to their day."""
    shown = table.copy()
    for column in shown.columns:
        if isinstance(shown[column].dtype, pd.DatetimeTZDtype):
            shown[column] = shown[column].dt.strftime("%Y-%m-%d")
        elif column in digits:
            places = digits[str(column)]
            shown[column] = shown[column].round(places).astype("float64" if places > 0 else "Int64")
    return shown
