"""How much memory a lane takes."""

from __future__ import annotations

import math

import keras

from tuner._keras_internals import model_layers


def lane_bytes(model: keras.Model, batch_size: int, optimizer_values: int) -> int:
    """The memory of one lane, roughly: weights, their gradients, the optimizer's values, and a batch's activations twice.

    Args:
        model: A built model.
        batch_size: Number of rows per step.
        optimizer_values: Number of values in the optimizer's variables.
    """
    weights: int = sum(math.prod(variable.shape) for variable in model.variables)
    return 4 * (2 * weights + optimizer_values + 2 * batch_size * activations(model))


def activations(model: keras.Model) -> int:
    """Number of numbers that the layers of a model give for one row."""
    total: int = 0
    for layer in model_layers(model):
        total += sum(math.prod(size or 1 for size in tensor.shape[1:]) for tensor in _outputs(layer))
    return total


def _outputs(layer: keras.layers.Layer) -> list[keras.KerasTensor]:
    try:
        return list(keras.tree.flatten(layer.output))
    except (AttributeError, ValueError):  # used several times, or not at all: its size is not known
        return []
