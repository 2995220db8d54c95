"""The training rows as tensors, converted once for all programs."""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf

from tuner.engines.fused._training_step import Batch
from tuner.inputs import Training


def training_tensors(training: Training) -> Batch:
    """All training rows; the data of the training are arrays."""
    arrays = training.data.arrays
    assert arrays is not None
    weights = [tf.constant(_floats(weight)) for weight in arrays.weights if weight is not None]
    x = keras.tree.map_structure(lambda array: tf.constant(_floats(array)), arrays.x)
    return Batch(x, [tf.constant(_floats(target)) for target in arrays.targets], weights)


def _floats(array: np.ndarray) -> np.ndarray:
    """Floating-point numbers in Keras's own precision, as `fit` converts them."""
    return array.astype(keras.config.floatx()) if array.dtype.kind == "f" else array
