"""Trials that fail."""

import optuna
import pytest

from tests.conftest import make_model
from tuner import StudyStopped


def test_several_failures_in_a_row_stop_the_study(build, data, make_tuner, end_states):
    calls = []

    def fails():
        calls.append(1)
        if len(calls) > 3:
            raise RuntimeError("no such file: vocabulary.txt")
        return build()

    tuner = make_tuner(fails, engine="fit")
    with pytest.raises(StudyStopped, match=r"(?s)3 trials in a row failed.*no such file: vocabulary.txt"):
        tuner.search(**data, n_trials=9)
    assert "failed" in end_states(tuner)
    assert "vocabulary.txt" in tuner.ranking()["reason"].max()


@pytest.mark.parametrize("sampler", [None, optuna.samplers.RandomSampler(seed=1)])
def test_a_build_function_that_refuses_some_values_fails_those_trials_alone(sampler, data, make_tuner, end_states, instant):
    def build(hp):
        if hp.Int("units", 1, 6, default=6) < 2:
            raise ValueError("one unit is too few")
        return make_model()

    tuner = make_tuner(build, space=make_tuner().space, sampler=sampler)
    tuner.search(**(data | {"epochs": 1}), n_trials=10)
    ended = end_states(tuner)[4:]
    assert ended.count("failed")
    assert ended.count("failed") + ended.count("complete") == 10
    assert "one unit is too few" in tuner.ranking()["reason"].max()
