"""Warnings to the reader."""

import reports
from reports.page._cautions import cautions
from search_spaces import names
from tests.test_reports._studies import BASELINES, POINTS, make_study


def test_cautions():
    study = make_study(POINTS, BASELINES, states=(names.DIVERGED, names.DIVERGED))
    told = cautions(study, reports.rank(study), 4)
    assert told == ["2 trial(s) diverged: why (2)."]
