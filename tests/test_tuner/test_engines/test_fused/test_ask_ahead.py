"""Trials are asked for beside training."""

import threading

import pytest

from tuner import StudyStopped
from tuner.engines.fused._ask_ahead import AskAhead


class Numbers:
    """Gives whole numbers for trials, and says in which thread it was asked."""

    def __init__(self, count):
        self.left, self.threads = list(range(count)), set()

    def next(self):
        self.threads.add(threading.current_thread().name)
        if self.left and self.left[0] == 7:
            raise StudyStopped("enough")
        return self.left.pop(0) if self.left else None


def test_trials_are_asked_for_beside_training_and_come_in_order():
    trials = Numbers(5)
    ahead = AskAhead(trials)
    with ahead.asking(3):
        pass
    assert "MainThread" not in trials.threads
    assert trials.left == [3, 4]
    assert [ahead.next() for _ in range(6)] == [0, 1, 2, 3, 4, None]
    with ahead.asking(2):
        pass
    assert ahead.next() is None


def test_what_stops_the_asking_stops_the_study():
    ahead = AskAhead(Numbers(9))
    with pytest.raises(StudyStopped, match="enough"), ahead.asking(8):
        pass
