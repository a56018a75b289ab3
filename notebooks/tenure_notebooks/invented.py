"""Customers invented to ask a model about: so many orders, the last so long ago; or a whole shop drawn by a model."""

from collections.abc import Mapping

import numpy as np
import pandas as pd


def history_of(customer: str, as_of: str, age: int, last: int = 0, repeats: int = 0) -> pd.DataFrame:
    """The orders of a customer with a given summary (x, t_x, T), as a table to write for `tenure score`.

    The repeat orders lie on days of their own between the first day and the last; where exactly does not matter to
    the models of this family, which see only how many there were and when the last was.

    Args:
        customer: The name.
        as_of: The date of the question; the first order lies `age` days before it.
        age: T, in days.
        last: t_x, days from the first order to the last.
        repeats: x, how many orders came after the first.

    Raises:
        ValueError: No such history exists.
    """
    if not (0 <= repeats <= last <= age) or (repeats == 0) != (last == 0):
        raise ValueError(f"nobody has {repeats} repeat orders to day {last} of {age}")
    # The last `repeats` days up to day `last`, each with an order.
    days = [0, *range(last - repeats + 1, last + 1)] if repeats else [0]
    first = pd.Timestamp(as_of, tz="UTC") - pd.Timedelta(days=age)
    dates = [(first + pd.Timedelta(days=day)).strftime("%Y-%m-%d") for day in days]
    return pd.DataFrame({"customer_id": customer, "date": dates, "amount": 10.0})


def rhythmic_shop(customers: int, k: int, parameters: Mapping[str, float], begin: str, weeks: int) -> pd.DataFrame:
    """Orders drawn by MBG/CNBD-k, as a table to write for `tenure train`; the same at every call.

    A customer's gaps are the sum of k waits of one rate, which is Gamma(r, alpha) over customers, and after each order,
    the first too, the customer leaves with a probability that is Beta(a, b) over customers.

    Args:
        customers: How many; each comes some time in the first half.
        k: How regular they are; 1 is at random.
        parameters: r, alpha in weeks, a, b.
        begin: The first day.
        weeks: The length of the log.
    """
    chance, amounts = np.random.default_rng(1), np.random.default_rng(2)
    rows = []
    for customer in range(customers):
        rate = chance.gamma(parameters["r"], 1 / parameters["alpha"])
        leaves = chance.beta(parameters["a"], parameters["b"])
        week = chance.uniform(0, weeks / 2)
        while week < weeks:
            rows.append((f"c{customer:05}", week))
            if chance.random() < leaves:
                break
            week += chance.gamma(k, 1 / rate)
    table = pd.DataFrame(rows, columns=["customer_id", "week"])
    days = pd.Timestamp(begin) + pd.to_timedelta((7 * table.pop("week")).astype(int), unit="D")
    return table.assign(date=days.dt.strftime("%Y-%m-%d"), amount=amounts.gamma(4.0, 10.0, len(table)).round(2))
