"""Objectives that are functions of all targets and predictions at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from search_spaces import InputError
from tuner.inputs._counted import bare_weight


def function_value(
    function: Callable[[Any, Any], Any], targets: np.ndarray, predictions: np.ndarray, weight: np.ndarray | None
) -> float:
    """The mean of what a function returns for the rows that count.

    Rows and steps of weight 0 are left out. Other weights weigh the mean, for which the function returns one number a row.

    Args:
        function: Takes (targets, predictions); steps with weights of their own come one below the other.
        targets: One row per sample, of the predictions' rank or one less.
        predictions: One row per sample.
        weight: One number per row or per step, or None.

    Raises:
        InputError: The function returns no numbers, or one number for rows that weigh differently.

    Example:
        >>> error = lambda targets, predictions: np.abs(targets - predictions)
        >>> function_value(error, np.array([1.0, 2.0, 9.0]), np.array([1.0, 4.0, 0.0]), np.array([3.0, 1.0, 0.0]))
        0.5
    """
    if weight is None:
        return float(_numbers(function(targets, predictions)).mean())
    bare = bare_weight(weight)
    counted = bare > 0
    if bare.ndim > 1 or not counted.all():
        targets, predictions, bare = targets[counted], predictions[counted], bare[counted]
    values = _numbers(function(targets, predictions))
    if not bare.size or np.ptp(bare) == 0:
        return float(values.mean())
    if not values.ndim or len(values) != len(bare):
        raise InputError(
            f"returns {'one number' if values.size == 1 else f'an array of shape {values.shape}'} for {len(bare)} rows of "
            "different weights; return one number for each row, which the weights then weigh, or use a keras.Metric"
        )
    return float(np.average(values.reshape(len(bare), -1).mean(1), weights=bare))


def _numbers(returned: Any) -> np.ndarray:
    values: np.ndarray = np.asarray(keras.ops.convert_to_numpy(returned) if keras.ops.is_tensor(returned) else returned)
    if values.dtype.kind not in "biuf" or not values.size:
        raise InputError(f"must return a number, or one number for each row, got {returned!r:.80}")
    return values.astype("float64")
