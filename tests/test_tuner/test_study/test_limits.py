"""When no further trial is started."""

import pytest
from optuna.trial import TrialState

pytestmark = pytest.mark.usefixtures("instant")


def test_a_timeout_starts_nothing_more(data, make_tuner):
    tuner = make_tuner()
    tuner.search(**data, n_trials=50, timeout=0.0)
    assert all(trial.state == TrialState.WAITING for trial in tuner.study.trials)
