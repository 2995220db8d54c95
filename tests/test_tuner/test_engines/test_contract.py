"""The same contract on every engine."""

from collections.abc import Callable
from dataclasses import replace

import keras
import numpy as np
import pytest

from search_spaces import SearchSpace, names
from search_spaces._losses import loss_spec
from tests.test_tuner.test_engines._trials import OneTrial
from tests.test_tuner.test_engines._zoo import HELD_OUT, build, candidates, training
from tuner.engines import FitEngine, FusedEngine
from tuner.engines._evaluation import Evaluation
from tuner.inputs import Objective, resolve, take_rows


def explodes(targets, predictions):
    return keras.ops.sum(keras.ops.log(predictions * 0 - 1.0), axis=-1)


def raises(targets, predictions):
    raise RuntimeError("my own mistake")


def spread(targets, predictions):
    """An objective that has no value on a few rows."""
    return np.nan if len(targets) < HELD_OUT else float(predictions.std())


def crossentropy():
    return keras.losses.CategoricalCrossentropy(from_logits=True)


SPACE = SearchSpace(
    {"yes": [keras.losses.BinaryCrossentropy(from_logits=True), explodes], "kind": crossentropy()}, optimizer="adam"
)
OBJECTIVES = [Objective("yes", spread, "max"), Objective("kind", "accuracy")]


@pytest.fixture(scope="module")
def shared():
    """What two epochs of a small model share; the test data are the validation data."""
    common = training(lambda: build("dense", 2), SPACE, measures=resolve(OBJECTIVES, SPACE), epochs=2, shuffle=True)
    return replace(common, test=common.validation)


def sound(count=1):
    """Candidates whose losses are finite."""
    losses = {name: out.losses[0] for name, out in SPACE.outputs.items()}
    return [replace(one, losses=losses) for one in candidates(SPACE, count)]


def with_loss(function):
    (candidate,) = sound()
    return replace(candidate, losses={**candidate.losses, "yes": loss_spec(function)})


@pytest.fixture(scope="class")
def engine(request, shared):
    """One engine for all tests of a contract: what it compiled once, it has."""
    return request.cls.make(shared)


@pytest.fixture
def few_lanes(monkeypatch):
    """A program that compiles in a second, for what must not depend on it."""
    monkeypatch.setenv("LOSS_WEIGHT_TUNER_PROGRAM", "2 unchecked")


class EngineContract:
    """What a study may rely on, whichever engine trains; subclasses say how an engine is made."""

    make: Callable
    name: str

    def ran(self, engine, *trials, **given):
        """The outcomes by trial number, and what was reported."""
        asked = OneTrial(*trials, **given)
        numbers, finish = [], asked.finish
        asked.finish = lambda trial, outcome: (numbers.append(trial.number), finish(trial, outcome))
        engine.run(asked)
        return dict(zip(numbers, asked.outcomes, strict=True)), asked.reported

    def test_every_trial_is_reported_after_each_epoch_and_finished_once(self, engine):
        outcomes, reported = self.ran(engine, *sound(3))
        assert sorted(outcomes) == [0, 1, 2]
        for number, outcome in outcomes.items():
            assert (outcome.state, outcome.engine, outcome.reason) == (names.COMPLETE, self.name, "")
            epochs = [(epoch, list(values)) for trial, epoch, values in reported if trial == number]
            assert epochs == list(enumerate(map(list, outcome.history), start=1))
            assert len(epochs) == 2
            assert outcome.values == list(outcome.history[-1])
            assert outcome.seconds > 0

    def test_the_model_of_a_candidate_has_the_values_of_its_trial(self, engine, shared):
        (candidate,) = sound()
        outcomes, _ = self.ran(engine, candidate)
        model = engine.fit(candidate, seed=3)
        values = Evaluation(model, shared.measures, shared.outputs)(shared.validation)
        assert values == pytest.approx(outcomes[0].values, abs=1e-6)
        assert float(model.optimizer.learning_rate) == pytest.approx(candidate.learning_rate)

    def test_equal_seeds_give_equal_trials(self, engine):
        outcomes, _ = self.ran(engine, *sound() * 2)
        assert outcomes[0].history == outcomes[1].history

    def test_a_complete_trial_is_measured_on_the_test_data_once_at_the_end(self, engine):
        outcomes, _ = self.ran(engine, *sound())
        assert outcomes[0].test_values == pytest.approx(outcomes[0].values)
        assert outcomes[0].to_dict()["test_values"] == list(outcomes[0].test_values)

    def test_without_test_data_nothing_else_changes(self, few_lanes, shared):
        outcomes, _ = self.ran(type(self).make(shared), *sound())
        without, _ = self.ran(type(self).make(replace(shared, test=None)), *sound())
        assert without[0].history == outcomes[0].history
        assert without[0].test_values is None
        assert "test_values" not in without[0].to_dict()

    def test_test_data_without_a_value_are_a_divergence(self, few_lanes, shared):
        few = replace(shared, test=take_rows(shared.validation, slice(0, 3)), epochs=1)
        outcomes, _ = self.ran(type(self).make(few), *sound())
        assert outcomes[0].state == names.DIVERGED
        assert outcomes[0].reason == "objective yes/spread is not finite on the test data"

    def test_a_pruned_trial_stops_and_is_not_tested(self, engine):
        outcomes, reported = self.ran(engine, *sound(), keep=False)
        assert (outcomes[0].state, outcomes[0].reason) == (names.PRUNED, "epoch 1: stopped by the pruner")
        assert (len(outcomes[0].history), len(reported)) == (1, 1)
        assert outcomes[0].test_values is None
        assert outcomes[0].values is None

    def test_a_diverging_trial_ends_alone_and_names_epoch_and_output(self, engine):
        good = sound(2)
        outcomes, reported = self.ran(engine, good[0], with_loss(explodes), good[1])
        assert [outcomes[at].state for at in range(3)] == [names.COMPLETE, names.DIVERGED, names.COMPLETE]
        assert outcomes[1].reason == "epoch 1: the loss of output 'yes' is not finite"
        assert outcomes[1].values is None
        assert {number for number, *_ in reported} == {0, 2}

    def test_a_loss_that_raises_fails_its_trial_alone(self, engine):
        outcomes, _ = self.ran(engine, with_loss(raises), *sound())
        assert [outcomes[at].state for at in range(2)] == [names.FAILED, names.COMPLETE]
        assert "my own mistake" in outcomes[0].reason


class TestFit(EngineContract):
    make, name = FitEngine, "fit"


class TestFused(EngineContract):
    name = "fused"

    @staticmethod
    def make(training):
        return FusedEngine(training, SPACE, expected=4, verbose=0)


def test_objectives_of_the_engines_are_equal_to_rounding(shared, few_lanes):
    in_order = replace(shared, shuffle=False)
    ours, _ = TestFused().ran(TestFused.make(in_order), *sound(2))
    theirs, _ = TestFit().ran(FitEngine(in_order), *sound(2))
    for number in ours:
        assert np.array(ours[number].history) == pytest.approx(np.array(theirs[number].history), abs=1e-3)


def test_a_shuffled_trial_is_the_same_in_both_engines_to_rounding(shared, few_lanes):
    (candidate,) = sound()
    ours, theirs = TestFused.make(shared).fit(candidate, seed=3), FitEngine(shared).fit(candidate, seed=3)
    for by_lane, by_fit in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(by_lane, by_fit, atol=1e-5)
