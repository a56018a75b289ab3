"""Counting what happened, on a handful of orders whose answer can be seen."""

import unittest

import pandas as pd

from tenure_notebooks import cdnow_orders, cdnow_sample, history_of, outcomes, rhythmic_shop, sample_ids


def orders_of(*rows: tuple[str, str, float]) -> pd.DataFrame:
    """A table of orders from (customer, day, amount)."""
    table = pd.DataFrame(rows, columns=["customer_id", "day", "amount"])
    table["day"] = pd.to_datetime(table["day"], utc=True)
    return table


class Outcomes(unittest.TestCase):
    """The window is `[as_of, as_of + days)`, of customers known before it."""

    def test_the_first_instant_is_in_the_window_and_the_last_is_not(self) -> None:
        orders = orders_of(("a", "2024-01-01", 1), ("a", "2024-02-01", 2), ("a", "2024-03-02", 4))
        happened = outcomes(orders, "2024-02-01", 30)
        self.assertEqual(happened.loc["a", "orders"], 1)
        self.assertEqual(happened.loc["a", "spend"], 2)

    def test_orders_of_one_day_are_one(self) -> None:
        orders = orders_of(("a", "2024-01-01", 1), ("a", "2024-02-03", 2), ("a", "2024-02-03", 4))
        happened = outcomes(orders, "2024-02-01", 30)
        self.assertEqual(list(happened.loc["a"]), [1, 6, True])

    def test_only_customers_of_before_are_asked_about(self) -> None:
        orders = orders_of(("b", "2024-01-31", 1), ("a", "2024-02-01", 2))
        happened = outcomes(orders, "2024-02-01", 30)
        self.assertEqual(list(happened.index), ["b"])
        self.assertFalse(happened.loc["b", "ordered"])


class Cdnow(unittest.TestCase):
    """The files are the ones that the papers used."""

    def test_the_numbers_of_the_papers(self) -> None:
        everybody, sample = cdnow_orders(), cdnow_sample()
        self.assertEqual((len(everybody), everybody["customer_id"].nunique()), (69_659, 23_570))
        self.assertEqual((len(sample), sample["customer_id"].nunique()), (6_919, 2_357))

    def test_customer_1516_of_the_sample_has_26_repeat_orders_in_39_weeks(self) -> None:
        sample = cdnow_sample()
        busy = sample[(sample["customer_id"] == sample_ids()[1515]) & (sample["day"] < "1997-10-01")]
        self.assertEqual(busy["day"].nunique() - 1, 26)


class Invented(unittest.TestCase):
    """Invented customers have the summary that was asked for."""

    def test_a_history_has_its_summary(self) -> None:
        history = history_of("x", "2024-10-01", age=100, last=40, repeats=3)
        days = pd.to_datetime(history["date"])
        self.assertEqual(len(days), 4)
        self.assertEqual((days.max() - days.min()).days, 40)
        self.assertEqual((pd.Timestamp("2024-10-01") - days.min()).days, 100)

    def test_histories_that_nobody_has_are_refused(self) -> None:
        for last, repeats in [(0, 1), (5, 0), (5, 6), (101, 3)]:
            with self.assertRaises(ValueError):
                history_of("x", "2024-10-01", age=100, last=last, repeats=repeats)

    def test_a_shop_with_a_rhythm_has_gaps_as_even_as_its_k_says(self) -> None:
        # All at one rate and none leaves, so that gaps vary by one over the root of k.
        even = {"r": 1e6, "alpha": 5e6, "a": 1e-9, "b": 1.0}
        shop = rhythmic_shop(200, k=4, parameters=even, begin="2023-01-01", weeks=400)
        days = (pd.to_datetime(shop["date"]) - pd.Timestamp("2023-01-01")).dt.days
        gaps = days.groupby(shop["customer_id"]).diff().dropna()
        self.assertAlmostEqual(gaps.mean() / 7, 20, delta=1)
        self.assertAlmostEqual(gaps.std() / gaps.mean(), 0.5, delta=0.03)
        again = rhythmic_shop(200, k=4, parameters=even, begin="2023-01-01", weeks=400)
        pd.testing.assert_frame_equal(shop, again)


if __name__ == "__main__":
    unittest.main()
