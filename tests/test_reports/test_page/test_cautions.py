"""Warnings to the reader."""

import reports
from reports.page._cautions import cautions
from search_spaces import names
from tests.test_reports._studies import BASELINES, POINTS, make_study


def test_cautions():
    study = make_study(POINTS, BASELINES, states=(names.DIVERGED, names.DIVERGED))
    told = cautions(study, reports.rank(study), 4)
    assert told == ["2 trial(s) diverged: why (2)."]


def test_an_objective_with_one_value_for_all_is_told_first():
    study = make_study([(0.5, error) for _, error in POINTS], {"current": (0.5, 3.0)})
    first, *_ = cautions(study, reports.rank(study), 1)
    assert first.startswith("a/m is 0.5 in all 7 complete trials, so it tells no candidate from another")
