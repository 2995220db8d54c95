"""A copy of a model that is used only where it was seen to be the same."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from search_spaces import InputError
from tuner._errors import first_line
from tuner.inputs._layers import all_layers
from tuner.inputs._model_calls import stateless_call

_WAYS: tuple[Callable[[keras.Model], keras.Model], ...] = (keras.models.clone_model, copy.deepcopy)


def faithful_copy(model: keras.Model, x: Any) -> keras.Model:
    """A model with layers of its own that has the class and the values of this one, and predicts the same.

    Args:
        model: Built.
        x: Rows to predict, in the structure that the model takes.

    Raises:
        InputError: Neither Keras's `clone_model` nor a deep copy gives one.
    """
    reasons = []
    for way in _WAYS:
        try:
            other = way(model)
            _take_values(other, model)
            difference = _difference(model, other, x)
        except Exception as error:  # noqa: BLE001  Keras and the person's classes may raise anything: another way is tried
            reasons.append(first_line(error))
            continue
        if not difference:
            return other
        reasons.append(difference)
    raise InputError(
        f"the model cannot be copied ({'; '.join(dict.fromkeys(reasons))}), and the trained model must not be the given one: "
        "give a build function that makes all of its layers, or call best_config().compile(model) and fit"
    )


def _take_values(other: keras.Model, model: keras.Model) -> None:
    for mine, theirs in zip(other.variables, model.variables, strict=True):
        mine.assign(theirs)
    for layer in all_layers(other):
        if hasattr(layer, "finalize_state"):  # `Normalization` computes constants from its variables
            layer.finalize_state()


def _difference(model: keras.Model, other: keras.Model, x: Any) -> str:
    """In what the two differ; empty where they predict the same, bit for bit."""
    if type(model) is not type(other):
        return f"a copy is a {type(other).__name__} and not a {type(model).__name__}"
    for training in (False, True):
        calls = [
            stateless_call(made, made.trainable_variables, made.non_trainable_variables, x, training) for made in (model, other)
        ]
        predictions = [map(np.asarray, keras.tree.flatten(call[0])) for call in calls]
        if not all(np.array_equal(one, two, equal_nan=True) for one, two in zip(*predictions, strict=True)):
            return f"a copy predicts otherwise{' in training' if training else ''}"
    return ""
