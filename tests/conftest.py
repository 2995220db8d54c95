"""Small models and data that train in a second."""

import os
from contextlib import contextmanager

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import pytest

from examples.data import DataError
from search_spaces import names
from tuner import LossWeightTuner

ROWS, HELD_OUT = 240, 80


def make_data(seed=0):
    random = np.random.default_rng(seed)
    x = random.normal(size=(ROWS + HELD_OUT, 6)).astype("float32")
    y = {
        "urgent": (x[:, :1] > 0).astype("float32"),
        "kind": np.eye(3, dtype="float32")[np.digitize(x[:, 1], [-0.5, 0.5])],
    }
    return x, y


def make_model():
    inputs = keras.Input((6,), name="x")
    hidden = keras.layers.Dense(4, activation="relu", name="hidden")(inputs)
    outputs = {
        "urgent": keras.layers.Dense(1, name="urgent")(hidden),
        "kind": keras.layers.Dense(3, name="kind")(hidden),
    }
    model = keras.Model(inputs, outputs)
    model.compile(
        optimizer=keras.optimizers.RMSprop(1e-2),
        loss={
            "urgent": keras.losses.BinaryCrossentropy(from_logits=True),
            "kind": keras.losses.CategoricalCrossentropy(from_logits=True),
        },
        loss_weights={"urgent": 1.0, "kind": 0.2},
    )
    return model


def make_drawing_model():
    """A model with dropout and batch normalisation, whose loss weights are a guess."""
    inputs = keras.Input((6,), name="x")
    hidden = keras.layers.Dropout(0.2)(keras.layers.BatchNormalization()(keras.layers.Dense(8, activation="tanh")(inputs)))
    model = keras.Model(
        inputs, {"urgent": keras.layers.Dense(1, name="urgent")(hidden), "kind": keras.layers.Dense(3, name="kind")(hidden)}
    )
    model.compile(
        keras.optimizers.Adam(0.05),
        loss={"urgent": keras.losses.BinaryCrossentropy(from_logits=True), "kind": keras.losses.CategoricalCrossentropy(True)},
        loss_weights={"urgent": 1.0, "kind": 0.2},
    )
    return model


def small_search():
    x, y = make_data()
    train = x[:ROWS], {name: target[:ROWS] for name, target in y.items()}
    held_out = x[ROWS:], {name: target[ROWS:] for name, target in y.items()}
    return {"x": train[0], "y": train[1], "validation_data": held_out, "epochs": 2, "batch_size": 64, "verbose": 0}


@pytest.fixture(scope="session")
def data():
    return small_search()


@pytest.fixture
def build():
    return make_model


@pytest.fixture
def make_tuner(tmp_path):
    def make(model=make_model, **arguments):
        settings = {"directory": tmp_path, "project_name": "study", "seed": 3}
        return LossWeightTuner(model, **(settings | arguments))

    return make


def compiled_by_hand(build, candidate, seed, **metrics):
    """A model as its owner builds and compiles it, with what a trial chose."""
    keras.utils.set_random_seed(seed)
    model = build()
    model.compile(
        candidate.optimizer.build(candidate.learning_rate),
        loss={output: loss.build() for output, loss in candidate.losses.items()},
        loss_weights=dict(candidate.weights),
        **metrics,
    )
    return model


@pytest.fixture
def one_baseline(monkeypatch):
    """Today's configuration is the only baseline."""
    monkeypatch.setattr(LossWeightTuner, "baselines", lambda tuner: {names.CURRENT: tuner.current})


def needs(there, what):
    """Skips a test where something real that it needs is not here, on a person's machine; fails in CI."""
    if not there:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(f"not here: {what}")


@contextmanager
def real_data():
    """Skips where a registry cannot be reached, on a person's machine; fails in CI."""
    try:
        yield
    except DataError as error:
        needs(False, f"the data ({error})")


@contextmanager
def double_precision():
    """Keras in double precision, where an equal computation is equal to 1e-12."""
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")
    try:
        yield
    finally:
        keras.config.set_floatx("float32")
        keras.config.set_dtype_policy("float32")


@pytest.fixture
def float64():
    """Keras in double precision for one test."""
    with double_precision():
        yield
