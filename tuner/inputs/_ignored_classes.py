"""Targets that a loss ignores: what `ignore_class` leaves out of a loss, objectives leave out too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import keras
import numpy as np

from search_spaces import SearchSpace
from tuner.inputs._arrays import Arrays
from tuner.inputs._counted import bare_weight


def without_ignored(space: SearchSpace, outputs: Sequence[str], rows: Arrays) -> Arrays:
    """The rows; a target that one of its output's losses ignores has the weight 0, and is 0, which every metric takes.

    Args:
        space: Names the losses.
        outputs: Names, in the order of the targets.
        rows: The rows that objectives are measured on.
    """
    columns = zip(outputs, rows.targets, rows.weights, strict=True)
    parts = [_without(_ignored(space, output), target, weight) for output, target, weight in columns]
    return replace(rows, targets=tuple(part[0] for part in parts), weights=tuple(part[1] for part in parts))


def _ignored(space: SearchSpace, output: str) -> list[int]:
    losses = space.outputs[output].losses if output in space.outputs else ()
    return [loss.config["ignore_class"] for loss in losses if loss.config.get("ignore_class") is not None]


def _without(ignored: list[int], target: np.ndarray, weight: np.ndarray | None) -> tuple[np.ndarray, np.ndarray | None]:
    out = np.isin(target, ignored)
    if not out.any():
        return target, weight
    counts = bare_weight((~out).astype(keras.config.floatx()))
    if weight is not None:
        own = bare_weight(weight)
        counts = counts * own.reshape(own.shape + (1,) * (counts.ndim - own.ndim))
    return np.where(out, np.zeros((), target.dtype), target), counts
