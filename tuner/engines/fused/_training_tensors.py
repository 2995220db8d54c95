"""The training rows as tensors, converted once for all programs."""

from __future__ import annotations

from collections.abc import Collection

import keras
import numpy as np
import tensorflow as tf

from tuner.engines.fused._training_step import Batch
from tuner.inputs import Training


def training_tensors(training: Training, trained: Collection[str]) -> Batch:
    """All training rows, with the targets and weights of these outputs; the data of the training are arrays."""
    arrays = training.data.arrays
    assert arrays is not None
    at = [place for place, output in enumerate(training.outputs) if output in trained]
    targets = [tf.constant(in_keras_precision(arrays.targets[place])) for place in at]
    weights = [tf.constant(in_keras_precision(weight)) for weight in map(arrays.weights.__getitem__, at) if weight is not None]
    x = keras.tree.map_structure(lambda array: tf.constant(in_keras_precision(array)), arrays.x)
    return Batch(x, targets, weights)


def in_keras_precision(array: np.ndarray) -> np.ndarray:
    """Floating-point numbers in Keras's own precision, as `fit` converts them."""
    return array.astype(keras.config.floatx()) if array.dtype.kind == "f" else array
