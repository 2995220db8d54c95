"""The price of compromise, and how the front grew."""

import numpy as np
import pytest

import reports
from tests.test_reports._studies import BASELINES, POINTS, make_study


def test_the_price_of_compromise():
    ranking = reports.rank(make_study(POINTS, BASELINES))
    pick = int(ranking.iloc[0]["trial"])
    table = reports.compromise(ranking, pick)
    assert table["best"].tolist() == [0.89, 2.2]
    assert table["alone"].tolist() == [0.9, 2.0]
    np.testing.assert_allclose(table["difference"], table["picked"] - table["best"])
    assert set(reports.describe_columns(table)) == set(table.columns)


def test_the_hypervolume_grows_to_that_of_the_ranking():
    ranking = reports.rank(make_study(POINTS, BASELINES))
    table = reports.hypervolume_history(ranking)
    assert (np.diff(table["hypervolume"]) >= 0).all()
    assert table["hypervolume"].iloc[-1] == pytest.approx(ranking.attrs["hypervolume"])
