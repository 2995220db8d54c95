"""What must not change what replicates say."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import reports
from search_spaces import names
from tests.test_reports._simulated import A, B, changed, simulated

pytestmark = pytest.mark.usefixtures("few_draws")
seeds = st.integers(0, 2**31)


@given(seed=seeds)
@settings(max_examples=10, deadline=None)
def test_the_order_of_trials_and_the_names_of_seeds_change_nothing(seed):
    frame = simulated(seed)
    new_names = dict(zip(range(1, 11), np.random.default_rng(seed).permutation(10) + 1, strict=True)) | {0: 0}
    other = changed(frame, **{names.SEED: frame[names.SEED].map(new_names)}).sample(frac=1.0, random_state=seed % 1000)
    for table in (reports.intervals, reports.finalists):
        pd.testing.assert_frame_equal(table(frame), table(other), rtol=1e-6)
    assert reports.verdict(frame) == reports.verdict(other)


@given(seed=seeds, factor=st.sampled_from([0.01, 2.0, 1000.0]))
@settings(max_examples=10, deadline=None)
def test_the_unit_of_an_objective_changes_no_decision(seed, factor):
    frame = simulated(seed, effects=(2.0, 1.0))
    scaled = changed(frame, **{B: frame[B] * factor})
    one, other = reports.verdict(frame), reports.verdict(scaled)
    assert (one.kind, one.trial, one.better, one.worse) == (other.kind, other.trial, other.better, other.worse)
    pd.testing.assert_frame_equal(reports.finalists(frame), reports.finalists(scaled), rtol=1e-6)
    for rule in ({"prefer": {"a": 3}}, {"require": {"a": 0.805}}):
        assert reports.choose(frame, **rule) == reports.choose(scaled, **rule)
    assert reports.intervals(frame)["p_holm"].to_numpy() == pytest.approx(reports.intervals(scaled)["p_holm"], nan_ok=True)


@given(seed=seeds, rounding=st.sampled_from([0.0, 1e-8]))
@settings(max_examples=10, deadline=None)
def test_a_candidate_equal_to_current_is_never_a_gain(seed, rounding):
    frame = simulated(seed)
    values = frame[[A, B]].to_numpy(copy=True)
    of = frame[names.REPLICATE_OF].to_numpy(float)
    values[of == 4] = values[of == 0] * (1 + rounding)
    verdict = reports.verdict(changed(frame, **{A: values[:, 0], B: values[:, 1]}), trial=4)
    assert verdict.kind == names.NO_GAIN
    assert (verdict.better, verdict.worse) == ((), ())
