"""The rows that a pipeline has yielded so far, each of them kept once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import pandas as pd

from search_spaces import InputError
from tuner.inputs._arrays import Arrays, take_rows
from tuner.inputs._datasets import joined


class UnevenRowsError(Exception):
    """Rows of one batch have other shapes or types than those of another, so that no array holds both."""


class KeptRows:
    """Keeps each row once, and says where it is. Two rows are the same where all their values are, by a hash of 64 bits.

    Attributes:
        count: Number of rows that are kept.
        nbytes: Bytes that they take.
    """

    def __init__(self) -> None:
        self.count, self.nbytes = 0, 0
        self._batches: list[Arrays] = []
        self._places: dict[int, int] = {}
        self._first: Arrays | None = None

    def places(self, batch: Arrays) -> np.ndarray:
        """Keeps the rows that are new.

        Returns:
            The place of each row of the batch, shape (rows,), int32.

        Raises:
            InputError: The batch has other inputs, targets or weights than the first one.
            UnevenRowsError: Its rows have other shapes or types.
        """
        self._check_form(batch)
        new: list[int] = []
        places = np.empty(batch.rows, np.int32)
        for at, row in enumerate(hashes(batch).tolist()):
            place = self._places.get(row)
            if place is None:
                place = self._places[row] = self.count + len(new)
                new.append(at)
            places[at] = place
        if new:
            self._batches.append(batch if len(new) == batch.rows else take_rows(batch, new))
            self.count += len(new)
            self.nbytes += sum(column.nbytes for column in self._batches[-1].columns)
        return places

    def arrays(self, places: np.ndarray | None = None) -> Arrays:
        """The rows at these places; all that are kept, in the order in which they came first, where left out."""
        rows = joined(self._batches, "the training data")
        return rows if places is None or np.array_equal(places, np.arange(self.count)) else take_rows(rows, places)

    def _check_form(self, batch: Arrays) -> None:
        self._first = first = self._first or batch
        if _structure(batch) != _structure(first):
            raise InputError(
                "the training data: a batch has other inputs, targets or sample weights than the first one; yield (x, y) or "
                "(x, y, sample_weight) of one form in all batches"
            )
        if _rows_form(batch) != _rows_form(first):
            raise UnevenRowsError


def _structure(batch: Arrays) -> list[Any]:
    return [keras.tree.map_structure(lambda _: 0, batch.x), [weight is None for weight in batch.weights]]


def _rows_form(batch: Arrays) -> list[Any]:
    return [(column.shape[1:], "text" if column.dtype.kind in "OSU" else column.dtype) for column in batch.columns]


def hashes(batch: Arrays) -> np.ndarray:
    """A hash of each row's values, shape (rows,), uint64."""
    total = np.zeros(batch.rows, np.uint64)
    for number, column in enumerate(batch.columns):
        values = np.ascontiguousarray(column).reshape(batch.rows, -1)
        flat = values.ravel().astype(object) if values.dtype.kind in "OSU" else values.ravel()
        hashed = pd.util.hash_array(flat).reshape(values.shape)
        total += (hashed * _multipliers(number, values.shape[1])).sum(axis=1, dtype=np.uint64)
    return total


def _multipliers(seed: int, count: int) -> np.ndarray:
    """Odd numbers, so that values tell by their place."""
    return np.random.default_rng(seed).integers(0, 2**63, count, np.uint64) * np.uint64(2) + np.uint64(1)


def sorted_batches(arrays: Arrays, sizes: Sequence[int]) -> np.ndarray:
    """The positions of rows with the batches of the first one's size sorted by their values: in every process alike."""
    ends = np.cumsum(sizes)
    rows = [np.arange(end - size, end) for size, end in zip(sizes, ends, strict=True)]
    by_row = hashes(arrays)
    full = sorted((one for one in rows if len(one) == sizes[0]), key=lambda one: int(by_row[one].sum(dtype=np.uint64)))
    return np.concatenate([*full, *(one for one in rows if len(one) != sizes[0])])
