"""Fixtures for searches in which training is not what is tested."""

from contextlib import contextmanager

import pytest

from tests.test_tuner._instant import Instant
from tuner.study import Study


@pytest.fixture
def instant(monkeypatch):
    """Every search of the test runs without training."""
    monkeypatch.setattr("tuner.study._runner.choose_engine", lambda name, training, *rest: Instant(training))


@pytest.fixture
def interrupted(monkeypatch):
    """A function: Ctrl-C comes when this many trials of a block have ended, and ends the block."""

    @contextmanager
    def after(count):
        finish, seen = Study.finish, []

        def interrupt(self, trial, outcome):
            seen.append(trial.number)
            if len(seen) == count:
                raise KeyboardInterrupt
            finish(self, trial, outcome)

        with monkeypatch.context() as patch:
            patch.setattr(Study, "finish", interrupt)
            with pytest.raises(KeyboardInterrupt):
                yield

    return after


@pytest.fixture
def end_states():
    """A function: how each trial of a tuner's study ended; None for one that did not end."""
    return lambda tuner: [trial.user_attrs.get("outcome", {}).get("state") for trial in tuner.study.trials]
