"""XLA or not where layers draw random numbers: one choice for all trials of a study, whoever trains them."""

import optuna
import pytest
import tensorflow as tf
from tensorflow.python.framework import ops

from tests.test_tuner.test_engines._trials import OneTrial
from tests.test_tuner.test_engines._zoo import build, candidates, space, training
from tuner.engines import FusedEngine
from tuner.engines._custom_gradients import forgetting_custom_gradients
from tuner.engines.fused._calibration import Calibration
from tuner.engines.fused._lane_group import LaneGroup
from tuner.engines.fused._lane_program import LaneProgram
from tuner.study._shared_decisions import SharedDecisions


def unsettled(agreed):
    """An engine of trials with dropout, which takes XLA for faster and worth measuring."""
    searched = space(1, "sgd")
    shared = training(lambda: build("dropout", 1), searched, epochs=2)
    engine = FusedEngine(shared, searched, 2, verbose=0, decisions=agreed)
    return engine, OneTrial(*candidates(searched, 2))


@pytest.fixture
def xla_wins(monkeypatch):
    monkeypatch.setattr(Calibration, "worthwhile", lambda *_: True)
    monkeypatch.setattr(LaneGroup, "_timed", lambda self, option, picked: timed(self, option, picked, 1.0 - option.xla / 2))


def timed(group, option, picked, seconds, train=LaneGroup._timed):
    result = train(group, option, picked)
    group.calibration.seconds[option] = seconds
    return result


def test_xla_with_random_layers_is_decided_once_for_all_workers(xla_wins):
    study = optuna.create_study()
    first, trials = unsettled(SharedDecisions(study))
    first.run(trials)
    assert study.user_attrs == {"loss_weight_tuner_agreed/xla_with_random_layers": True}
    study.set_user_attr("loss_weight_tuner_agreed/xla_with_random_layers", False)
    second, others = unsettled(SharedDecisions(study))
    second.run(others)
    assert {option.xla for group in second._programs._groups.values() for option in group.calibration.seconds} == {False}
    assert [o.history for o in others.outcomes] != [o.history for o in trials.outcomes], "XLA draws other numbers"


def test_a_worker_that_was_slower_to_decide_trains_again_as_the_other_did(xla_wins):
    class Slower(SharedDecisions):
        def keep(self, what, value):
            super().keep(what, False)  # the other one, just before
            return super().keep(what, value)

    study = optuna.create_study()
    slower, trials = unsettled(Slower(study))
    slower.run(trials)
    again, expected = unsettled(SharedDecisions(study))
    again.run(expected)
    assert [o.history for o in trials.outcomes] == [o.history for o in expected.outcomes]


def test_an_xla_that_runs_out_of_memory_is_given_up_alone(xla_wins, monkeypatch):
    train = LaneProgram.train

    def hungry(self, lanes):
        if self.option.xla:
            raise tf.errors.ResourceExhaustedError(None, None, "no memory for XLA")
        return train(self, lanes)

    monkeypatch.setattr(LaneProgram, "train", hungry)
    engine, trials = unsettled(None)
    engine.run(trials)
    (group,) = engine._programs._groups.values()
    assert {option.xla for option in group.calibration.failed} == {True}
    again, expected = unsettled(None)
    monkeypatch.setattr(Calibration, "worthwhile", lambda *_: False)
    again.run(expected)
    assert [o.history for o in trials.outcomes] == [o.history for o in expected.outcomes]


def test_what_another_thread_still_traces_stays_registered():
    registry, name = ops.gradient_registry._registry, "CustomGradient-of-a-test"
    with forgetting_custom_gradients():
        with forgetting_custom_gradients():
            registry[name] = {}
        assert name in registry
    assert name not in registry
