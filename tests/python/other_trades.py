"""Simulated shops of other trades, each cut at a date: what is known, and what then happened.

usage: other_trades.py FOLDER [TRADE ...] [--again N]

Writes FOLDER/TRADE/orders.csv, truth.csv and case.json, as `compare_peers.py judge` reads them, for every trade or those
named. Customers join, order at a rate of their own and leave; trades differ in how even the times between orders are,
whether one leaves at any time or after an order, in season, trend, spend and size. Two of them, `small` and `games`, are
Pareto/NBD, the others no purchase model's. They are for trying whether a change helps beyond the shops that it was
thought of in; a trade says nothing of a real shop's customers.

Needs numpy and pandas.
"""

import argparse
import json
import pathlib
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

START = pd.Timestamp("2023-01-02")
NEVER = 1e9


@dataclass(frozen=True)
class Trade:
    """A shop, the day from its start at which it is asked, and how many days ahead."""

    seed: int
    customers: int
    days: int  # over which customers join
    asked: int
    horizon: int
    rate: float  # mean orders a day
    life: float = NEVER  # mean days until one leaves, at any time
    evenness: int = 1  # shape of the gamma law of the times between orders
    spread: float = 1.0  # coefficient of variation of rates
    leaves: float = 0.0  # chance of leaving after an order
    leaves_first: float = 0.0  # how many times that again after the first
    spend: float = 50.0  # median of an order
    between: float = 0.6  # deviation of its logarithm between customers
    within: float = 0.4  # and within one
    giants: bool = False  # whether one order in twenty has a Pareto tail
    season: str = "none"
    trend: float = 0.0  # of the logarithm of all rates, a year
    join: str = "even"
    passing: float = 0.0  # share of customers who came for a bargain


TRADES = {
    "grocery": Trade(1, 3000, 540, 420, 30, 1 / 8, 500, 3, spend=55, between=0.5, within=0.5),
    "coffee": Trade(2, 4000, 800, 700, 60, 1 / 28, 250, 6, 0.4, spend=30, between=0.3, within=0.15, join="more"),
    "fashion": Trade(3, 8000, 1000, 900, 180, 1 / 90, 400, 1, 1.2, 0.08, 3, 70, within=0.6, season="fashion", join="season"),
    "electronics": Trade(4, 6000, 1000, 850, 365, 1 / 250, 700, spend=180, between=0.7, within=0.8, giants=True, season="christmas", join="season"),
    "toys_before": Trade(5, 6000, 760, 640, 120, 1 / 120, 500, spend=45, season="christmas", join="season"),
    "toys_after": Trade(6, 6000, 760, 735, 60, 1 / 120, 500, spend=45, season="christmas", join="season"),
    "young": Trade(7, 2500, 150, 120, 90, 1 / 30, 200, 1, 1.1, 0.1, 2, 35, join="more"),
    "small": Trade(8, 260, 500, 420, 90, 1 / 45, 400, spend=90),
    "small_summer": Trade(36, 420, 800, 640, 90, 1 / 50, 600, 1, 0.8, spend=60, season="summer"),
    "games": Trade(9, 10000, 400, 330, 30, 1 / 9, 90, 1, 2.0, spend=8, between=1.4, within=0.7),
    "wholesale": Trade(10, 900, 1000, 800, 180, 1 / 20, 1500, 2, 1.3, spend=400, between=1.1, within=0.5, trend=-0.15),
    "declining": Trade(12, 4000, 900, 720, 120, 1 / 50, 600, trend=-0.5),
    "growing": Trade(13, 5000, 900, 720, 120, 1 / 60, 500, trend=0.35, join="more"),
    "summer": Trade(14, 5000, 800, 640, 90, 1 / 100, 600, spend=60, season="summer", join="season"),
    "bargains": Trade(15, 7000, 600, 500, 90, 1 / 40, 350, 1, 0.8, 0.03, spend=40, passing=0.4),
    "one_cohort": Trade(16, 5000, 84, 270, 180, 1 / 50, 300, 1, 1.2, 0.15, 1.5, 40, season="christmas"),
    "marketplace": Trade(42, 12000, 500, 400, 60, 1 / 50, 250, 1, 1.6, spend=25, between=1.0, within=0.8, trend=0.4, join="more"),
    "gifts": Trade(32, 6000, 900, 620, 120, 1 / 60, leaves=0.15, leaves_first=2, spend=60, season="christmas", join="season"),
    "donations": Trade(39, 4000, 1500, 1100, 365, 1 / 300, 1500, 5, 0.6, spend=60, season="christmas"),
    "pets": Trade(40, 3000, 600, 500, 30, 1 / 35, 800, 4, 0.5, spend=45, within=0.25),
}


def season(kind: str, days: int) -> np.ndarray:
    """How much more is ordered on each day than on the mean day."""
    of_year = (START.day_of_year - 1 + np.arange(days)) % 365
    bump = lambda day, width: np.exp(-(((of_year - day) / width) ** 2))
    turn = lambda times, day: np.cos(2 * np.pi * times * (of_year - day) / 365)
    found = {
        "none": np.ones(days),
        "christmas": 1 + 1.3 * bump(335, 18) - 0.25 * bump(35, 25),
        "summer": 1 + 0.6 * turn(1, 190),
        "fashion": 1 + 0.35 * turn(2, 110) + 0.5 * bump(330, 12),
    }[kind]
    return found / found[:365].mean()


def joined(trade: Trade, of_day: np.ndarray, random: np.random.Generator) -> np.ndarray:
    if trade.join == "season":
        chances = of_day[: trade.days] / of_day[: trade.days].sum()
        return random.choice(trade.days, trade.customers, p=chances) + random.uniform(0, 1, trade.customers)
    even = random.uniform(0, 1, trade.customers)
    return trade.days * (np.sqrt(even) if trade.join == "more" else even)


def orders(trade: Trade) -> pd.DataFrame:
    random = np.random.default_rng(trade.seed)
    last = trade.days + 400
    of_day = season(trade.season, last + 1) * np.exp(trade.trend * np.arange(last + 1) / 365)
    # Orders come evenly in a time that runs faster in season.
    elapsed, days = np.r_[0, np.cumsum(of_day)], np.arange(last + 2)
    joins = joined(trade, of_day, random)
    rates = random.gamma(trade.spread**-2, trade.spread**2 * trade.rate, trade.customers)
    rates[random.uniform(size=trade.customers) < trade.passing] *= 0.15
    ends = joins + random.exponential(1, trade.customers) / random.gamma(1, 1 / trade.life, trade.customers)
    levels = np.log(trade.spend) + trade.between * random.normal(size=trade.customers)
    rows = []
    for customer in range(trade.customers):
        at, leaves = joins[customer], trade.leaves * (1 + trade.leaves_first)
        while at < min(ends[customer], last):
            value = np.exp(levels[customer] + trade.within * random.normal())
            if trade.giants and random.uniform() < 0.05:
                value *= 1 + random.pareto(1.8)
            rows.append((f"c{customer:06}", at, max(round(value, 2), 0.5)))
            if random.uniform() < leaves:
                break
            leaves = trade.leaves
            gap = random.gamma(trade.evenness, 1 / trade.evenness) / max(rates[customer], 1e-9)
            at = np.interp(np.interp(at, days, elapsed) + gap, elapsed, days, right=np.inf)
    found = pd.DataFrame(rows, columns=["customer_id", "day", "value"])
    found["ts"] = START + pd.to_timedelta((found.day * 86_400).astype("int64"), unit="s")
    return found[["customer_id", "ts", "value"]]


def write(trade: Trade, folder: pathlib.Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    every, as_of = orders(trade), START + pd.Timedelta(days=trade.asked)
    known = every[every.ts < as_of].sort_values(["customer_id", "ts"])
    ahead = every[(every.ts >= as_of) & (every.ts < as_of + pd.Timedelta(days=trade.horizon))].groupby("customer_id").value
    customers = pd.Index(sorted(known.customer_id.unique()), name="customer_id")
    truth = pd.DataFrame({"orders": ahead.size(), "value": ahead.sum().round(2)}).reindex(customers).fillna(0)
    known.to_csv(folder / "orders.csv", index=False)
    truth.astype({"orders": int}).reset_index().to_csv(folder / "truth.csv", index=False)
    facts = {"as_of": str(as_of.date()), "horizon_days": trade.horizon, "customers": len(customers), "churn_rate": float((truth.orders == 0).mean())}
    (folder / "case.json").write_text(json.dumps(facts, indent=1))
    print(folder.name, *(f"{name} {value}" for name, value in facts.items()))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("trades", nargs="*", metavar="TRADE")
    parser.add_argument("--again", type=int, default=0, metavar="N", help="draw all customers anew, for the Nth time: for what was not looked at while a change was thought of")
    options = parser.parse_args()
    if unknown := [name for name in options.trades if name not in TRADES]:
        parser.error(f"{unknown[0]} is none of {', '.join(TRADES)}")
    for name in options.trades or TRADES:
        trade = TRADES[name]
        write(replace(trade, seed=trade.seed + 1000 * options.again), options.folder / name)
