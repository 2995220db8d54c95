"""Classify and reconstruct digits through a narrow code: how much of what sharing costs do the weights win back?"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import layers

from benchmarks._trained import DIGIT, baseline_trials, confirmed_means, row, studied
from benchmarks.data import all_digits
from search_spaces import names
from tuner import Objective

GOAL = 0.8
PAPER = "Gama & Grassi 2025: tuned fixed weights 0.64, best dynamic method 0.76"
_ROWS = (6_000, 1_500)
_CODE = 8


def reconstruct(quick: bool) -> list[dict[str, Any]]:
    """The share of the gap between equal weights and outputs trained alone, in Δm on test data, that the pick closes."""
    tuner = studied(
        "reconstruct",
        build,
        arrays(quick),
        [Objective("digit", "accuracy"), Objective("image", "mse")],
        quick,
        trials=80,
        policies=10,
        top=5,
        seeds=5,
        epochs=12,
        batch_size=64,
    )
    trials = baseline_trials(tuner)
    pick = int(tuner.best_config().study["trial"])
    improvement = {name: confirmed_means(tuner, trial).get(names.DELTA_M) for name, trial in {"pick": pick, **trials}.items()}
    equal = improvement[names.EQUAL]
    rows = []
    for name, value in improvement.items():
        if value is None or name.startswith(names.SINGLE_PREFIX):
            continue
        share = 1 - value / equal
        goal = name == "pick"
        rows.append(row("Δm in per cent", name, float(value)))
        rows.append(
            row("share of the gap closed", name, float(share), f"at least {GOAL}" if goal else "", _holds(share, goal, quick))
        )
    return [*rows, row("for comparison", PAPER, "")]


def _holds(share: float, goal: bool, quick: bool) -> bool | None:
    return bool(share >= GOAL) if goal and not quick else None


def arrays(quick: bool) -> dict[str, Any]:
    """10,000 digits: 6,000 to train on, 1,500 to validate, 2,500 to test; `digit` and `image` are the targets."""
    images, labels = all_digits()
    order = np.random.default_rng(0).permutation(len(images))
    order = order[: len(order) // 10] if quick else order
    cuts = np.cumsum([len(order) * rows // len(images) for rows in _ROWS])
    parts = [
        (
            images[at].reshape(-1, DIGIT * DIGIT),
            {"digit": labels[at].astype("int32"), "image": images[at].reshape(-1, DIGIT * DIGIT)},
        )
        for at in np.split(order, cuts)
    ]
    return {"x": parts[0][0], "y": parts[0][1], "validation_data": parts[1], "test_data": parts[2]}


def build() -> keras.Model:
    """An encoder to 8 numbers, a classifier and a decoder."""
    inputs = keras.Input((DIGIT * DIGIT,), name="pixels")
    code = layers.Dense(_CODE, activation="relu")(layers.Dense(64, activation="relu")(inputs))
    decoded = layers.Dense(DIGIT * DIGIT, activation="sigmoid", name="image")(layers.Dense(64, activation="relu")(code))
    model = keras.Model(inputs, {"digit": layers.Dense(10, name="digit")(code), "image": decoded})
    losses = {"digit": keras.losses.SparseCategoricalCrossentropy(from_logits=True), "image": "mse"}
    model.compile(keras.optimizers.Adam(1e-3), losses)
    return model
