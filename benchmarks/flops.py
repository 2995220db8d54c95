"""Floating-point operations of a trial, counted from the shapes of its matrix products.

A kernel of n numbers costs 2n operations, one product and one sum, at every position that it is applied to: once a row in a dense
layer, once a step in a recurrent one, once a pixel in a convolution, once a token in attention, which multiplies the tokens with
each other twice on top. Layers that are not trained are left out. The backward pass costs twice the forward pass (the gradients
by the inputs and by the kernels), so a row costs three times its forward pass in training and once in validation. Activations,
metrics and the optimizer are left out.

`tf.compat.v1.profiler` is no help: it counts neither the `Einsum` of attention nor more than one turn of the loop in an LSTM.
"""

from __future__ import annotations

import math

import keras
from keras import layers

from benchmarks.data import Data
from benchmarks.workload import Workload

_TRAINING = 3
_COUNTED = (layers.Dense, layers.Conv2D, layers.LSTM, layers.MultiHeadAttention)


def trial_flops(workload: Workload, data: Data) -> int:
    """Operations of one trial: training and validation, all epochs."""
    rows = _TRAINING * data.rows + data.validation_rows
    return workload.epochs * rows * forward_flops(workload.build())


def forward_flops(model: keras.Model) -> int:
    """Operations of one row's forward pass.

    Raises:
        TypeError: A layer whose operations are not known.
    """
    trained = [layer for layer in model.layers if layer.trainable_weights]
    return sum(_layer_flops(layer) for layer in trained if not isinstance(layer, layers.Embedding))


def _layer_flops(layer: keras.Layer) -> int:
    if not isinstance(layer, _COUNTED):
        raise TypeError(f"how many operations {type(layer).__name__} {layer.name!r} takes is not known; add it to {__name__}")
    kernels = sum(math.prod(weight.shape) for weight in layer.weights if "kernel" in weight.name)
    if isinstance(layer, layers.LSTM):
        return 2 * kernels * layer.input.shape[1]
    positions = math.prod(layer.output.shape[1:-1])
    flops = 2 * kernels * positions
    if isinstance(layer, layers.MultiHeadAttention):
        flops += 2 * 2 * positions**2 * layer.num_heads * layer.key_dim
    return flops
