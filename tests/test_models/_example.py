"""One row of the table: a model as its author writes it, its data, and what is expected of the tuner."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np

ALL_CHECKS = ("model fit", "model auto", "function fit", "function auto")
"""What the tuner is given, and its engine."""
ONLY_IN_CORE = ("model fit", "function auto")
"""The checks that rows outside the core leave out; both ways and both engines occur in the others."""
ROWS, HELD_OUT = 96, 32
"""Rows to train on and rows to measure on; both are whole batches of 32, for models of a fixed batch size."""


def probe(targets: Any, predictions: Any) -> float:
    """A number that changes with every prediction and with every target; it has no other meaning.

    AUC and accuracy stay the same where predictions change a little. This shows a difference in any weight of the model.
    """
    return _ramp(predictions) * (1 + _ramp(targets) / 10)


def _ramp(values: Any) -> float:
    flat = np.abs(np.asarray(values, "float64")).ravel()
    return float(np.mean(flat * (1 + np.arange(flat.size) % 7)))


@dataclass(frozen=True)
class Example:
    """A model and its data.

    Attributes:
        name: Of the row; `pytest -k NAME` runs it.
        build: Returns a compiled model. It is a public script's function: it sets no seed.
        data: (x, y) of `ROWS + HELD_OUT` rows, in the form in which the author gives them to `fit`.
        outputs: Names for the objectives; empty where the layers have none, then the tuner chooses the objectives.
        core: Whether `make test` runs the row on a person's machine.
        fit: Further arguments of `fit` and `search` that hold one value a row, such as `sample_weight`.
        fit_settings: Further arguments of `fit` and `search` as they are, such as `class_weight`.
        custom_objects: What `load_config` needs to read the configuration back.
        metrics: Keras metrics instead of `probe`, by output: a function cannot be an objective of an output with a mask.
        ignored: The target that a loss ignores, so that no objective counts it.
        policy: The dtype policy that the author's script sets.
        as_dataset: Whether the author gives a `tf.data.Dataset`.
        rough: Why the numbers agree only roughly; empty where they agree to rounding.
        refused: Words of the error where the tuner refuses the model; empty where it trains it.
        fails_today: What is wrong today, by check: one of `ALL_CHECKS`, `best.json`, or `all` for every one of them. Whoever
            mends it removes the entry.
    """

    name: str
    build: Callable[[], keras.Model]
    data: Callable[[], tuple[Any, Any]]
    outputs: Sequence[str] = ()
    core: bool = False
    fit: Mapping[str, Any] = field(default_factory=dict)
    fit_settings: Mapping[str, Any] = field(default_factory=dict)
    custom_objects: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, Callable[[], keras.Metric]] = field(default_factory=dict)
    ignored: int | None = None
    policy: str = "float32"
    as_dataset: bool = False
    rough: str = ""
    refused: str = ""
    fails_today: Mapping[str, str] = field(default_factory=dict)

    @property
    def checks(self) -> Sequence[str]:
        """All four for the core; both ways to give a model and both engines for every other row, each once."""
        return tuple(check for check in ALL_CHECKS if self.core or check not in ONLY_IN_CORE)

    def reason(self, check: str) -> str:
        """Why a check fails today; empty where it passes."""
        return self.fails_today.get(check) or self.fails_today.get("all", "") if check else ""


def part(structure: Any, rows: slice) -> Any:
    """Some rows of arrays in any structure, of frames and of columns."""
    if isinstance(structure, Mapping):
        return {key: part(value, rows) for key, value in structure.items()}
    if isinstance(structure, list | tuple):
        return type(structure)(part(value, rows) for value in structure)
    return structure[rows]
