"""One look for all plots: few lines, words beside what they name, colours that all eyes can tell apart."""

import matplotlib as mpl
from cycler import cycler
from matplotlib.axes import Axes

# Okabe and Ito's colours, in the order in which they are used here.
BLUE, ORANGE, GREEN, PINK, SKY, YELLOW = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00"
COLOURS = [BLUE, ORANGE, GREEN, PINK, SKY, YELLOW]
# What happened is dark; what nobody claims (chance, a naive rate, the rest) is grey.
ACTUAL, GREY, PALE = "#222222", "#8A8A8A", "#E3E3E3"
# From nothing to much; printed in black and white it still reads.
SHADES = "Blues"


def use_style() -> None:
    """Sets the look for every plot that follows."""
    mpl.rcParams.update(
        {
            "figure.figsize": (7.6, 3.9),
            "figure.dpi": 100,
            "figure.constrained_layout.use": True,
            "figure.facecolor": "white",
            "font.size": 10,
            "axes.prop_cycle": cycler(color=COLOURS),
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.spines.left": False,
            "axes.edgecolor": GREY,
            "axes.labelcolor": "#444444",
            "axes.labelsize": 9.5,
            "axes.grid": True,
            "axes.grid.axis": "y",
            "axes.axisbelow": True,
            "axes.titlesize": 12,
            "axes.titleweight": "bold",
            "axes.titlelocation": "left",
            "grid.color": PALE,
            "grid.linewidth": 0.8,
            "lines.linewidth": 2,
            "xtick.color": "#444444",
            "ytick.color": "#444444",
            "xtick.major.size": 0,
            "ytick.major.size": 0,
            "xtick.labelsize": 9,
            "ytick.labelsize": 9,
        }
    )


def headline(axes: Axes, title: str, below: str = "") -> None:
    """A title at the left that says what is seen, and a line in grey that says what is drawn."""
    axes.set_title(title, pad=24 if below else 10)
    if below:
        axes.annotate(
            below,
            (0, 1),
            xytext=(0, 8),
            xycoords="axes fraction",
            textcoords="offset points",
            color="#666666",
        )


def label(axes: Axes, text: str, at: tuple[float, float], colour: str, shift: tuple[float, float] = (6, 0)) -> None:
    """Words beside what they name, instead of a legend: at a point of the data, shifted by points of print."""
    side = "left" if shift[0] > 0 else "right" if shift[0] < 0 else "center"
    axes.annotate(
        text,
        at,
        xytext=shift,
        textcoords="offset points",
        color=colour,
        ha=side,
        va="center",
        fontweight="bold",
        fontsize=9,
        annotation_clip=False,
    )
