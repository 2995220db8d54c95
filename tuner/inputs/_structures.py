"""Keras structures of outputs, brought into one order: the order of the output names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np


def by_name(predictions: Any, outputs: Sequence[str]) -> dict[str, Any]:
    """A model's predictions by output name, whatever structure the model returns."""
    if isinstance(predictions, Mapping):
        return dict(predictions)
    flat = predictions if isinstance(predictions, list | tuple) else [predictions]
    return dict(zip(outputs, flat, strict=True))


def flat(predictions: Any, outputs: Sequence[str]) -> list[Any]:
    """A model's predictions in the order of the output names."""
    if isinstance(predictions, Mapping):
        return [predictions[output] for output in outputs]
    return list(predictions) if isinstance(predictions, list | tuple) else [predictions]


def matching(target: np.ndarray, prediction: Any) -> np.ndarray:
    """Targets of shape (rows,) as (rows, 1) where the predictions have that shape, as `Model.fit` does."""
    flat = target.ndim == 1 and len(prediction.shape) == 2 and prediction.shape[-1] == 1
    return target[:, None] if flat else target
