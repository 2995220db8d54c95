"""XLA or not where layers draw random numbers: one choice for all trials of a study, whoever trains them."""

import numpy as np
import optuna
import pytest
import tensorflow as tf

from tests.test_tuner.test_engines._trials import OneTrial
from tests.test_tuner.test_engines._zoo import build, candidates, space, training
from tuner.engines import FusedEngine
from tuner.engines.fused._calibration import Calibration
from tuner.engines.fused._lane_group import LaneGroup
from tuner.engines.fused._lane_program import LaneProgram
from tuner.study._shared_decisions import SharedDecisions

DECISION = "loss_weight_tuner_agreed/xla_with_random_layers"


def undecided(decisions):
    """An engine of trials with dropout, which has yet to choose XLA or not."""
    searched = space(1, "sgd")
    shared = training(lambda: build("dropout", 1), searched, epochs=2)
    engine = FusedEngine(shared, searched, 2, verbose=0, decisions=decisions)
    return engine, OneTrial(*candidates(searched, 2))


def options(engine):
    """XLA or not, of every option that was measured."""
    return {option.xla for group in engine._programs._groups.values() for option in group.calibration.seconds}


@pytest.fixture(scope="module")
def without_xla():
    """The histories of the trials in a study whose first worker decided against XLA."""
    study = optuna.create_study()
    study.set_user_attr(DECISION, False)
    engine, trials = undecided(SharedDecisions(study))
    engine.run(trials)
    assert options(engine) == {False}
    return [outcome.history for outcome in trials.outcomes]


@pytest.fixture
def xla_wins(monkeypatch):
    monkeypatch.setattr(Calibration, "worthwhile", lambda *_: True)
    monkeypatch.setattr(LaneGroup, "_timed", lambda self, option, picked: timed(self, option, picked, 1.0 - option.xla / 2))


def timed(group, option, picked, seconds, train=LaneGroup._timed):
    result = train(group, option, picked)
    group.calibration.seconds[option] = seconds
    return result


def test_xla_with_random_layers_is_decided_once_for_all_workers(without_xla, xla_wins):
    study = optuna.create_study()
    first, trials = undecided(SharedDecisions(study))
    first.run(trials)
    assert study.user_attrs[DECISION] is True
    assert options(first) == {True}
    assert [o.history for o in trials.outcomes] != without_xla, "XLA draws other numbers"


def test_a_worker_that_was_slower_to_decide_trains_again_as_the_other_did(without_xla, xla_wins):
    class Slower(SharedDecisions):
        def keep(self, what, value):
            super().keep(what, False)  # the other one, just before
            return super().keep(what, value)

    slower, trials = undecided(Slower(optuna.create_study()))
    slower.run(trials)
    assert options(slower) == {False}
    np.testing.assert_allclose([o.history for o in trials.outcomes], without_xla, rtol=1e-6)  # in another number of lanes


def test_an_xla_that_runs_out_of_memory_is_given_up_alone(without_xla, xla_wins, monkeypatch):
    train = LaneProgram.train

    def hungry(self, lanes):
        if self.option.xla:
            raise tf.errors.ResourceExhaustedError(None, None, "no memory for XLA")
        return train(self, lanes)

    monkeypatch.setattr(LaneProgram, "train", hungry)
    engine, trials = undecided(None)
    engine.run(trials)
    (group,) = engine._programs._groups.values()
    assert {option.xla for option in group.calibration.failed} == {True}
    np.testing.assert_allclose([o.history for o in trials.outcomes], without_xla, rtol=1e-6)  # in another number of lanes
