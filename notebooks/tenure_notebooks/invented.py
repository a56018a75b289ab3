"""Customers invented to ask a model about: so many orders, the last so long ago."""

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
