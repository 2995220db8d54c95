"""How sure the pick is."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import reports
from tests.test_reports._simulated import simulated

pytestmark = pytest.mark.usefixtures("few_draws")
seeds = st.integers(0, 2**31)


@given(seed=seeds)
@settings(max_examples=10, deadline=None)
def test_probabilities_are_probabilities_and_the_pick_is_on_the_front(seed):
    table = reports.finalists(simulated(seed, effects=(1.0, 0.5)))
    assert table["pick_probability"].sum() == pytest.approx(1.0)
    assert table["front_probability"].between(0, 1).all()
    assert (table["pick_probability"] <= table["front_probability"] + 1e-12).all()
    assert table["pick"].tolist() == [True] + [False] * (len(table) - 1)
    assert (table["trial"] != 2).all(), "an output trained alone is no candidate"
