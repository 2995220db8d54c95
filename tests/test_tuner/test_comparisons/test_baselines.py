"""Trials that no sampler chose."""

import pytest

from search_spaces import names
from tuner.study._starting import start_trial

pytestmark = pytest.mark.usefixtures("instant")


def test_a_baseline_that_failed_is_tried_again(data, make_tuner, monkeypatch, end_states):
    def fails(trial, design):
        if trial.user_attrs.get(names.BASELINE) == "equal":
            raise RuntimeError("the disk was full for a moment")
        return start_trial(trial, design)

    tuner = make_tuner()
    monkeypatch.setattr("tuner.study._study.start_trial", fails)
    tuner.search(**data, n_trials=1)
    assert end_states(tuner).count("failed") == 1
    monkeypatch.undo()
    tuner.search(**data, n_trials=1)
    tuner.search(**data, n_trials=1)
    assert [trial.user_attrs.get(names.BASELINE) for trial in tuner.study.trials].count("equal") == 2
    assert end_states(tuner).count("complete") == 5
    assert set(tuner.best_config().objectives[0]["baselines"]) == {"current", "equal", "single:urgent", "single:kind"}
