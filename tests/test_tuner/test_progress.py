"""What progress says of speed."""

import pytest

from tuner._progress import Pace


def test_the_wait_for_the_first_trial_is_no_measure_of_the_rest():
    pace = Pace(0.0, 10)
    assert pace.a_second == 0.0
    for second in range(20):
        pace.finished(30.0 + second, 11 + 2 * second)
    assert pace.a_second == pytest.approx(2.0)


def test_a_study_that_slows_down_says_so():
    pace = Pace(0.0, 0)
    for second in range(1, 101):
        pace.finished(second, 10 * second)
    for second in range(101, 301):
        pace.finished(second, 1000 + (second - 100))
    assert pace.a_second == pytest.approx(1.0)


def test_lanes_that_finish_together_are_no_speed():
    pace = Pace(0.0, 0)
    for trial in range(1, 9):
        pace.finished(20.0 + trial / 1000, trial)
    assert pace.a_second == pytest.approx(8 / 20, rel=1e-2)
