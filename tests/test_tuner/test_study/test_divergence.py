"""Trials that diverge: samplers take them for bad, and everything else for what they are."""

import numpy as np
import pytest
from optuna.samplers import RandomSampler
from optuna.storages import InMemoryStorage
from optuna.trial import TrialState

import reports
from benchmarks._crew import Crew, value
from search_spaces import names
from tests.test_tuner._instant import Instant
from tuner.engines import Outcome
from tuner.study import default_sampler

WAITED, N_TRIALS, HIGHEST_RATE = 20, 60, 1e-3


def share_of_late_divergences(sampler):
    """Two thirds of the space diverge, and what is best lies beside them."""
    crew, diverged = Crew(InMemoryStorage(), N_TRIALS, sampler), []
    with crew.worker:
        while (trial := crew.trials.next()) is not None:
            diverged.append(trial.candidate.learning_rate > HIGHEST_RATE)
            ended = Outcome(names.COMPLETE, [value(trial.candidate)])
            crew.trials.finish(trial, Outcome(names.DIVERGED, reason="NaN") if diverged[-1] else ended)
    return np.mean(diverged[WAITED:])


def test_a_sampler_that_learns_avoids_divergence():
    learns = [share_of_late_divergences(default_sampler(seed, 0, 0, conditional=False)) for seed in range(2)]
    assert np.mean(learns) < 0.75 * share_of_late_divergences(RandomSampler(seed=1))


class Diverging(Instant):
    """Equal weights diverge, and so does each second trial that the sampler chose."""

    def outcome(self, trial, trials):
        if trial.baseline == names.EQUAL or (not trial.baseline and trial.number % 2):
            return Outcome(names.DIVERGED, [[0.5, float("nan")]], 0.1, "instant", "epoch 2: the loss is NaN")
        return super().outcome(trial, trials)


def test_a_diverged_trial_is_neither_run_again_nor_counted_as_pruned(data, make_tuner, end_states, monkeypatch):
    monkeypatch.setattr("tuner.study._runner.choose_engine", lambda name, training, *rest: Diverging(training))
    tuner = make_tuner()
    tuner.search(**data, n_trials=6)
    ended = end_states(tuner)
    assert ended[1] == names.DIVERGED
    assert ended.count(names.DIVERGED) == 4
    assert names.PRUNED not in ended
    make_tuner().search(**data, n_trials=6)
    assert end_states(tuner) == ended
    assert sorted(tuner.ranking()["state"]) == sorted(ended)
    assert "4 trial(s) diverged: the loss is NaN" in reports.report_html(tuner.study)


@pytest.mark.parametrize("state", [TrialState.FAIL, TrialState.PRUNED])
def test_diverged_trials_are_read_alike_whatever_optuna_calls_them(state, data, make_tuner, instant, monkeypatch):
    monkeypatch.setattr("tuner.study._runner.choose_engine", lambda name, training, *rest: Diverging(training))
    monkeypatch.setattr("tuner.study._outcomes._STATES", {names.COMPLETE: TrialState.COMPLETE, names.DIVERGED: state})
    tuner = make_tuner()
    tuner.search(**data, n_trials=4)
    assert {trial.state for trial in tuner.study.trials if trial.user_attrs["outcome"]["state"] == names.DIVERGED} == {state}
    assert (tuner.ranking()["state"] == names.DIVERGED).sum() == 3
