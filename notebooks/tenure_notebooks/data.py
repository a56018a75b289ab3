"""The orders that the notebooks work with, and what then happened."""

import os
from pathlib import Path

import pandas as pd

from tenure_notebooks.command import CLONE, HERE

CDNOW = CLONE / "training/cli/data/CDNOW_master.txt.gz"

# Which column of the CDNOW file is which, as `--map` takes it; the file has no header.
CDNOW_MAP = "customer_id=#1,occurred_at=#2,amount=#4"


def cdnow_orders() -> pd.DataFrame:
    """All 69,659 orders of CDNOW, which come with Tenure: customer_id, day, cds, amount in dollars."""
    names = ["customer_id", "day", "cds", "amount"]
    orders = pd.read_csv(CDNOW, sep=r"\s+", names=names, dtype={"customer_id": "str", "day": "str"})
    orders["day"] = pd.to_datetime(orders["day"], format="%Y%m%d", utc=True)
    return orders


def cdnow_sample() -> pd.DataFrame:
    """The orders of the 1/10 sample of CDNOW with which the papers worked: 6,919, of 2,357 customers."""
    orders = cdnow_orders()
    return orders[orders["customer_id"].isin(sample_ids())].reset_index(drop=True)


def sample_ids() -> list[str]:
    """The customers of the 1/10 sample by their numbers in the whole file, in the order in which papers count them."""
    return (HERE / "data/cdnow_sample_ids.txt").read_text(encoding="ascii").split()


def shop_data(name: str) -> Path | None:
    """A file of other shops' data, which may not come with Tenure; None, and a line that says so, without it.

    Looked for in the folder that TENURE_DATA names, else in `../shared/data` beside the clone.
    """
    folder = Path(os.environ.get("TENURE_DATA", CLONE.parent / "shared/data"))
    if (folder / name).is_file():
        return folder / name
    print(f"skipped: no {name}; name the folder that has it in TENURE_DATA")
    return None


def outcomes(orders: pd.DataFrame, as_of: str, days: int) -> pd.DataFrame:
    """What customers with an order before the as-of did in `[as_of, as_of + days)`.

    Returns:
        One row for each customer, by customer_id: `orders`, counted as days with an order; `spend`; `ordered`.
    """
    start = pd.Timestamp(as_of, tz="UTC") if pd.Timestamp(as_of).tz is None else pd.Timestamp(as_of)
    known = pd.Index(sorted(orders.loc[orders["day"] < start, "customer_id"].unique()), name="customer_id")
    within = orders[(orders["day"] >= start) & (orders["day"] < start + pd.Timedelta(days=days))]
    by_customer = within.groupby("customer_id")
    happened = pd.DataFrame({"orders": by_customer["day"].nunique(), "spend": by_customer["amount"].sum()})
    happened = happened.reindex(known, fill_value=0)
    happened["ordered"] = happened["orders"] > 0
    return happened
