"""Training on the validation rows too, once they have done their work."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import keras
import numpy as np

from search_spaces import InputError
from tuner._class_weights import weights_of_rows
from tuner.inputs import Arrays, Training, short_hash


def with_validation_rows(training: Training) -> Training:
    """The training on the training rows and the validation rows behind them.

    Raises:
        InputError: Callbacks watch the validation rows, or the training rows are not in memory or come in an order of their own.
    """
    data, why = training.data, ""
    if training.callbacks is not None and training.callbacks.watch:
        why = "callbacks watch the validation rows, which must stay out of the training then"
    elif data.arrays is None:
        why = "the training rows are not held in memory"
    elif data.order is not None and data.order.recorded is not None:
        why = "the training rows are used as a pipeline gave them, in an order of its own"
    if why or data.arrays is None:
        raise InputError(f"rows='all' trains on the validation rows too, and cannot here: {why}; use rows='training'")
    if training.held_out is None:  # the validation rows of folds are the training rows
        return replace(training, folds=())
    rows = _joined(data.arrays, _weighted_by_class(training, training.held_out))
    order = None if data.order is None else replace(data.order, rows=rows.rows)
    fingerprint = short_hash(column.tobytes() if not column.dtype.hasobject else repr(column).encode() for column in rows.columns)
    joined = replace(data, x=rows.x, y=None, arrays=rows, checked=rows, order=order, fingerprint=fingerprint)
    return replace(training, data=joined, whole=None if training.whole is None else with_validation_rows(training.whole))


def _weighted_by_class(training: Training, rows: Arrays) -> Arrays:
    """The rows, weighted by their classes where the training rows are."""
    if not training.class_weight:
        return rows
    named = zip(training.outputs, rows.targets, strict=True)
    return replace(rows, weights=tuple(weights_of_rows(y, training.class_weight.get(output, {})) for output, y in named))


def _joined(first: Arrays, second: Arrays) -> Arrays:
    return Arrays(
        keras.tree.map_structure(lambda *parts: np.concatenate(parts), first.x, second.x),
        tuple(np.concatenate([a, b.reshape(len(b), *a.shape[1:])]) for a, b in zip(first.targets, second.targets, strict=True)),
        tuple(_weights(a, b, first.rows, second.rows) for a, b in zip(first.weights, second.weights, strict=True)),
    )


def _weights(first: Any, second: Any, rows: int, more: int) -> Any:
    """The weights of both; 1 where one side has none."""
    if first is None and second is None:
        return None
    like = first if first is not None else second
    ones = [np.ones((count, *like.shape[1:]), like.dtype) for count in (rows, more)]
    first, second = ones[0] if first is None else first, ones[1] if second is None else second
    while second.ndim < first.ndim:  # one number for all steps of a row
        second = np.broadcast_to(second[..., None], (more, *first.shape[1 : second.ndim + 1]))
    return np.concatenate([first, second])
