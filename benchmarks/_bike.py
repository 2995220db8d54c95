"""Bike rentals through a bottleneck of one unit: reduced-rank regression, whose optimum has a closed form for all weights."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pandas as pd
from keras import layers
from scipy.optimize import minimize_scalar

from benchmarks._trained import row, searched, studied
from examples.data import path_of
from search_spaces import RelativeWeights, SearchSpace
from tuner import Objective

OUTPUTS = ("casual", "registered")
PUBLISHED = {"equal": 0.2240, "best": 0.2741}
_EPOCHS, _BATCH = 60, 512
_OBJECTIVES = [Objective(output, "r2_score", name=f"{output}/r2") for output in OUTPUTS]


def bike(quick: bool) -> list[dict[str, Any]]:
    """Does the search find the best pair of weights, and is what it ranks the true front?"""
    x, y = bike_arrays()
    target = closed_form_best(x, y)
    equal = closed_form(x, y, 1.0).mean()
    targets = {output: y[:, [at]] for at, output in enumerate(OUTPUTS)}
    steps = -(-len(x) // _BATCH) * _EPOCHS
    space = SearchSpace(
        outputs=dict.fromkeys(OUTPUTS, "mse"),
        weights=RelativeWeights(reference="casual", low=0.01, high=10.0),
        learning_rate=(0.1, 3.0),
        optimizer=[keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(1.0, steps))],
    )
    data = {"x": x, "y": targets, "validation_data": (x, targets)}
    tuner = studied("bike", build, data, _OBJECTIVES, quick, space, trials=100, epochs=_EPOCHS, batch_size=_BATCH)
    trials = searched(tuner)
    reached = trials[[objective.name for objective in _OBJECTIVES]].to_numpy()
    best, ratio = float(reached.mean(axis=1).max()), trials["weight/registered"].to_numpy()
    true = np.array([closed_form(x, y, one) for one in ratio])
    gap = float(np.median(np.abs(true - reached).max(axis=1)))
    return [
        row(
            "closed form",
            "mean R², equal weights",
            float(equal),
            f"{PUBLISHED['equal']}",
            bool(abs(equal - PUBLISHED["equal"]) < 5e-4),
        ),
        row("closed form", "mean R², best weights", target, f"{PUBLISHED['best']}", bool(abs(target - PUBLISHED["best"]) < 5e-4)),
        row("search", "mean R², best trial", best, f"at least {0.99 * target:.4f}", None if quick else best >= 0.99 * target),
        row("search", "trials against the closed form of their weights, median R² difference", gap),
    ]


def build() -> keras.Model:
    """A linear model with a bottleneck of one unit."""
    inputs = keras.Input((8,), name="x")
    bottleneck = layers.Dense(1)(inputs)
    return keras.Model(inputs, {output: layers.Dense(1, name=output)(bottleneck) for output in OUTPUTS})


def bike_arrays() -> tuple[np.ndarray, np.ndarray]:
    """Eight standardised features, shape (17,416, 8), and the counts casual and registered, shape (17,416, 2)."""
    table = pd.read_csv(path_of("bike"))
    features = table.drop(columns=[*OUTPUTS, "count"]).to_numpy("float64")
    standard = (features - features.mean(axis=0)) / features.std(axis=0)
    return standard.astype("float32"), table[list(OUTPUTS)].to_numpy("float32")


def closed_form(x: np.ndarray, y: np.ndarray, ratio: float) -> np.ndarray:
    """R² of each output at the optimum of rank one (Izenman 1975).

    Args:
        x: Shape (rows, features), standardised.
        y: Shape (rows, 2).
        ratio: Weight of the second output's squared error divided by that of the first.

    Returns:
        Shape (2,).
    """
    centred = (y - y.mean(axis=0)).astype("float64")
    scale = np.sqrt([1.0, ratio])
    fitted = x @ np.linalg.lstsq(x.astype("float64"), centred * scale, rcond=None)[0]
    (leading,) = np.linalg.svd(fitted, full_matrices=False)[2][:1]
    predicted = np.outer(fitted @ leading, leading) / scale
    r2: np.ndarray = 1 - ((centred - predicted) ** 2).sum(axis=0) / (centred**2).sum(axis=0)
    return r2


def closed_form_best(x: np.ndarray, y: np.ndarray) -> float:
    """The highest mean R² over all pairs of weights."""
    optimum = minimize_scalar(lambda log: -closed_form(x, y, np.exp(log)).mean(), bounds=(-6.0, 3.0), method="bounded")
    return float(-optimum.fun)
