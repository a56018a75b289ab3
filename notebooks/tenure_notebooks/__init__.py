"""What the notebooks share: the command line as a function, its outputs as tables, one style of plots.

Nothing is modelled here. Every prediction comes out of `tenure`; Python reads, counts what happened, and draws.
"""

from tenure_notebooks import frames, plots
from tenure_notebooks.command import TenureError, Workplace
from tenure_notebooks.data import CDNOW_MAP, cdnow_orders, cdnow_sample, outcomes, sample_ids, shop_data
from tenure_notebooks.invented import history_of, rhythmic_shop
from tenure_notebooks.style import use_style

__all__ = [
    "CDNOW_MAP",
    "TenureError",
    "Workplace",
    "cdnow_orders",
    "cdnow_sample",
    "frames",
    "history_of",
    "outcomes",
    "plots",
    "rhythmic_shop",
    "sample_ids",
    "shop_data",
    "use_style",
]

use_style()
