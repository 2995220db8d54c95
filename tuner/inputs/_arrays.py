"""Rows in memory, in the one form that everything inside works with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tuner.inputs._row_order import RowOrder


@dataclass(frozen=True)
class Arrays:
    """Rows held in memory.

    Attributes:
        x: Inputs in the structure that the model takes: an array, a list, or a dictionary by input name; rows first.
        targets: One array per output, in the order of the output names; rows first.
        weights: One array of shape (rows,) per output, or (rows, steps) for each step; None where every row counts alike.
        ordered: Whether the order of the rows is the data's own; a dataset may shuffle.
    """

    x: Any
    targets: tuple[np.ndarray, ...]
    weights: tuple[np.ndarray | None, ...]
    ordered: bool = True

    @property
    def rows(self) -> int:
        """Number of samples."""
        return len(self.targets[0])

    @property
    def inputs(self) -> Any:
        """`x` as Keras takes it: tensors where there are texts, since arrays of objects must have the shape (rows,) for Keras."""
        if not any(array.dtype.hasobject for array in keras.tree.flatten(self.x)):
            return self.x
        return keras.tree.map_structure(tf.constant, self.x)

    @property
    def columns(self) -> list[np.ndarray]:
        """Every array: the inputs, the targets, then the weights that were given."""
        return [*keras.tree.flatten(self.x), *self.targets, *(weight for weight in self.weights if weight is not None)]


@dataclass(frozen=True)
class TrainingData:
    """What is given to `Model.fit` for training.

    Attributes:
        x: What the user gave as `x`: arrays, or what yields batches.
        y: What the user gave as `y`; None where `x` yields it.
        arrays: The same rows in one form; None where they cannot be kept in memory.
        checked: The rows that are checked: all of `arrays`, or the first batch.
        fingerprint: Changes when the data change.
        order: In which order what yields batches has the rows trained; None for arrays.
        notes: Sentences on how batches were read.
        unread: Why the rows are not kept, in a clause.
    """

    x: Any
    y: Any
    arrays: Arrays | None
    checked: Arrays
    fingerprint: str
    order: RowOrder | None = field(default=None, compare=False)
    notes: tuple[str, ...] = ()
    unread: str = ""


def first_rows(arrays: Arrays, rows: int) -> Arrays:
    """The first rows, at most this many."""
    return take_rows(arrays, slice(0, rows))


def take_rows(arrays: Arrays, rows: Any) -> Arrays:
    """Some of the rows, by slice or index."""
    return Arrays(
        keras.tree.map_structure(lambda array: array[rows], arrays.x),
        tuple(target[rows] for target in arrays.targets),
        tuple(None if weight is None else weight[rows] for weight in arrays.weights),
    )
