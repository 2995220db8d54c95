"""Which trials start is decided on the list of trials alone, and deciding changes nothing."""

import time

import pytest
from optuna.samplers import RandomSampler
from optuna.storages import InMemoryStorage
from optuna.trial import TrialState, create_trial

from benchmarks._crew import Crew
from search_spaces import names
from tuner.engines import Outcome
from tuner.study import Limits
from tuner.study._admission import Admission


def listed(*trials):
    """Trials with the numbers that a storage would give them."""
    for number, trial in enumerate(trials):
        trial.number = number
    return list(trials)


def complete(**attributes):
    return create_trial(values=[0.0], user_attrs={names.OUTCOME: {"state": names.COMPLETE}, **attributes})


def interrupted():
    return create_trial(state=TrialState.FAIL, user_attrs={names.OUTCOME: {"state": names.INTERRUPTED}})


def running(**attributes):
    return create_trial(state=TrialState.RUNNING, user_attrs=attributes)


def waiting(**attributes):
    return create_trial(state=TrialState.WAITING, user_attrs=attributes)


BASELINE, REPLICATE, AGAIN = {names.BASELINE: "equal"}, {names.REPLICATE_OF: 0}, {names.KEY: "again:0"}


@pytest.mark.parametrize(
    ("trials", "starts"),
    [
        ([], True),
        ([complete()], True),
        ([complete(), running()], False),
        ([complete(), complete()], False),
        ([complete(), complete(**BASELINE)], True),
        ([complete(), complete(), waiting(**BASELINE)], True),
        ([complete(), complete(), waiting(**REPLICATE)], False),
        ([interrupted(), complete(), complete(**AGAIN)], False),
    ],
)
def test_a_search_of_two_trials(trials, starts):
    trials = listed(*trials)
    assert Admission(Limits(2), None, replicates=False).may_start(trials) is starts
    assert not Admission(Limits(2, deadline=time.monotonic()), None, replicates=False).may_start(trials)


@pytest.mark.parametrize(("trial", "starts"), [(waiting(**REPLICATE), True), (waiting(**BASELINE), False), (waiting(), False)])
def test_a_confirmation_starts_replicates_alone(trial, starts):
    assert Admission(Limits(0), None, replicates=True).may_start(listed(complete(), trial)) is starts


@pytest.mark.parametrize(
    ("trials", "reason"),
    [
        ([complete(), running()], ""),
        ([complete(), running(), running()], "other workers started the last trials"),
        ([complete(), running(), running(**BASELINE)], ""),
        ([interrupted(), running(), running(**AGAIN)], ""),
        ([interrupted(), running(**AGAIN), running(**AGAIN)], "another worker queued the same trial"),
        ([complete(), running(), running(**AGAIN)], "the trial that this one was to repeat did finish"),
    ],
)
def test_the_last_trial_of_a_search_of_two(trials, reason):
    trials = listed(*trials)
    assert Admission(Limits(2), None, replicates=False).reason_to_withdraw(trials, len(trials) - 1) == reason


def test_asking_for_a_decision_often_changes_no_trial():
    asked_often, asked_once = (Crew(InMemoryStorage(), 6, RandomSampler(seed=5)) for _ in range(2))
    for _ in range(6):
        for _ in range(3):
            assert asked_often.trials._may_start()
        started = [crew.trials.next() for crew in (asked_often, asked_once)]
        assert started[0].candidate == started[1].candidate
        for crew, trial in zip((asked_often, asked_once), started, strict=True):
            assert crew.trials._admission.reason_to_withdraw(crew.study.trials, trial.number) == ""
            crew.trials.finish(trial, Outcome(names.COMPLETE, [[0.0, 0.0]]))
    assert not asked_often.trials._may_start()
