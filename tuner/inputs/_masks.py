"""Keras masks: what `fit` leaves out of losses, objectives leave out too."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace

import keras
import numpy as np

from tuner._keras_internals import mask_of
from tuner.inputs._arrays import Arrays, first_rows, take_rows
from tuner.inputs._structures import in_output_order

_ROWS = 1024


def with_masks(model: keras.Model, outputs: Sequence[str], rows: Arrays) -> Arrays:
    """The rows; steps that an output's mask leaves out have the weight 0, as in Keras's own metrics that are means.

    A mask is taken from the inputs' steps (`Masking`, `Embedding(mask_zero=True)`), so that it is the same in every trial.

    Args:
        model: Its weights do not matter.
        outputs: Names, in the order of the targets.
        rows: The rows that objectives are measured on.
    """
    if all(mask is None for mask in _masks(model, outputs, first_rows(rows, 1))):
        return rows
    chunks = [_masks(model, outputs, take_rows(rows, slice(at, at + _ROWS))) for at in range(0, rows.rows, _ROWS)]
    columns = zip(rows.weights, zip(*chunks, strict=True), strict=True)
    return replace(rows, weights=tuple(_masked(weight, masks) for weight, masks in columns))


def has_mask(model: keras.Model, outputs: Sequence[str], rows: Arrays, output: str) -> bool:
    """Whether the predictions of an output come with a mask."""
    return _masks(model, outputs, first_rows(rows, 1))[list(outputs).index(output)] is not None


def _masks(model: keras.Model, outputs: Sequence[str], rows: Arrays) -> list[np.ndarray | None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of one array for a list of one input, which `fit` takes in silence
        predictions = in_output_order(model(rows.inputs, training=False), outputs)
    masks = [mask_of(prediction) for prediction in predictions]
    return [None if mask is None else keras.ops.convert_to_numpy(mask) for mask in masks]


def _masked(weight: np.ndarray | None, masks: Sequence[np.ndarray | None]) -> np.ndarray | None:
    parts = [mask for mask in masks if mask is not None]
    if not parts:
        return weight
    mask: np.ndarray = np.concatenate(parts).astype(keras.config.floatx())
    if weight is None:
        return mask
    own = weight[..., 0] if weight.ndim > mask.ndim else weight
    product: np.ndarray = mask * own.reshape(own.shape + (1,) * (mask.ndim - own.ndim))
    return product
