"""Every column of every table is documented."""

import pytest

import reports
from tests.test_reports._simulated import simulated
from tests.test_reports._studies import BASELINES, make_study


@pytest.mark.parametrize("table", [reports.rank, reports.policies, reports.history_frame])
def test_every_column_of_the_search_is_documented(table):
    assert_documented(table(make_study([(0.8, 2.5)], BASELINES | {"policy:dwa": (0.7, 2.7)})))


@pytest.mark.parametrize("table", [reports.intervals, reports.finalists])
def test_every_column_of_the_replicates_is_documented(table):
    assert_documented(table(simulated()))


def assert_documented(table):
    described = reports.describe_columns(table)
    assert list(described) == list(table.columns)
    assert all(len(sentence) > 10 for sentence in described.values())
