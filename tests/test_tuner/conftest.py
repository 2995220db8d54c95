"""Fixtures for searches in which training is not what is tested."""

import pytest

from tests.test_tuner._instant import Instant


@pytest.fixture
def instant(monkeypatch):
    """Every search of the test runs without training."""
    monkeypatch.setattr("tuner.study._runner.choose_engine", lambda name, training, *rest: Instant(training))


@pytest.fixture
def end_states():
    """A function: how each trial of a tuner's study ended; None for one that did not end."""
    return lambda tuner: [trial.user_attrs.get("outcome", {}).get("state") for trial in tuner.study.trials]
