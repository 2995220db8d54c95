"""A program that does not train as compile and fit do is found out on the person's own model, whatever else fails to see it."""

from dataclasses import replace

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from search_spaces import SearchSpace, compiled_candidate, names
from tests.test_tuner.test_engines._trials import OneTrial
from tests.test_tuner.test_engines._zoo import ODD_ROWS, build, candidates, space, training
from tuner.engines import FusedEngine, RunningTrial
from tuner.engines.fused._first_steps import first_steps, step_count
from tuner.engines.fused._memo import Memo
from tuner.engines.fused._programs import Programs


class TensorFlowNoise(layers.Layer):
    def call(self, x, training=False):
        return x + tf.random.normal(tf.shape(x)) if training else x


def model(features, loss="mse", optimizer="sgd"):
    """One output over these features, compiled as a person compiles it."""
    inputs = keras.Input((5,))
    built = keras.Model(inputs, {"size": layers.Dense(2, name="size")(features(inputs))})
    built.compile(optimizer=optimizer, loss=loss)
    return built


def nothing(x):
    return layers.Dense(4, activation="tanh")(x)


def ran(make, candidate=None, baseline=names.CURRENT):
    """The outcome of one trial, and what the engine stored of its check."""
    searched = SearchSpace.around(make())
    shared, decisions = training(make, searched, epochs=1, rows=ODD_ROWS), Memo(None)
    trials = OneTrial()
    trials.waiting = [RunningTrial(0, candidate or compiled_candidate(make()), 3, baseline)]
    FusedEngine(shared, searched, 1, decisions=decisions).run(trials)
    (stored,) = [value for key, value in decisions._values.items() if names.AGREEMENT in key]
    return trials.outcomes[0], stored


@pytest.fixture(autouse=True)
def one_program(monkeypatch):
    """One lane without XLA, which is traced soonest; nothing else that sees these faults is at work."""
    monkeypatch.setenv("LOSS_WEIGHT_TUNER_PROGRAM", "1")
    monkeypatch.setattr("tuner.engines.fused._supported.call_effects", lambda *_: [])
    monkeypatch.setattr("tuner.engines.fused._lane_group.check_same_model", lambda *_: None)


def caught(outcome, stored, capfd, words="after 3 steps the traced program differs from compile and fit: '"):
    assert (outcome.state, outcome.engine) == (names.COMPLETE, "fit")
    assert not stored["agrees"]
    assert words in stored["sentence"]
    assert capfd.readouterr().err.count(f"Left to compile and fit, one trial after the other: {stored['sentence']}.") == 1


def test_a_program_that_agrees_trains_and_says_so(monkeypatch):
    monkeypatch.setenv("LOSS_WEIGHT_TUNER_PROGRAM", "2 xla")
    outcome, stored = ran(lambda: model(nothing))
    assert outcome.engine == "fused"
    assert stored["agrees"]
    assert stored["sentence"].startswith("trained as compile + fit: largest difference ")
    assert stored["sentence"].endswith(" after 3 steps, on this model")


def test_noise_of_tensorflow_is_caught(capfd):
    words = "compile and fit end elsewhere each time that they are repeated from one start: after 3 steps '"
    caught(*ran(lambda: model(lambda x: TensorFlowNoise()(nothing(x)))), capfd, words)


def test_a_trainable_variable_that_a_call_assigns_is_caught(capfd):
    caught(*ran(lambda: model(layers.SpectralNormalization(layers.Dense(4)))), capfd)


def test_a_model_that_lost_what_normalization_adapted_to_is_caught(capfd, monkeypatch):
    lost = model(lambda x: nothing(layers.Normalization(mean=0.0, variance=1.0)(x)))
    monkeypatch.setattr(Programs, "_model", lambda self, key, trial: lost)
    caught(*ran(lambda: model(lambda x: nothing(layers.Normalization(mean=0.5, variance=2.0)(x)))), capfd)


def test_a_loss_that_was_built_again_with_another_setting_is_caught(capfd):
    mistaken = compiled_candidate(model(nothing, "huber"))
    caught(*ran(lambda: model(nothing, keras.losses.Huber(delta=0.3)), mistaken), capfd)


def test_an_optimizer_that_lost_what_it_does_not_decay_is_caught(capfd):
    def decaying(exclude):
        optimizer = keras.optimizers.AdamW(0.01, weight_decay=0.5)
        if exclude:
            optimizer.exclude_from_weight_decay(var_names=["kernel"])
        return model(nothing, optimizer=optimizer)

    caught(*ran(lambda: decaying(True), compiled_candidate(decaying(False))), capfd)


def test_every_loss_is_checked_and_an_output_without_weight_too():
    searched = space(2, "adam")
    shared, (candidate,) = training(lambda: build("dense", 2), searched, epochs=1), candidates(searched, 1)
    trials = OneTrial(replace(candidate, weights={"yes": 0.0, "kind": 1.0}))
    engine = FusedEngine(shared, searched, 1)
    engine.run(trials)
    (group,) = engine._programs._groups.values()
    by_fit = group._choice._agreement._by_fit
    for output, choice in searched.outputs.items():
        assert {steps.candidate.losses[output].label for steps in by_fit} == {loss.label for loss in choice.losses}
        assert all(steps.candidate.weights[output] > 0 for steps in by_fit)


def test_the_first_steps_are_those_of_a_fit_by_hand():
    searched = space(1, "adam")
    shared, (candidate,) = training(lambda: build("dense", 1), searched, rows=ODD_ROWS), candidates(searched, 1)
    steps = first_steps(shared, candidate, seed=3, as_compiled=False)
    assert step_count(shared) == 3
    keras.utils.set_random_seed(3)
    by_hand, rows = build("dense", 1), shared.data.arrays
    by_hand.compile(keras.optimizers.Adam(candidate.learning_rate), searched.outputs["yes"].losses[0].build(), loss_weights=[0.5])
    by_hand.fit(rows.x, {"yes": rows.targets[0]}, batch_size=shared.batch_size, shuffle=False, verbose=0)
    for ours, theirs in zip(steps.exact.end, by_hand.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-6)
    assert all(0 < spread < 1e-5 for spread in steps.spreads)
