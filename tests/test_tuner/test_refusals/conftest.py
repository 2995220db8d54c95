"""Searches that show what is read and refused: which program trains them does not matter here."""

import pytest

from benchmarks.same_trials import PROGRAM_VARIABLE

pytest.register_assert_rewrite("tests.test_tuner.test_refusals._tables")


@pytest.fixture(autouse=True)
def one_lane_without_xla(monkeypatch):
    """No program is measured, and XLA compiles nothing."""
    monkeypatch.setenv(PROGRAM_VARIABLE, "1")
