"""Weights of classes, as weights of rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np


def classes_of(target: Any) -> np.ndarray:
    """The class of each row, as Keras's `class_weight` reads it: of several columns the largest one, else the number itself.

    Args:
        target: Shape (rows,), (rows, 1) or (rows, classes).

    Returns:
        Shape (rows,), whole numbers.
    """
    values = np.asarray(target)
    if values.ndim > 1:
        values = values.argmax(axis=-1) if values.shape[-1] != 1 else values[..., 0]
    return np.round(values).astype("int32")


def weights_of_rows(target: Any, class_weight: Mapping[int, float]) -> np.ndarray:
    """The weight of each row by its class; 1 for a class that has none.

    Args:
        target: Shape (rows,), (rows, 1) or (rows, classes).
        class_weight: Weights by class.

    Returns:
        Shape (rows,), of Keras's own floating-point type.
    """
    import keras

    kinds, places = np.unique(classes_of(target), return_inverse=True)
    weights = [class_weight.get(int(kind), 1.0) for kind in kinds]
    return np.asarray(weights, keras.config.floatx())[places]
