"""Calls of a model as `fit` and `predict` make them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras

from tuner._keras_internals import takes_training


def call_model(model: keras.Model, x: Any, training: bool) -> Any:
    """The predictions of a model.

    A `call` of one's own without an argument `training` gets none, and then layers inside such as `Dropout` do not either.

    Args:
        model: A model.
        x: Rows of the inputs, in the structure that the model takes.
        training: Whether the model is called as in training.
    """
    return model(x, training=training) if takes_training(model) else model(x)


def stateless_call(
    model: keras.Model, trainable: Sequence[Any], other: Sequence[Any], x: Any, training: bool
) -> tuple[Any, list[Any], list[Any]]:
    """The predictions of a model with other values of its variables, which keep theirs.

    `Model.stateless_call` calls `call` and not the model: it does not convert inputs, and knows no mode in layers inside.

    Args:
        model: A model.
        trainable: Values of its trainable variables.
        other: Values of its other variables.
        x: Rows of the inputs, in the structure that the model takes.
        training: Whether the model is called as in training.

    Returns:
        The predictions, the new values of the other variables, and the losses that layers add.
    """
    values = zip([*model.trainable_variables, *model.non_trainable_variables], [*trainable, *other], strict=True)
    with keras.StatelessScope(list(values), collect_losses=True) as scope:
        predictions = call_model(model, x, training)
        losses = list(model.losses)
    return predictions, [scope.get_current_value(variable) for variable in model.non_trainable_variables], losses
