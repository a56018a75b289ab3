"""The plots of the notebooks. Each draws one figure from a table, and says the rest in words beside the data."""

from collections.abc import Hashable, Mapping, Sequence
from itertools import cycle

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, Normalize
from matplotlib.ticker import FuncFormatter, PercentFormatter

from tenure_notebooks.style import ACTUAL, BLUE, COLOURS, GREY, ORANGE, PALE, SHADES, headline, label

THOUSANDS = FuncFormatter(lambda value, _: f"{value:,.0f}")


def orders_by_week(orders: pd.DataFrame, as_of: str, title: str) -> None:
    """Orders in each week, the part that a model may see in colour and the part that it must foresee in grey."""
    weekly = orders.set_index("day").resample("W-SUN", label="left", closed="right")["customer_id"].count()
    # Dates as the axes count them: days since 1970 began.
    start = float(pd.Timestamp(as_of, tz="UTC").timestamp() / 86_400)
    days = [pd.Timestamp(str(week)).timestamp() / 86_400 for week in weekly.index]
    _, axes = plt.subplots(figsize=(7.6, 3.2))
    axes.bar(days, weekly, width=6, color=[BLUE if day < start else GREY for day in days])
    axes.xaxis_date()
    axes.axvline(start, color=ACTUAL, linewidth=1)
    top = float(weekly.max())
    label(axes, "what the model sees", (start, top), BLUE, (-8, 0))
    label(axes, "what it must foresee", (start, top), GREY, (8, 0))
    axes.yaxis.set_major_formatter(THOUSANDS)
    headline(axes, title, "orders a week")


def curves(table: pd.DataFrame, title: str, below: str, x_label: str) -> None:
    """One line for each row over the columns, which are numbers; the row's name stands at the line's end."""
    _, axes = plt.subplots()
    axes.margins(x=0.02)
    colours = dict(zip(table.index, cycle(COLOURS), strict=False))
    for name, row in table.iterrows():
        axes.plot(table.columns, row, marker="o", markersize=4, color=colours[name])
    axes.set_xticks(list(table.columns))
    axes.set_ylim(0, 1.03)
    _label_ends(axes, table.T, colours)
    axes.yaxis.set_major_formatter(PercentFormatter(1))
    axes.set_xlabel(x_label)
    headline(axes, title, below)


def reliability(groups: Mapping[str, pd.DataFrame], title: str, below: str) -> None:
    """Mean predicted probability against the share of what happened, a line of dots for each bundle."""
    _, axes = plt.subplots(figsize=(5.6, 4.6))
    lowest = min(float(table[["predicted", "happened"]].min().min()) for table in groups.values())
    low = max(0.0, np.floor(lowest * 10) / 10)
    axes.plot([low, 1], [low, 1], color=GREY, linewidth=1)
    middle = low + 0.45 * (1 - low)
    label(axes, "said as it came", (middle, middle), GREY, (-8, 8))
    for table, colour in zip(groups.values(), COLOURS, strict=False):
        axes.plot(table["predicted"], table["happened"], color=colour, linewidth=1)
        axes.scatter(table["predicted"], table["happened"], color=colour, s=34, zorder=3)
    for place, (name, colour) in enumerate(zip(groups, COLOURS, strict=False)):
        if len(groups) > 1:
            axes.text(0.03, 0.95 - 0.07 * place, name, color=colour, transform=axes.transAxes, fontweight="bold")
    axes.grid(visible=True, axis="both")
    axes.set_xlim(low, 1.01)
    axes.set_ylim(low, 1.01)
    axes.set_aspect("equal")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(PercentFormatter(1))
    axes.set_xlabel("predicted")
    axes.set_ylabel("happened")
    headline(axes, title, below)


def dots(table: pd.DataFrame, title: str, below: str, x_label: str = "") -> None:
    """Two values for each row, joined by a line: what was said (first column) and what came (second)."""
    said, came = table.columns[:2]
    _, axes = plt.subplots(figsize=(7.6, 0.36 * len(table) + 1.4))
    places = np.arange(len(table))[::-1]
    axes.hlines(places, table[said], table[came], color=PALE, linewidth=4)
    axes.scatter(table[came], places, color=ACTUAL, s=46, zorder=3)
    axes.scatter(table[said], places, color=BLUE, s=46, zorder=4)
    # The names stand where there is most room between the dots.
    row = int((table[said] - table[came]).abs().to_numpy().argmax())
    side = 9 if table[said].iloc[row] >= table[came].iloc[row] else -9
    label(axes, str(said), (float(table[said].iloc[row]), places[row]), BLUE, (side, 0))
    label(axes, str(came), (float(table[came].iloc[row]), places[row]), ACTUAL, (-side, 0))
    axes.set_yticks(places, [str(name) for name in table.index])
    axes.grid(visible=True, axis="x")
    axes.grid(visible=False, axis="y")
    axes.xaxis.set_major_formatter(THOUSANDS)
    axes.margins(x=0.12)
    axes.set_xlabel(x_label)
    headline(axes, title, below)


def scatter_of_customers(
    table: pd.DataFrame, x: str, y: str, chosen: pd.Series, words: tuple[str, str, str, str]
) -> None:
    """Customers as dots, money on a log scale against a probability, the chosen ones in colour.

    Args:
        table: A row for each customer.
        x: Column of money.
        y: Column of a probability.
        chosen: Whether the row is one of those in colour.
        words: Title, line below it, and the labels of the axes.
    """
    title, below, x_label, y_label = words
    _, axes = plt.subplots()
    rest = table[~chosen]
    axes.scatter(rest[x], rest[y], s=5, color=GREY, alpha=0.25, linewidth=0)
    axes.scatter(table.loc[chosen, x], table.loc[chosen, y], s=14, color=ORANGE, alpha=0.8, linewidth=0)
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(THOUSANDS)
    axes.yaxis.set_major_formatter(PercentFormatter(1))
    axes.grid(visible=True, axis="both")
    axes.set_xlabel(x_label)
    axes.set_ylabel(y_label)
    headline(axes, title, below)


def lines(
    table: pd.DataFrame,
    title: str,
    below: str,
    x_label: str = "",
    *,
    seen_to: float | None = None,
    form: str = "{:,.0f}",
) -> None:
    """A line for each column over the index, its name at its end; a column called `actual` is dark and thin.

    Args:
        table: A column for each line.
        title: What is seen.
        below: What is drawn.
        x_label: What the index is.
        seen_to: Up to where the models saw what happened; a thin line is drawn there.
        form: How a value at the axis is written.
    """
    _, axes = plt.subplots()
    axes.margins(x=0.01)
    modelled = [name for name in table.columns if name != "actual"]
    colours: dict[Hashable, str] = {"actual": ACTUAL, **dict(zip(modelled, cycle(COLOURS), strict=False))}
    for name in table.columns:
        axes.plot(table.index, table[name], color=colours[name], linewidth=1.4 if name == "actual" else 2)
    _label_ends(axes, table, colours)
    if seen_to is not None:
        axes.axvline(seen_to, color=GREY, linewidth=1)
        low, high = axes.get_ylim()
        label(axes, "seen", (seen_to, low + 0.05 * (high - low)), GREY, (-6, 0))
        label(axes, "foreseen", (seen_to, low + 0.05 * (high - low)), GREY, (6, 0))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: form.format(value)))
    axes.set_xlabel(x_label)
    headline(axes, title, below)


def _label_ends(axes: Axes, table: pd.DataFrame, colours: Mapping[Hashable, str]) -> None:
    """Names at the ends of lines, moved apart where they would lie on each other."""
    # A line without a point has no end to name.
    table = table.dropna(axis="columns", how="all")
    ends = table.apply(lambda column: column.dropna().iloc[-1]).sort_values()
    low, high = axes.get_ylim()
    room = 0.055 * (high - low)
    heights = ends.to_numpy(dtype=float).copy()
    for _ in range(50):
        # Two names too near each other move apart by half of what is lacking, until none are.
        lacking = np.maximum(room - np.diff(heights), 0)
        heights[:-1] -= lacking / 2
        heights[1:] += lacking / 2
    for name, height in zip(ends.index, heights, strict=True):
        axes.annotate(
            str(name),
            (1, height),
            xycoords=("axes fraction", "data"),
            xytext=(4, 0),
            textcoords="offset points",
            color=colours[name],
            va="center",
            fontweight="bold",
            fontsize=9,
        )


def heat(
    table: pd.DataFrame,
    title: str,
    below: str,
    axes_words: tuple[str, str],
    *,
    form: str = "{:.0%}",
    log: bool = False,
) -> None:
    """A table as shades with its numbers in the cells, but for zeros; rows upwards, so that more is higher."""
    _, axes = plt.subplots(figsize=(max(0.74 * table.shape[1] + 1.6, 6.6), 0.4 * table.shape[0] + 1.6))
    values = table.to_numpy(dtype=float)
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    norm = LogNorm(max(1.0, low), high, clip=True) if log else Normalize(low, high)
    axes.imshow(values, cmap=SHADES, aspect="auto", origin="lower", norm=norm)
    for (row, column), value in np.ndenumerate(values):
        if np.isfinite(value) and value != 0:
            shade = float(norm(float(value)))
            axes.text(
                column, row, form.format(value), ha="center", va="center", fontsize=8.5,
                color="white" if shade > 0.6 else ACTUAL,
            )  # fmt: skip
    axes.set_xticks(range(table.shape[1]), [str(name) for name in table.columns])
    axes.set_yticks(range(table.shape[0]), [str(name) for name in table.index])
    axes.grid(visible=False)
    axes.spines["bottom"].set_visible(False)
    axes.set_xlabel(axes_words[0])
    axes.set_ylabel(axes_words[1])
    headline(axes, title, below)


def bars(table: pd.DataFrame, panels: Sequence[tuple[str, str, str]], title: str, marked: Sequence[str] = ()) -> None:
    """Bars for each row, a panel for each column, with the number at each bar's end.

    Args:
        table: Names in the index.
        panels: For each panel the column, what it is, and how a number is written, such as `{:.0%}`.
        title: What is seen.
        marked: Names of rows in another colour.
    """
    figure, all_axes = plt.subplots(1, len(panels), sharey=True, squeeze=False, figsize=(8.2, 0.34 * len(table) + 1.2))
    colours = [ORANGE if name in marked else BLUE for name in table.index]
    places = np.arange(len(table))[::-1]
    for axes, (column, what, form) in zip(all_axes[0], panels, strict=True):
        axes.barh(places, table[column], color=colours, height=0.66)
        for place, value in zip(places, table[column], strict=True):
            label(axes, form.format(value), (float(value), place), "#444444", (4, 0))
        axes.set_yticks(places, [str(name) for name in table.index])
        axes.set_xticks([])
        axes.grid(visible=False)
        axes.spines["bottom"].set_visible(False)
        axes.margins(x=0.2)
        axes.set_title(what, fontsize=9.5, fontweight="normal", color="#666666")
    figure.suptitle(title, x=0.01, ha="left", fontweight="bold", fontsize=12)


def shifts(stability: pd.DataFrame, title: str, most: int = 14) -> None:
    """The features of `frames.stability` that shifted most, the strong shifts in another colour."""
    shown = stability.sort_values("PSI", ascending=False, kind="stable").head(most)
    strong = [str(name) for name in shown.index[shown["shift"] == "strong"]]
    bars(shown, [("PSI", f"population stability index: {most} of {len(stability)} features", "{:.2f}")], title, strong)


def survivals(cohorts: Mapping[str, pd.DataFrame], title: str, below: str, x_label: str, seen_to: int) -> None:
    """Shares still there, a panel for each cohort: `actual` as dots, hollow where unseen, each model as a line.

    Args:
        cohorts: Tables as of `frames.survival`, by name.
        title: What is seen.
        below: What is drawn.
        x_label: What a period is.
        seen_to: The last period that the models saw; a thin line is drawn there.
    """
    figure, all_axes = plt.subplots(1, len(cohorts), sharey=True, squeeze=False, figsize=(8.2, 4))
    for axes, (name, table) in zip(all_axes[0], cohorts.items(), strict=True):
        axes.margins(x=0.02)
        models = [column for column in table.columns if column != "actual"]
        colours: dict[Hashable, str] = dict(zip(models, cycle(COLOURS), strict=False))
        for model in models:
            axes.plot(table.index, table[model], color=colours[model])
        seen = table.index <= seen_to
        axes.scatter(table.index[seen], table["actual"][seen], color=ACTUAL, s=26, zorder=3)
        axes.scatter(table.index[~seen], table["actual"][~seen], facecolor="white", edgecolor=ACTUAL, s=26, zorder=3)
        axes.set_ylim(0, 1.03)
        _label_ends(axes, table[models], colours)
        axes.axvline(seen_to, color=GREY, linewidth=1)
        label(axes, "seen", (seen_to, 0.05), GREY, (-6, 0))
        label(axes, "foreseen", (seen_to, 0.05), GREY, (6, 0))
        axes.yaxis.set_major_formatter(PercentFormatter(1))
        axes.set_xlabel(x_label)
        axes.set_title(name, fontsize=9.5, fontweight="normal", color="#666666")
    figure.suptitle(f"{title}\n", x=0.01, ha="left", fontweight="bold", fontsize=12)
    figure.text(0.01, 0.895, below, color="#666666")
