"""What a build draws beside its variables is that of the trial's own seed, or the trial is left to compile and fit."""

import keras
import numpy as np
import pytest
from keras import layers

from tests.test_tuner.test_engines._drive import difference
from tests.test_tuner.test_engines._trials import OneTrial
from tests.test_tuner.test_engines._zoo import candidates, space, training
from tuner.engines import FusedEngine, RunningTrial


def drawn_at_build():
    inputs = keras.Input((5,))
    projection = np.random.normal(size=(5, 4)).astype("float32")
    hidden = layers.Lambda(lambda x: keras.ops.tanh(x @ projection))(inputs)
    return keras.Model(inputs, {"yes": layers.Dense(1, name="yes")(layers.Dropout(0.2)(hidden))})


@pytest.fixture
def engine(monkeypatch):
    monkeypatch.setenv("LOSS_WEIGHT_TUNER_PROGRAM", "1")
    searched = space(1, "sgd")
    shared = training(drawn_at_build, searched, epochs=1)
    return FusedEngine(shared, searched, 2), candidates(searched, 1)[0]


def test_a_seed_that_builds_another_model_is_left_to_fit(engine, capfd):
    fused, candidate = engine
    trials = OneTrial()
    trials.waiting = [RunningTrial(0, candidate, 3), RunningTrial(1, candidate, 4), RunningTrial(2, candidate, 3)]
    fused.run(trials)
    assert sorted(outcome.engine for outcome in trials.outcomes) == ["fit", "fused", "fused"]
    said = "Left to compile and fit, one trial after the other: the build function draws numbers that no variable of the model"
    assert capfd.readouterr().err.count(said) == 1


def test_its_weights_are_those_of_compile_and_fit_by_hand(engine):
    fused, candidate = engine
    fused.fit(candidate, 3)
    trained = fused.fit(candidate, 4)
    keras.utils.set_random_seed(4)
    by_hand, rows = drawn_at_build(), fused.training.data.arrays
    by_hand.compile(keras.optimizers.SGD(candidate.learning_rate), candidate.losses["yes"].build(), loss_weights=[0.5])
    by_hand.fit(rows.x, {"yes": rows.targets[0]}, batch_size=fused.training.batch_size, shuffle=False, verbose=0)
    assert difference(trained.get_weights(), by_hand.get_weights()) < 1e-6
