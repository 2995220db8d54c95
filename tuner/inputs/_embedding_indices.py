"""Indices that an embedding has no row for: `fit` fails on a processor, and everywhere else they give zeros or another row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import keras
import numpy as np

from tuner._keras_internals import input_structure, model_layers, nodes_of, without_wrapper

_ROWS = 4096


def beyond_embeddings(model: keras.Model, x: Any) -> Iterator[str]:
    """A sentence for each embedding that is asked for a row it does not have, in nested models too.

    Only what comes before the embedding is computed, and only where nothing of that is trained.

    Args:
        model: A model that takes these inputs.
        x: The inputs, in the structure that the model takes.
    """
    function = without_wrapper(model)
    lookups = [node for node in nodes_of(function) if _looks_up(node.operation)]
    inputs = _in_order(function, x) if lookups else []
    for node in lookups:
        layer, values = node.operation, _values(function, node.input_tensors, inputs)
        if values is not None and isinstance(layer, keras.layers.Embedding):
            yield from _beyond(layer, values[0])
        elif values is not None:
            yield from beyond_embeddings(layer, values)


def _looks_up(layer: Any) -> bool:
    if isinstance(layer, keras.Model):
        return any(isinstance(inner, keras.layers.Embedding) for inner in model_layers(layer))
    return isinstance(layer, keras.layers.Embedding)


def _beyond(layer: keras.layers.Embedding, values: np.ndarray) -> Iterator[str]:
    low, high = values.min(), values.max()
    if low < -layer.input_dim or high >= layer.input_dim:
        index, last = high if high >= layer.input_dim else low, layer.input_dim - 1
        yield f"the embedding {layer.name!r} has rows 0 to {last} and is asked for {int(index)}; make its input_dim larger"


def _in_order(function: Any, x: Any) -> list[np.ndarray]:
    """One array for each input."""
    if isinstance(x, Mapping):
        return [np.asarray(x[name]) for name in input_names(function)]
    return [np.asarray(leaf) for leaf in keras.tree.flatten(x)]


def input_names(model: Any) -> list[str]:
    """The names by which a model takes inputs that are given as a dictionary, in the order of `model.inputs`."""
    structure = input_structure(model)
    keys = {tensor.name: key for key, tensor in structure.items()} if isinstance(structure, Mapping) else {}
    return [keys.get(tensor.name, tensor.name) for tensor in model.inputs]


def _values(function: Any, tensors: Sequence[Any], inputs: Sequence[np.ndarray]) -> list[np.ndarray] | None:
    """What these tensors hold; None where something is trained on the way to them, or they come from texts."""
    given_inputs = {id(tensor): array for tensor, array in zip(function.inputs, inputs, strict=True)}
    if all(id(tensor) in given_inputs for tensor in tensors):
        return [given_inputs[id(tensor)] for tensor in tensors]
    before = keras.Model(function.inputs, list(tensors))
    if before.trainable_variables or any(array.dtype.kind not in "biuf" for array in inputs):
        return None
    values = before.predict(list(inputs), batch_size=_ROWS, verbose=0)
    return list(values) if isinstance(values, list | tuple) else [values]
