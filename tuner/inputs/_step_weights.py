"""Weights of rows, spread over the steps of an output."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from tuner.inputs._arrays import Arrays


def spread_over_steps(rows: Arrays, predictions: Mapping[str, np.ndarray], outputs: Sequence[str]) -> Arrays:
    """The rows; a weight for each row of an output with steps gets the shape (rows, 1), which Keras spreads over the steps.

    Args:
        rows: Their weights are checked.
        predictions: By output.
        outputs: Names, in the order of the targets.
    """
    ranks = [predictions[output].ndim for output in outputs]
    return replace(rows, weights=tuple(map(_spread, rows.weights, ranks)))


def _spread(weight: np.ndarray | None, rank: int) -> np.ndarray | None:
    if weight is None or weight.ndim > 1 or rank < 3:
        return weight
    return weight.reshape(-1, *[1] * (rank - 2))
