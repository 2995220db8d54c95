"""What the fused engine cannot do, in words; all of it is left to `fit`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import keras
import tensorflow as tf

from search_spaces import SearchSpace
from tuner.engines._memory import available_bytes
from tuner.engines._protocol import Training
from tuner.engines._stateless import refusal

_DATA_SHARE = 0.4
_OWN_LOOPS = (
    "train_step",
    "test_step",
    "predict_step",
    "compute_loss",
    "make_train_function",
    "fit",
    "predict",
    "stateless_call",
)


def training_refusals(training: Training, model: keras.Model) -> list[str]:
    """Why no trial of this study can train in lanes; empty where they can."""
    return [*_backend(), *_data(training), *_model(model)]


def space_refusals(space: SearchSpace) -> list[str]:
    """Why some candidates of the space cannot train in lanes."""
    return [refusal(spec) for spec in space.optimizer if refusal(spec)]


def own_loop(model: keras.Model) -> str:
    """The first method of the training loop that the model has of its own; empty where it has none."""
    return next((name for name in _OWN_LOOPS if _differs(type(model), name)), "")


def has_random_layers(model: keras.Model) -> bool:
    """Whether training draws random numbers, as dropout does; a recurrent layer can always, but does so for a dropout only."""
    idle = {id(v) for layer in all_layers(model) if _never_drops(layer) for v in layer.non_trainable_variables}
    drawing = [variable for variable in model.non_trainable_variables if id(variable) not in idle]
    return any(variable.path.endswith("seed_generator_state") for variable in drawing)


def convolves(model: keras.Model) -> bool:
    """Whether it holds convolutions over two or three dimensions."""
    return any(re.search(r"Conv[23]D", type(layer).__name__) for layer in all_layers(model))


def recurs(model: keras.Model) -> bool:
    """Whether it holds layers that go through time step by step."""
    return any(isinstance(layer, keras.layers.RNN) for layer in all_layers(model))


def all_layers(model: keras.Model) -> list[Any]:
    """The layers of a model and of the models inside it."""
    return list(model._flatten_layers(include_self=False))


def _never_drops(layer: Any) -> bool:
    """Whether it is one of Keras's recurrent layers or their cells, without dropout."""
    recurrent = type(layer).__module__.startswith("keras.src.layers.rnn.")
    return recurrent and getattr(layer, "dropout", None) == 0 and getattr(layer, "recurrent_dropout", None) == 0


def _backend() -> Iterator[str]:
    if keras.backend.backend() != "tensorflow":
        yield f"Keras runs on {keras.backend.backend()}, and the fused engine on TensorFlow"


def _data(training: Training) -> Iterator[str]:
    arrays = training.data.arrays
    if arrays is None:
        yield "the training data are a dataset, which yields batches of its own"
        return
    leaves = keras.tree.flatten([arrays.x, list(arrays.targets)])
    if any(leaf.dtype.kind not in "biuf" for leaf in leaves):
        yield "the training data hold text or objects"
    size, limit = sum(leaf.nbytes for leaf in leaves), _DATA_SHARE * available_bytes()
    if size > limit:
        yield f"the training data take {size / 2**30:.1f} GiB, more than {_DATA_SHARE:.0%} of the memory that is free"


def _model(model: keras.Model) -> Iterator[str]:
    if own_loop(model):
        yield f"the model has a {own_loop(model)} of its own"
    if not model.trainable_variables:
        yield "the model has nothing to train"
    policies = {getattr(layer.dtype_policy, "name", "") for layer in all_layers(model)}
    if "mixed_float16" in policies:
        yield "the model computes in mixed_float16, where Keras scales the loss by what it meets"
    if tf.distribute.has_strategy():
        yield "a tf.distribute strategy is active"


def _differs(cls: type, name: str) -> bool:
    """Whether a class or one of its bases, short of Keras's own, defines this method."""
    owner = next(base for base in cls.__mro__ if name in vars(base))
    return not owner.__module__.startswith("keras.")
