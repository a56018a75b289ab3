"""JSON as tables."""

import math
import unittest

import pandas as pd

from tenure_notebooks import frames


def evaluation(**values: float) -> dict[str, dict[str, float]]:
    """What `evaluate` prints, every measure 0.5 but those that are named."""
    parts: dict[str, dict[str, float]] = {"churn": {}, "value": {}}
    for measure in frames.MEASURES:
        parts[measure.part][measure.key] = values.get(measure.key, 0.5)
    return parts


class SideBySide(unittest.TestCase):
    """The best is the best by each measure's own sense."""

    def test_each_sense_of_better(self) -> None:
        table = frames.side_by_side(
            {
                "old": evaluation(auc=0.7, log_loss=0.3, bias=-0.1),
                "new": evaluation(auc=0.8, log_loss=0.4, bias=0.2),
            }
        )
        self.assertEqual(table.loc["churn: AUC", "best"], "new")
        self.assertEqual(table.loc["churn: log loss", "best"], "old")
        self.assertEqual(table.loc["value: bias", "best"], "old")


class Missing(unittest.TestCase):
    """What a command does not say is missing, not zero and not an error."""

    def test_a_measure_that_is_not_defined_is_not_a_number(self) -> None:
        whole = evaluation()
        evaluated = {"churn": {**whole["churn"], "auc": None}, "value": whole["value"]}
        self.assertTrue(math.isnan(frames.measures(evaluated)["churn: AUC"]))

    def test_a_bundle_without_a_fit_has_no_parameters(self) -> None:
        self.assertEqual(len(frames.parameters({"spend_fit": None}, "spend_fit")), 0)
        self.assertEqual(len(frames.parameters({})), 0)


class Reliability(unittest.TestCase):
    """Groups are of equal size and in order."""

    def test_means_of_two_groups(self) -> None:
        probability = pd.Series([0.9, 0.1, 0.3, 0.7])
        happened = pd.Series([True, False, False, False])
        table = frames.reliability(probability, happened, groups=2)
        self.assertEqual(list(table["customers"]), [2, 2])
        self.assertAlmostEqual(table["predicted"].iloc[0], 0.2)
        self.assertAlmostEqual(table["happened"].iloc[1], 0.5)


class Tenths(unittest.TestCase):
    """The error by tenths is the mean of what the table shows."""

    def test_a_tenth_that_spent_nothing_is_off_by_nothing_that_can_be_said(self) -> None:
        means = [(8.0, 10.0), (0.3, 0.1), (0.2, 0.0)]
        deciles = [{"customers": 9, "mean_predicted": said, "mean_actual": came} for said, came in means]
        table = frames.tenths({"deciles": deciles})
        self.assertEqual(list(table.index), [1, 2, 3])
        self.assertAlmostEqual(table["off by"].mean(), (0.2 + 2.0) / 2)
        self.assertTrue(table["off by"].isna().loc[3])


class Auc(unittest.TestCase):
    """Pairs of customers, counted by hand."""

    def test_pairs_in_order_and_a_tie(self) -> None:
        probability = pd.Series([0.9, 0.5, 0.5, 0.1])
        # Of the four pairs three are in order, and one is a tie.
        self.assertAlmostEqual(frames.auc(probability, pd.Series([True, True, False, False])), 3.5 / 4)

    def test_without_pairs_there_is_none(self) -> None:
        self.assertTrue(math.isnan(frames.auc(pd.Series([0.1, 0.2]), pd.Series([True, True]))))


class Survival(unittest.TestCase):
    """What was not counted is missing, and what is projected stays."""

    def test_a_period_that_nobody_has_counted(self) -> None:
        rows = [
            {"period": 0, "actual": 1.0, "sbg": 1.0, "bdw": 1.0},
            {"period": 1, "actual": None, "sbg": 0.8, "bdw": 0.7},
        ]
        table = frames.survival({"survival": rows})
        self.assertEqual(list(table["actual"].isna()), [False, True])
        self.assertEqual(list(table.loc[1, ["sBG", "BdW"]]), [0.8, 0.7])


class Moves(unittest.TestCase):
    """Nobody is lost between the list and the matrix."""

    def test_a_matrix_of_moves(self) -> None:
        moves = [
            {"from": None, "to": "vip", "customers": 2},
            {"from": "vip", "to": "vip", "customers": 5},
            {"from": "vip", "to": "loyal", "customers": 1},
        ]
        matrix = frames.moves({"moves": moves})
        self.assertEqual(matrix.loc["not there yet", "vip"], 2)
        self.assertEqual(matrix.loc["vip", "loyal"], 1)
        self.assertEqual(matrix.loc["not there yet", "loyal"], 0)


class Candidates(unittest.TestCase):
    """Means are over dates that candidates share, or say that they are not."""

    def test_means_are_over_the_dates_of_the_chosen_one(self) -> None:
        def row(candidate: str, day: int, brier: float, *, chosen: bool = False) -> dict[str, object]:
            return {"candidate": candidate, "origin": day, "chosen": chosen, "churn: Brier score": brier}

        rows = [
            row("bg_nbd+level", 1, 0.3),
            row("naive_rate", 1, 0.9),
            row("boosted", 2, 0.1, chosen=True),
            row("naive_rate", 2, 0.2),
        ]
        titles = [measure.title for measure in frames.MEASURES]
        table = pd.DataFrame(rows).reindex(columns=["candidate", "origin", "chosen", *titles])
        shown = frames.candidates(table)
        self.assertEqual(list(shown.columns), ["boosted (chosen)", "naive_rate", "bg_nbd + level"])
        self.assertEqual(list(shown.loc["past dates"]), ["1", "1", "1 others"])
        self.assertEqual(list(shown.loc["churn: Brier score"]), [0.1, 0.2, 0.3])


class Drift(unittest.TestCase):
    """What drift says, with nothing in it and with something."""

    def test_nothing_is_an_empty_table(self) -> None:
        empty: dict[str, list[dict[str, float]]] = {"windows": [], "features": []}
        self.assertEqual((len(frames.windows(empty)), len(frames.stability(empty))), (0, 0))

    def test_windows_and_features_have_a_row_each(self) -> None:
        window = {
            "from": 0,
            "churn": {"auc": None},
            "mean_churn_probability": 0.7,
            "churn_rate": 0.8,
            "predicted_value_total": 10.0,
            "value_total": 12.0,
        }
        feature = {"feature": "frequency", "psi": 0.3, "by_chance": 0.02, "missing_now": 0.0, "shift": "strong"}
        drift = {"windows": [window], "features": [feature]}
        self.assertEqual(list(frames.windows(drift)["came"]), [0.8])
        self.assertEqual(list(frames.stability(drift).loc["frequency"]), [0.3, 0.02, "strong"])


if __name__ == "__main__":
    unittest.main()
