"""What the calls of the tables name: data, models and other things that a person may give by mistake."""

import threading

import keras
import keras_tuner
import numpy as np
import optuna
import pandas as pd
import scipy.sparse
import tensorflow as tf

from search_spaces import SearchSpace
from tests.conftest import make_model, small_search
from tests.test_tuner._instant import Instant
from tuner import DominancePruner, Objective

DATA = small_search()
X, (URGENT, KIND) = DATA["x"], DATA["y"].values()
X_VAL, Y_VAL = DATA["validation_data"]
BINARY, CATEGORICAL = keras.losses.BinaryCrossentropy(from_logits=True), keras.losses.CategoricalCrossentropy(from_logits=True)


def at(array, value, row=0):
    """The array with this value in one row."""
    copy = array.copy()
    copy[row] = value
    return copy


def dataset(*columns):
    """Batches of these columns."""
    return tf.data.Dataset.from_tensor_slices(columns).batch(32)


class Batches(keras.utils.PyDataset):
    """One batch, which a function makes."""

    def __init__(self, batch, length=1):
        super().__init__()
        self.batch, self.length = batch, length

    def __len__(self):
        return self.length

    def __getitem__(self, index):
        return self.batch()


class Hypermodel(keras_tuner.HyperModel):
    """Builds nothing."""

    def build(self, hp):
        return None


def locked():
    """A callback that cannot be copied."""
    callback = keras.callbacks.Callback()
    callback.lock = threading.Lock()
    return callback


def plain():
    """The model of the tests, not compiled."""
    compiled = make_model()
    return keras.Model(compiled.inputs, compiled.output)


def without(*outputs):
    """The model of the tests, compiled without a loss for these outputs."""
    model = make_model()
    model.compile("adam", {name: None if name in outputs else loss for name, loss in model.loss.items()})
    return model


def frozen():
    """A model without trainable variables."""
    model = make_model()
    for layer in model.layers:
        layer.trainable = False
    return model


def nested():
    """A model with an output in an output."""
    inputs = keras.Input((6,))
    model = keras.Model(inputs, {"a": {"b": keras.layers.Dense(1)(inputs)}, "c": keras.layers.Dense(1)(inputs)})
    model.compile("sgd", "mse")
    return model


def named(*outputs):
    """A build function for outputs of these names."""

    def build():
        inputs = keras.Input((6,))
        model = keras.Model(inputs, {name: keras.layers.Dense(1)(inputs) for name in outputs})
        model.compile("sgd", dict.fromkeys(outputs, "mse"))
        return model

    return build


__all__ = [
    "BINARY",
    "CATEGORICAL",
    "KIND",
    "URGENT",
    "X_VAL",
    "Y_VAL",
    "Batches",
    "DominancePruner",
    "Hypermodel",
    "Instant",
    "Objective",
    "SearchSpace",
    "X",
    "at",
    "dataset",
    "frozen",
    "keras",
    "keras_tuner",
    "locked",
    "make_model",
    "named",
    "nested",
    "np",
    "optuna",
    "pd",
    "plain",
    "scipy",
    "tf",
    "without",
]
