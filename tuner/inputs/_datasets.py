"""Data that yield batches of their own: `tf.data.Dataset` and `keras.utils.PyDataset`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import count, islice
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from search_spaces import InputError
from tuner._errors import first_line
from tuner._keras_internals import dataset_inputs
from tuner.inputs._arrays import Arrays, take_rows
from tuner.inputs._fingerprints import batch_form, fingerprint, row_hashes


class ReadOnce(Iterator[Any]):
    """The batches of an iterator, of which the first can be looked at before.

    Attributes:
        name: The iterator's class, as errors call it.
    """

    def __init__(self, given: Iterator[Any]) -> None:
        self.name = type(given).__name__
        self._given = given
        self._seen: list[Any] = []

    def __next__(self) -> Any:
        return self._seen.pop() if self._seen else next(self._given)

    def first(self) -> Any:
        """The next batch, which stays the next one; None where there is none."""
        self._seen = self._seen or list(islice(batches(self), 1))
        return self._seen[0] if self._seen else None


def in_batches(x: Any) -> Any:
    """What yields batches, in a form in which the first can be looked at; everything else as it is."""
    return ReadOnce(x) if isinstance(x, Iterator) and not is_dataset(x) else x


def is_dataset(x: Any) -> bool:
    """Whether the data yield batches of their own."""
    return isinstance(x, tf.data.Dataset | keras.utils.PyDataset | ReadOnce)


def first_batch(x: Any) -> Any:
    """The first batch as it is yielded; None where there is none."""
    return x.first() if isinstance(x, ReadOnce) else next(batches(x), None)


def name_of(x: Any) -> str:
    """The class of what yields batches, as errors call it."""
    return x.name if isinstance(x, ReadOnce) else type(x).__name__


def has_no_end(dataset: Any) -> bool:
    """Whether a dataset is known to have no end."""
    if isinstance(dataset, tf.data.Dataset):
        return bool(dataset.cardinality() == tf.data.INFINITE_CARDINALITY)
    return isinstance(dataset, keras.utils.PyDataset) and length_of(dataset) is None


def length_of(dataset: Any) -> int | None:
    """The number of batches of a pass; None where that is not known before it ends, or there is no end."""
    if isinstance(dataset, tf.data.Dataset):
        cardinality = int(dataset.cardinality())
        return cardinality if cardinality >= 0 else None
    try:
        length: int | None = dataset.num_batches if isinstance(dataset, keras.utils.PyDataset) else None
    except TypeError:  # of a __len__ that returns None
        return None
    return length


def batches(dataset: Any) -> Iterator[Any]:
    """The batches of one pass, as they are yielded; the rest of what can be read only once.

    Raises:
        InputError: The dataset raised something.
    """
    try:
        yield from _batches(dataset)
    except Exception as error:
        raise InputError(f"a batch of the {name_of(dataset)} cannot be read: {first_line(error)}") from error


def _batches(dataset: Any) -> Iterator[Any]:
    if isinstance(dataset, tf.data.Dataset):
        return dataset.as_numpy_iterator()  # type: ignore[no-any-return]
    if not isinstance(dataset, keras.utils.PyDataset):
        return iter(dataset)
    dataset.on_epoch_end()  # `fit` calls it before the first epoch too
    dataset.on_epoch_begin()
    length = length_of(dataset)
    return (dataset[i] for i in (count() if length is None else range(length)))


def dataset_fingerprint(dataset: Any, first: Arrays, again: Arrays) -> str:
    """The fingerprint of a dataset: that of its first batch, or the form of its batches where the first is another each time.

    Args:
        dataset: Finite, or without a known end.
        first: Its first batch.
        again: The first batch of another pass.
    """
    if fingerprint(first) == fingerprint(again) and not shuffles(dataset):
        return "first-batch:" + fingerprint(first)
    length = int(dataset.cardinality()) if isinstance(dataset, tf.data.Dataset) else length_of(dataset)
    return "form:" + batch_form(first, length)


def shuffles(dataset: Any) -> bool:
    """Whether one of the steps that make a `tf.data.Dataset` shuffles: the order may be another in the next process."""
    if "Shuffle" in type(dataset).__name__:
        return True
    return any(map(shuffles, dataset_inputs(dataset)))


def sorted_rows(arrays: Arrays) -> Arrays:
    """The rows sorted by their hashes, so that sums over them are the same each time."""
    hashes = row_hashes(arrays)
    return replace(take_rows(arrays, np.array(sorted(range(arrays.rows), key=hashes.__getitem__))), ordered=False)


def joined(parts: Sequence[Arrays], what: str) -> Arrays:
    """The rows of all batches, one after the other.

    Raises:
        InputError: There are no batches, or their rows differ in shape.
    """
    if not parts:
        raise InputError(f"{what} hold no batches")
    weights = zip(*(part.weights for part in parts), strict=True)
    try:
        return Arrays(
            keras.tree.map_structure(lambda *leaves: np.concatenate(leaves), *(part.x for part in parts)),
            tuple(np.concatenate(column) for column in zip(*(part.targets for part in parts), strict=True)),
            tuple(None if column[0] is None else np.concatenate(column) for column in weights),
        )
    except ValueError as error:
        raise InputError(f"{what} must have rows of one shape in all batches: {error}; pad all batches alike") from error
