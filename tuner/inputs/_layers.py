"""What a model's class defines itself, and whether its layers draw random numbers."""

from __future__ import annotations

from typing import Any

import keras

from tuner._keras_internals import has_seed_generator_path, is_of_keras, is_recurrent, model_layers

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


def own_loop(model: keras.Model) -> str:
    """The first method of the training loop that the model has of its own; empty where it has none."""
    return next((name for name in _OWN_LOOPS if _defines(type(model), name)), "")


def has_random_layers(model: keras.Model) -> bool:
    """Whether training draws random numbers, as dropout does; a recurrent layer can always, but does so for a dropout only."""
    never_drawing = {id(v) for layer in all_layers(model) if _never_drops(layer) for v in layer.non_trainable_variables}
    drawing = [variable for variable in model.non_trainable_variables if id(variable) not in never_drawing]
    return any(map(has_seed_generator_path, drawing))


def all_layers(model: keras.Model) -> list[Any]:
    """The layers of a model and of the models inside it."""
    return model_layers(model)


def _never_drops(layer: Any) -> bool:
    """Whether it is one of Keras's recurrent layers or their cells, without dropout."""
    return is_recurrent(layer) and getattr(layer, "dropout", None) == 0 and getattr(layer, "recurrent_dropout", None) == 0


def _defines(cls: type, name: str) -> bool:
    """Whether a class or one of its bases, short of Keras's own, defines this method."""
    owner = next(base for base in cls.__mro__ if name in vars(base))
    return not is_of_keras(owner)
