"""Shuffled rows for `Model.fit`, in the study's own order of each epoch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tuner.inputs import RowOrder


class OrderedRows(keras.callbacks.Callback):  # type: ignore[misc]
    """A dataset of batches whose order depends on seed and epoch alone, and the callback that says which epoch it is.

    Keras would draw another order in every process, and no two trials would be paired. Batches are gathered as Keras gathers
    those of arrays.

    Args:
        rows: The arguments `x`, `y` and perhaps `sample_weight` of `Model.fit`.
        order: The order of the rows.
        seed: Seed of the trial.
    """

    def __init__(self, rows: Mapping[str, Any], order: RowOrder, seed: int) -> None:
        super().__init__()
        self._rows = tuple(rows[name] for name in ("x", "y", "sample_weight") if name in rows)
        self._order, self._seed = order, seed
        self._of_epoch = tf.Variable(order.of(seed, 0), trainable=False)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Begins the order of an epoch."""
        self._of_epoch.assign(self._order.of(self._seed, epoch))

    def dataset(self) -> tf.data.Dataset:
        """One epoch of batches at each pass."""
        tensors = keras.tree.map_structure(lambda array: tf.constant(_floats(array)), self._rows)
        variable, order = self._of_epoch, self._order
        orders = tf.data.Dataset.range(1).map(lambda _: variable.read_value())
        batches = orders.flat_map(lambda rows: tf.data.Dataset.from_tensor_slices(rows).batch(order.batch_size))
        return (
            tf.data.Dataset.zip(batches, tf.data.Dataset.from_tensors(keras.tree.lists_to_tuples(tensors)).repeat())
            .map(_gathered, num_parallel_calls=tf.data.AUTOTUNE)
            .apply(tf.data.experimental.assert_cardinality(order.steps))
            .prefetch(tf.data.AUTOTUNE)
        )


def _gathered(index: Any, rows: Any) -> Any:
    return tf.nest.map_structure(lambda tensor: tf.gather(tensor, index), rows)


def _floats(array: Any) -> Any:
    """Floating-point numbers in Keras's own precision, as `fit` converts those of arrays."""
    array = np.asarray(array)
    return array.astype(keras.config.floatx()) if array.dtype.kind == "f" else array
