"""Rows and steps that count: those with a weight above 0."""

from __future__ import annotations

from typing import Any

import numpy as np


def bare_weight(weight: np.ndarray) -> np.ndarray:
    """The weight without last axes of size 1: one number for each row, or for each step.

    Example:
        >>> bare_weight(np.ones((9, 1))).shape, bare_weight(np.ones((9, 4, 1))).shape
        ((9,), (9, 4))
    """
    while weight.ndim > 1 and weight.shape[-1] == 1:
        weight = weight[..., 0]
    return weight


def counted_targets(target: np.ndarray, weight: np.ndarray | None) -> np.ndarray:
    """The targets that have a weight above 0; those of single steps one below the other.

    Example:
        >>> counted_targets(np.array([[1.0], [5.0]]), np.array([1.0, 0.0]))
        array([[1.]])
    """
    if weight is None:
        return target
    bare: Any = bare_weight(weight)
    return target[bare > 0] if bare.shape == target.shape[: bare.ndim] else target
