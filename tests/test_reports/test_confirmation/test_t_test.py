"""Intervals and p values against SciPy, and Holm's correction against a slow twin."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from reports.confirmation._t_test import holm, interval, p_values


@given(values=st.lists(st.floats(-10, 10), min_size=2, max_size=12).filter(lambda v: np.std(v) > 1e-3))
@settings(max_examples=50, deadline=None)
def test_intervals_and_p_values_equal_those_of_scipy(values):
    found, theirs = interval(np.array(values)), stats.ttest_1samp(values, 0.0)
    assert (found.low, found.high) == pytest.approx(tuple(theirs.confidence_interval(0.95)), rel=1e-9, abs=1e-12)
    assert p_values(np.array(values)) == pytest.approx(theirs.pvalue, rel=1e-9, abs=1e-12)


def test_few_and_equal_differences_claim_no_certainty():
    assert p_values(np.zeros(5)) == 1.0
    assert p_values(np.full(5, 0.1)) == 2.0**-4
    assert np.isnan(p_values(np.ones(1)))
    assert np.isnan(interval(np.ones(1)).low)


@given(p=st.lists(st.floats(0, 1), min_size=1, max_size=8))
@settings(max_examples=50, deadline=None)
def test_holm_equals_its_slow_twin(p):
    ordered, adjusted, largest = sorted(range(len(p)), key=lambda i: p[i]), [0.0] * len(p), 0.0
    for place, i in enumerate(ordered):
        largest = max(largest, min(1.0, (len(p) - place) * p[i]))
        adjusted[i] = largest
    assert holm(np.array(p)) == pytest.approx(adjusted)
    assert np.isnan(holm(np.array([np.nan, 0.01]))[0])
    assert holm(np.array([np.nan, 0.01]))[1] == 0.01
