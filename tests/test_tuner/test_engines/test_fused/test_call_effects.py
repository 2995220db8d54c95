"""What a call of a model does beside predicting is seen, and such a model is trained by compile and fit."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers, ops

from tests.test_tuner.test_engines._drive import difference
from tests.test_tuner.test_engines._zoo import candidates, space, training
from tuner.engines import FitEngine, choose_engine
from tuner.engines._fit import compile_candidate
from tuner.engines.fused._call_effects import call_effects


class KerasNoise(layers.Layer):
    def call(self, x, training=False):
        return x + keras.random.normal(ops.shape(x)) if training else x


class TensorFlowNoise(layers.Layer):
    def call(self, x, training=False):
        return x + tf.random.normal(tf.shape(x)) if training else x


class NumPyNoise(layers.Layer):
    def call(self, x):
        return x + float(np.random.normal())


class Counter(layers.Layer):
    def __init__(self):
        super().__init__()
        self.calls = tf.Variable(0.0, trainable=False)

    def call(self, x):
        self.calls.assign_add(1.0)
        return x


class Doubled(layers.Layer):
    def call(self, x):
        doubled = tf.py_function(lambda a: a * 2, [x], tf.float32)
        return tf.ensure_shape(doubled, x.shape)


class SeededNoise(layers.Layer):
    def __init__(self):
        super().__init__()
        self.seed = keras.random.SeedGenerator(3)

    def call(self, x, training=False):
        return x + keras.random.normal(ops.shape(x), seed=self.seed) if training else x


def model_with(layer):
    inputs = keras.Input((5,))
    return keras.Model(inputs, {"yes": layers.Dense(1, name="yes")(layer(layers.Dense(4)(inputs)))})


def effects(layer):
    model = model_with(layer)
    before = model.get_weights()
    found = call_effects(model, np.zeros((8, 5), "float32"))
    assert difference(before, model.get_weights()) == 0
    return "; ".join(found)


@pytest.mark.parametrize(
    ("make", "clause"),
    [
        (KerasNoise, "a layer changes a variable that is not among the model's, as keras.random does without a seed"),
        (TensorFlowNoise, "a layer draws random numbers by tf.random (RandomStandardNormal)"),
        (NumPyNoise, "the model draws random numbers by Python or NumPy when it is called, once for all steps"),
        (Counter, "a layer assigns a tf.Variable when it is called"),
        (Doubled, "a layer calls Python code at every step"),
        (lambda: layers.SpectralNormalization(layers.Dense(4)), "a layer assigns its trainable variable"),
    ],
)
def test_an_effect_is_named(make, clause):
    assert clause in effects(make())


@pytest.mark.parametrize(
    "make",
    [SeededNoise, layers.BatchNormalization, lambda: layers.Dropout(0.5), lambda: layers.Normalization(mean=0, variance=1)],
)
def test_what_keras_keeps_in_the_model_is_no_effect(make):
    assert effects(make()) == ""


@pytest.mark.parametrize("make", [lambda: layers.SpectralNormalization(layers.Dense(4)), KerasNoise])
def test_such_a_model_is_trained_by_fit_with_the_weights_of_compile_and_fit_by_hand(make, capfd):
    searched = space(1, "sgd")
    shared = training(lambda: model_with(make()), searched, epochs=2)
    engine, (candidate,) = choose_engine("auto", shared, searched, 1), candidates(searched, 1)
    assert isinstance(engine, FitEngine)
    assert "Engine: fit, a layer " in capfd.readouterr().err
    by_hand = shared.architecture.build({}, 3)
    compile_candidate(by_hand, candidate, shared.outputs)
    rows = shared.data.arrays
    by_hand.fit(rows.x, {"yes": rows.targets[0]}, batch_size=shared.batch_size, epochs=2, shuffle=False, verbose=0)
    assert difference(engine.fit(candidate, 3).get_weights(), by_hand.get_weights()) < 1e-6
