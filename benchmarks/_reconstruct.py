"""Classify and reconstruct digits through a narrow code: how much of what sharing costs do the weights win back?"""

from __future__ import annotations

from functools import partial
from typing import Any

import keras
import numpy as np
from keras import layers

from benchmarks._trained import DIGIT, baseline_trials, confirmed_means, row, studied
from benchmarks.data import all_digits
from reports.ranking import relative_improvement
from search_spaces import names
from tuner import Objective

GOAL = 0.8
PAPER = "Gama & Grassi 2025: tuned fixed weights 0.64, best dynamic method 0.76"
_ROWS = (6_000, 1_500)
_CODE = 8
_OBJECTIVES = (Objective("digit", "accuracy", "max"), Objective("image", "mse", "min"))
_SEARCH = {"epochs": 12, "batch_size": 64}


def reconstruct(quick: bool) -> list[dict[str, Any]]:
    """The share of the gap between equal weights and outputs trained alone, in Δm on test data, that the pick closes.

    Learning rates are tuned everywhere: for the pick, for equal weights (the policy `equal`), for every other policy, and for
    each output alone, in a study of a model with this output only. Else the tuned rate would pass for a merit of the weights.
    """
    data = arrays(quick)
    tuner = studied("reconstruct", build, data, _OBJECTIVES, quick, trials=80, policies=10, top=5, seeds=5, **_SEARCH)
    alone = np.array([_alone(objective, data, quick) for objective in _OBJECTIVES])
    trials = {"pick": int(tuner.best_config().study["trial"]), **baseline_trials(tuner)}
    improvement = {name: _improvement(confirmed_means(tuner, trial), alone) for name, trial in trials.items()}
    equal = names.policy("equal")
    rows = [row(f"{objective.name} alone", "", float(value)) for objective, value in zip(_OBJECTIVES, alone, strict=True)]
    for name, value in improvement.items():
        if value is None or not (name in ("pick", names.CURRENT) or names.is_policy(name)):
            continue
        rows.append(row("Δm in per cent", name, value))
        if name != equal and improvement.get(equal):
            share, goal = 1 - value / improvement[equal], name == "pick"
            holds = bool(share >= GOAL) if goal and not quick else None
            rows.append(row("share of the gap closed", name, share, f"at least {GOAL}" if goal else "", holds))
    return [*rows, row("for comparison", PAPER, "")]


def _alone(objective: Objective, data: dict[str, Any], quick: bool) -> float:
    """What an output reaches on test data in a model of its own, with its learning rate tuned."""
    output = objective.output

    def part(rows: Any) -> Any:
        return rows[0], {output: rows[1][output]}

    own = {"x": data["x"], "y": {output: data["y"][output]}} | {key: part(data[key]) for key in ("validation_data", "test_data")}
    tuner = studied(
        f"reconstruct-{output}", partial(build, (output,)), own, [objective], quick, trials=12, top=1, seeds=5, **_SEARCH
    )
    return confirmed_means(tuner, int(tuner.best_config().study["trial"]))[objective.name]


def _improvement(means: dict[str, float], alone: np.ndarray) -> float | None:
    """Δm against those tuned alone; None where a trial did not finish with every seed."""
    if not means:
        return None
    values = np.array([means[objective.name] for objective in _OBJECTIVES])
    return float(relative_improvement(values, alone, np.array([1.0, -1.0])))


def arrays(quick: bool) -> dict[str, Any]:
    """10,000 digits: 6,000 to train on, 1,500 to validate, 2,500 to test; `digit` and `image` are the targets."""
    images, labels = all_digits()
    order = np.random.default_rng(0).permutation(len(images))
    order = order[: len(order) // 10] if quick else order
    cuts = np.cumsum([len(order) * rows // len(images) for rows in _ROWS])
    pixels = images.reshape(-1, DIGIT * DIGIT)
    parts = [(pixels[at], {"digit": labels[at].astype("int32"), "image": pixels[at]}) for at in np.split(order, cuts)]
    return {"x": parts[0][0], "y": parts[0][1], "validation_data": parts[1], "test_data": parts[2]}


def build(outputs: tuple[str, ...] = ("digit", "image")) -> keras.Model:
    """An encoder to 8 numbers, a classifier and a decoder, or one of the two."""
    inputs = keras.Input((DIGIT * DIGIT,), name="pixels")
    code = layers.Dense(_CODE, activation="relu")(layers.Dense(64, activation="relu")(inputs))
    heads = {
        "digit": lambda: layers.Dense(10, name="digit")(code),
        "image": lambda: layers.Dense(DIGIT * DIGIT, activation="sigmoid", name="image")(
            layers.Dense(64, activation="relu")(code)
        ),
    }
    model = keras.Model(inputs, {output: heads[output]() for output in outputs})
    losses = {"digit": keras.losses.SparseCategoricalCrossentropy(from_logits=True), "image": "mse"}
    model.compile(keras.optimizers.Adam(1e-3), {output: losses[output] for output in outputs})
    return model
