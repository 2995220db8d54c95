"""Objectives under `use_ema=True` are those of the averages that `fit` leaves, after each epoch and at its end."""

import keras
import numpy as np
import pytest

from tests.conftest import make_data
from tests.test_tuner.test_engines._trials import OneTrial
from tuner import LossWeightTuner, Objective
from tuner.engines import FitEngine

X, TARGETS = make_data()
Y = X[:, :1] * 3 + TARGETS["urgent"]


def build(frequency):
    inputs = keras.Input((6,))
    model = keras.Model(inputs, {"size": keras.layers.Dense(1, name="size")(inputs)})
    adam = keras.optimizers.Adam(0.05, use_ema=True, ema_momentum=0.9, ema_overwrite_frequency=frequency)
    model.compile(adam, {"size": "mse"})
    return model


class Measured(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.values = []

    def on_epoch_end(self, epoch, logs=None):
        self.values.append(error(self.model))


def error(model):
    return float(np.abs(model(X)["size"].numpy() - Y).mean())


@pytest.mark.parametrize("frequency", [None, 3])
def test_objectives_are_those_of_the_averages(frequency, tmp_path):
    tuner = LossWeightTuner(lambda: build(frequency), objectives=[Objective("size", "mae")], directory=tmp_path)
    training = tuner._preparation.search(X, {"size": Y}, None, (X, {"size": Y}), 3, 64, 1, False)
    trials, engine = OneTrial(tuner.current), FitEngine(training)
    engine.run(trials)
    history = np.ravel(trials.outcomes[0].history)

    keras.utils.set_random_seed(3)
    model, measured = build(frequency), Measured()
    averages = keras.callbacks.SwapEMAWeights(swap_on_epoch=True)
    model.fit(X, {"size": Y}, epochs=3, batch_size=64, shuffle=False, verbose=0, callbacks=[averages, measured])
    np.testing.assert_allclose(history, measured.values, rtol=1e-5)
    np.testing.assert_allclose(history[-1], [error(model), error(engine.fit(tuner.current, 3))], rtol=1e-5)
