"""Data that yield batches of their own: `tf.data.Dataset` and `keras.utils.PyDataset`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from search_spaces import InputError
from tuner._errors import first_line
from tuner._keras_internals import dataset_inputs
from tuner.inputs._arrays import Arrays, take_rows
from tuner.inputs._fingerprints import batch_form, fingerprint, row_hashes


def is_dataset(x: Any) -> bool:
    """Whether the data yield batches of their own."""
    return isinstance(x, tf.data.Dataset | keras.utils.PyDataset)


def refuse_infinite(dataset: Any, what: str) -> None:
    """Raises `InputError` where a dataset is known to have no end."""
    if isinstance(dataset, tf.data.Dataset) and int(dataset.cardinality()) == tf.data.INFINITE_CARDINALITY:
        raise InputError(f"{what} never end; limit the dataset with .take(steps)")
    if isinstance(dataset, keras.utils.PyDataset) and _has_no_length(dataset):
        raise InputError(f"{what} never end; give the {type(dataset).__name__} a __len__")


def _has_no_length(dataset: Any) -> bool:
    try:
        return dataset.num_batches is None
    except TypeError:  # of a __len__ that returns None
        return True


def batches(dataset: Any) -> Iterator[Any]:
    """The batches of one pass, as they are yielded.

    Raises:
        InputError: The dataset raised something.
    """
    try:
        if isinstance(dataset, tf.data.Dataset):
            yield from dataset.as_numpy_iterator()
        else:
            yield from (dataset[i] for i in range(dataset.num_batches))
    except Exception as error:
        raise InputError(f"a batch of the {type(dataset).__name__} cannot be read: {first_line(error)}") from error


def dataset_fingerprint(dataset: Any, first: Arrays, again: Arrays) -> str:
    """The fingerprint of a dataset: that of its first batch, or the form of its batches where the first is another each time.

    Args:
        dataset: Finite, or without a known end.
        first: Its first batch.
        again: The first batch of another pass.
    """
    if fingerprint(first) == fingerprint(again) and not shuffles(dataset):
        return "first-batch:" + fingerprint(first)
    length = dataset.num_batches if hasattr(dataset, "num_batches") else int(dataset.cardinality())
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
