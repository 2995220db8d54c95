"""Non-dominated trials and the hypervolume they dominate. Everything here is to be minimised."""

from __future__ import annotations

import moocore
import numpy as np


def non_dominated(costs: np.ndarray) -> np.ndarray:
    """Which points no other point dominates.

    Args:
        costs: Shape (points, objectives), to be minimised, finite.

    Returns:
        Boolean mask of shape (points,). Of equal points all are kept.

    Example:
        >>> import numpy as np
        >>> non_dominated(np.array([[1.0, 4.0], [2.0, 2.0], [3.0, 3.0]])).tolist()
        [True, True, False]
    """
    if len(costs) == 0:
        return np.zeros(0, dtype=bool)
    if costs.shape[1] == 1:
        return np.asarray(costs[:, 0] == costs.min(), dtype=bool)
    return np.asarray(moocore.is_nondominated(np.asarray(costs, float), keep_weakly=True), dtype=bool)


def hypervolume(costs: np.ndarray, reference: np.ndarray) -> float:
    """Volume between the points and the reference point; points beyond the reference count nothing.

    Args:
        costs: Shape (points, objectives), to be minimised.
        reference: Shape (objectives,).

    Example:
        >>> import numpy as np
        >>> hypervolume(np.array([[1.0, 3.0], [2.0, 2.0]]), reference=np.array([4.0, 4.0]))
        5.0
    """
    if len(costs) == 0:
        return 0.0
    if costs.shape[1] == 1:
        return max(float(reference[0] - costs.min()), 0.0)
    return float(moocore.hypervolume(np.asarray(costs, float), ref=np.asarray(reference, float)))


def contributions(costs: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """The hypervolume that is lost when a point is left out, for each point.

    Args:
        costs: Shape (points, objectives), to be minimised.
        reference: Shape (objectives,).

    Returns:
        Shape (points,); 0 for dominated points and for points that occur twice.

    Example:
        >>> import numpy as np
        >>> contributions(np.array([[1.0, 3.0], [2.0, 2.0], [3.0, 3.0]]), reference=np.array([4.0, 4.0])).tolist()
        [1.0, 2.0, 0.0]
    """
    if len(costs) == 0:
        return np.zeros(0)
    if costs.shape[1] == 1:
        gap = np.minimum(np.partition(np.append(costs[:, 0], reference[0]), 1)[1], reference[0]) - costs[:, 0]
        alone: np.ndarray = np.maximum(gap, 0.0)
        return alone
    lost: np.ndarray = moocore.hv_contributions(np.asarray(costs, float), ref=np.asarray(reference, float))
    return lost
