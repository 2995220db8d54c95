"""Small models of every kind, with data that fit them: one body, one to three outputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import cycle, islice
from typing import Any

import keras
import numpy as np
from keras import layers

from search_spaces import Candidate, SearchSpace
from tuner.inputs import Architecture, Measure, Objective, Training, by_output_name, resolve, training_data, validation_arrays

ROWS, HELD_OUT, BATCH = 32, 16, 16
"""Full batches alone: a last, smaller batch is traced apart, and `ODD_ROWS` are for tests of it."""
ODD_ROWS = 34
WORDS, STEPS = 7, 6


class _Outputs(Mapping[str, tuple[int, list[keras.losses.Loss]]]):
    """Number of units and losses of each output; losses are made anew, since each keeps the precision it was made in."""

    def __getitem__(self, name):
        units, make = _OUTPUTS[name]
        return units, make()

    def __iter__(self):
        return iter(_OUTPUTS)

    def __len__(self):
        return len(_OUTPUTS)


_OUTPUTS = {
    "yes": (
        1,
        lambda: [keras.losses.BinaryCrossentropy(from_logits=True), keras.losses.BinaryFocalCrossentropy(from_logits=True)],
    ),
    "kind": (
        3,
        lambda: [
            keras.losses.CategoricalCrossentropy(from_logits=True),
            keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1),
        ],
    ),
    "size": (2, lambda: [keras.losses.MeanSquaredError(), keras.losses.Huber(delta=0.5)]),
}
OUTPUTS = _Outputs()
"""Units and losses of each output."""


def _dense():
    inputs = keras.Input((5,))
    return inputs, layers.Dense(4, activation="relu")(inputs)


def _dropout():
    inputs = keras.Input((5,))
    return inputs, layers.Dropout(0.3)(layers.Dense(6, activation="tanh")(inputs))


def _batch_norm():
    inputs = keras.Input((5,))
    return inputs, layers.Activation("tanh")(layers.BatchNormalization()(layers.Dense(4, use_bias=False)(inputs)))


def _embedding():
    inputs = keras.Input((STEPS,), dtype="int32")
    return inputs, layers.Dense(4, activation="tanh")(layers.GlobalAveragePooling1D()(layers.Embedding(WORDS, 3)(inputs)))


def _attention():
    inputs = keras.Input((STEPS, 4))
    attended = layers.MultiHeadAttention(2, 2, use_bias=False)(inputs, inputs)
    return inputs, layers.GlobalAveragePooling1D()(layers.LayerNormalization()(attended + inputs))


def _lstm():
    inputs = keras.Input((STEPS, 2))
    return inputs, layers.LSTM(3)(inputs)


def _gru():
    inputs = keras.Input((STEPS, 2))
    return inputs, layers.GRU(3)(inputs)


def _conv1d():
    inputs = keras.Input((STEPS, 2))
    return inputs, layers.GlobalMaxPooling1D()(layers.Conv1D(4, 3, activation="tanh")(inputs))


def _conv2d():
    inputs = keras.Input((6, 6, 1))
    return inputs, layers.Flatten()(layers.MaxPooling2D()(layers.Conv2D(2, 3, activation="tanh")(inputs)))


def _multi_input():
    left, right = keras.Input((5,), name="left"), keras.Input((3,), name="right")
    return {"left": left, "right": right}, layers.Dense(4, activation="tanh")(layers.Concatenate()([left, right]))


def _shared_layers():
    first, second = keras.Input((4,), name="first"), keras.Input((4,), name="second")
    shared = layers.Dense(3, activation="tanh")
    return [first, second], layers.Multiply()([shared(first), shared(second)])


def _residual():
    inputs = keras.Input((5,))
    hidden = layers.Dense(4, activation="tanh")(inputs)
    return inputs, layers.Add()([hidden, layers.Dense(4, activation="tanh")(hidden)])


def _nested_model():
    inputs, within = keras.Input((5,)), keras.Input((4,))
    inner = keras.Model(within, layers.BatchNormalization()(layers.Dense(4, use_bias=False)(within)))
    return inputs, layers.Dense(3, activation="tanh")(inner(layers.Dense(4, activation="tanh")(inputs)))


BODIES: Mapping[str, Callable[[], tuple[Any, Any]]] = {
    "dense": _dense,
    "dropout": _dropout,
    "batch norm": _batch_norm,
    "embedding": _embedding,
    "attention": _attention,
    "lstm": _lstm,
    "gru": _gru,
    "conv1d": _conv1d,
    "conv2d": _conv2d,
    "multi-input": _multi_input,
    "shared layers": _shared_layers,
    "residual": _residual,
    "nested model": _nested_model,
}
"""Inputs and features of each kind of model."""


def build(kind: str, outputs: int) -> keras.Model:
    """A model of this kind with the first so many outputs."""
    inputs, features = BODIES[kind]()
    heads = {name: layers.Dense(units, name=name)(features) for name, (units, _) in islice(OUTPUTS.items(), outputs)}
    return keras.Model(inputs, heads)


def towers(makers: Mapping[str, Callable[[str], tuple[Any, Any]]]) -> keras.Model:
    """Models side by side that share nothing, each with one output: one program trains them all, and each is compared alone.

    Args:
        makers: From the name of an output to its inputs and its prediction.
    """
    parts = {name: make(name) for name, make in makers.items()}
    inputs = keras.tree.flatten([inputs for inputs, _ in parts.values()])
    return keras.Model(inputs, {name: prediction for name, (_, prediction) in parts.items()})


def bodies(kinds: Sequence[str]) -> keras.Model:
    """Models of these kinds side by side, whose outputs are `OUTPUTS` in turn."""

    def maker(kind: str, units: int) -> Callable[[str], tuple[Any, Any]]:
        def make(name: str) -> tuple[Any, Any]:
            inputs, features = BODIES[kind]()
            return inputs, layers.Dense(units, name=name)(features)

        return make

    named = zip(kinds, cycle(units for units, _ in OUTPUTS.values()), strict=False)
    return towers({_name(kind): maker(kind, units) for kind, units in named})


def bodies_space(kinds: Sequence[str], optimizer: Any) -> SearchSpace:
    """Two losses for each output of `bodies`."""
    named = zip(kinds, cycle(losses for _, losses in OUTPUTS.values()), strict=False)
    return SearchSpace({_name(kind): losses for kind, losses in named}, optimizer=optimizer, learning_rate=(1e-4, 1e-1))


def _name(kind: str) -> str:
    """The name of an output, which no layer has by itself."""
    return f"head_of_{kind}".replace(" ", "_").replace("-", "_")


def space(outputs: int, optimizer: Any, **settings: Any) -> SearchSpace:
    """Two losses for each of the first so many outputs."""
    losses = {name: options for name, (_, options) in islice(OUTPUTS.items(), outputs)}
    return SearchSpace(outputs=losses, optimizer=optimizer, learning_rate=(1e-4, 1e-1), **settings)


def training(
    make: Callable[[], keras.Model],
    searched: SearchSpace,
    targets: Any = None,
    sample_weight: Any = None,
    measures: Sequence[Measure] | None = None,
    epochs: int = 3,
    shuffle: bool = False,
    rows: int = ROWS,
) -> Training:
    """What the trials of a space share, on random data that fit the model.

    Args:
        make: Makes the model.
        searched: Names the outputs and their losses.
        targets: Targets of `rows + HELD_OUT` rows; random ones where left out.
        sample_weight: Weights of the training rows.
        measures: The objectives; where left out, one that costs next to nothing.
        epochs: Number of epochs of every trial.
        shuffle: Whether rows are shuffled.
        rows: Number of training rows.
    """
    model, outputs, total = make(), list(searched.outputs), rows + HELD_OUT
    data = inputs_for(model, total), targets_for(model, searched, total) if targets is None else targets
    trained, held_out = (
        keras.tree.map_structure(lambda a, part=part: a[part], data) for part in (slice(rows), slice(rows, None))
    )
    cheap = [Objective(outputs[0], mean_prediction, "max")]
    return Training(
        Architecture(make),
        tuple(outputs),
        training_data(*trained, sample_weight, outputs),
        validation_arrays(held_out, outputs),
        tuple(measures or resolve(cheap, searched)),
        epochs,
        BATCH,
        shuffle,
    )


def mean_prediction(targets: np.ndarray, predictions: np.ndarray) -> float:
    """An objective that costs next to nothing."""
    return float(predictions.mean())


def candidates(searched: SearchSpace, count: int, rate: float = 5e-3) -> list[Candidate]:
    """Candidates that differ in everything that a program takes as tensors: rate, weights, losses, settings of the optimizer."""
    return [
        Candidate(
            rate * (1 + at / 4),
            searched.optimizer[at % len(searched.optimizer)],
            {name: out.losses[(at + n) % len(out.losses)] for n, (name, out) in enumerate(searched.outputs.items())},
            {name: 0.5 + (at + n) % 3 for n, name in enumerate(searched.outputs)},
        )
        for at in range(count)
    ]


def inputs_for(model: keras.Model, rows: int) -> Any:
    """Random inputs in the structure that the model takes."""
    random = np.random.default_rng(1)

    def one(tensor: keras.KerasTensor) -> np.ndarray:
        shape = (rows, *tensor.shape[1:])
        words = tensor.dtype.startswith("int")
        return random.integers(0, WORDS, shape).astype(tensor.dtype) if words else random.normal(size=shape).astype(tensor.dtype)

    return keras.tree.map_structure(one, model._inputs_struct)


def targets_for(model: keras.Model, searched: SearchSpace, rows: int) -> dict[str, np.ndarray]:
    """Random targets of each output, of the shape of its predictions and as its losses take them."""
    random = np.random.default_rng(2)

    def one(name: str, units: int) -> np.ndarray:
        family = searched.outputs[name].losses[0].family
        if family == "binary":
            return random.integers(0, 2, (rows, units)).astype(keras.config.floatx())
        if family == "categorical":
            return np.eye(units, dtype=keras.config.floatx())[random.integers(0, units, rows)]
        return random.normal(size=(rows, units)).astype(keras.config.floatx())

    return {name: one(name, tensor.shape[-1]) for name, tensor in by_output_name(model.output, list(searched.outputs)).items()}
