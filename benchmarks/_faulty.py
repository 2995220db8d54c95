"""A small study of a sampler that is free of history, for workers that are killed. Its places come from the environment."""

from __future__ import annotations

import os
from typing import Any

import keras
import numpy as np
from optuna.samplers import RandomSampler

from tuner import LossWeightTuner
from tuner.cli import StudyPlan

TRIALS = int(os.environ.get("FAULTY_TRIALS", "40"))
BASELINES = 4


def build() -> keras.Model:
    """Two outputs on a small hidden layer."""
    inputs = keras.Input((6,), name="x")
    hidden = keras.layers.Dense(8, activation="relu")(inputs)
    model = keras.Model(inputs, [keras.layers.Dense(1, name="a")(hidden), keras.layers.Dense(1, name="b")(hidden)])
    model.compile("adam", loss=["mse", "mse"], loss_weights=[1.0, 0.2])
    return model


def load() -> dict[str, Any]:
    """Two targets that want different things of the hidden layer."""
    random = np.random.default_rng(0)
    x = random.normal(size=(320, 6)).astype("float32")
    y = {"a": np.abs(x[:, :1]), "b": x[:, 1:2] * x[:, 2:3]}
    rows = slice(240), slice(240, None)
    train, held_out = ((x[part], {name: target[part] for name, target in y.items()}) for part in rows)
    return {"x": train[0], "y": train[1], "validation_data": held_out}


study = StudyPlan(
    LossWeightTuner(
        build,
        directory=os.environ.get("FAULTY_DIRECTORY", "studies/faults"),
        project_name="faulty",
        seed=1,
        engine=os.environ.get("FAULTY_ENGINE", "fit"),
        sampler=RandomSampler(seed=1),
        storage=os.environ.get("FAULTY_STORAGE"),
    ),
    load,
    search={"epochs": 2, "batch_size": 32, "n_trials": TRIALS},
)
