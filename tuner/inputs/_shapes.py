"""Shapes of targets, to compare and to print."""

from __future__ import annotations

import numpy as np


def shape_without_rows(target: np.ndarray) -> tuple[int, ...]:
    """The shape of one row; a last axis of size 1 is the same as none.

    Example:
        >>> shape_without_rows(np.zeros((9, 3))), shape_without_rows(np.zeros((9, 1))), shape_without_rows(np.zeros(9))
        ((3,), (), ())
    """
    return target.shape[1:-1] if target.shape[1:] and target.shape[-1] == 1 else target.shape[1:]


def shape_in_words(array: np.ndarray) -> str:
    """The shape as errors print it, with `rows` for their number.

    Example:
        >>> shape_in_words(np.zeros((9, 3))), shape_in_words(np.zeros(9))
        ('(rows, 3)', '(rows,)')
    """
    return "(rows" + "".join(f", {size}" for size in array.shape[1:]) + ("," if array.ndim == 1 else "") + ")"
