"""Whether a model that was built anew computes what the model of a program computes with the same values."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from tuner.engines.fused._unusable import BuiltOtherwise
from tuner.inputs import call_model, stateless_call

_FEW_ROWS = 4
_RELATIVE, _ABSOLUTE = 1e-4, 1e-5

tracing = threading.Lock()
"""Held while a program's model is called: layers note the losses of their last call, so two threads would mix them."""


def check_same_model(model: keras.Model, built: keras.Model, trainable: Sequence[Any], other: Sequence[Any], x: Any) -> None:
    """Compares predictions in inference and in training mode.

    Args:
        model: The model of a program.
        built: A new one, whose values are these; those that are not trained change.
        trainable: Values of the trainable variables.
        other: Values of the other variables.
        x: Rows of the inputs; a few of them are predicted, or all where the model takes one size of batch alone.

    Raises:
        BuiltOtherwise: Predictions differ, so that the build has drawn something that no variable holds.
    """
    if built is model:
        return
    if all(tensor.shape[0] is None for tensor in getattr(model, "inputs", None) or []):
        x = keras.tree.map_structure(lambda array: array[:_FEW_ROWS], x)
    with tracing:
        for training in (False, True):
            ours, other, _ = stateless_call(model, trainable, other, x, training)
            if not _equal(ours, call_model(built, x, training)):
                raise BuiltOtherwise(
                    "the build function draws numbers that no variable of the model holds (NumPy's, for example), so another "
                    "seed builds another model; keep them in a variable (add_weight, trainable=False)"
                )


def _equal(ours: Any, theirs: Any) -> bool:
    pairs = zip(keras.tree.flatten(ours), keras.tree.flatten(theirs), strict=True)
    return all(np.allclose(_floats(one), _floats(other), _RELATIVE, _ABSOLUTE, equal_nan=True) for one, other in pairs)


def _floats(tensor: Any) -> np.ndarray:
    return np.asarray(keras.ops.convert_to_numpy(keras.ops.cast(tensor, "float32")))
