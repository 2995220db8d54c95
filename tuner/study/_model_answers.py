"""What a model answers for a few rows, as a few numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tuner._keras_internals import has_seed_generator_path
from tuner.inputs import Arrays, in_output_order, random_states_put_back

_NUMBERS = 64


def answers(model: keras.Model, rows: Arrays, outputs: Sequence[str], in_training: bool) -> dict[str, Any]:
    """Some of the predictions by output; in training also what layers add to the loss, and how far their state moves.

    Layers that draw random numbers draw the same ones each time. The model is not changed.

    Args:
        model: Untrained.
        rows: A few.
        outputs: Names of the outputs, in order.
        in_training: Whether the model is called as in training.

    Returns:
        Nothing where the model answers something else at each call, or is one that only its own `fit` can call.
    """
    try:
        first, second = (_call(model, rows, outputs, in_training) for _ in range(2))
    except Exception:  # noqa: BLE001  the model may raise anything
        return {}
    return first if repr(first) == repr(second) else {}


def _call(model: keras.Model, rows: Arrays, outputs: Sequence[str], in_training: bool) -> dict[str, Any]:
    values = [(v, keras.ops.zeros_like(v) if has_seed_generator_path(v) else v.value) for v in model.variables]
    with random_states_put_back(), keras.StatelessScope(values, collect_losses=True) as scope:
        keras.utils.set_random_seed(0)
        predictions = model(keras.tree.map_structure(tf.convert_to_tensor, rows.x), training=in_training)
        added = model.losses
    sampled = {name: _sample(answer) for name, answer in zip(outputs, in_output_order(predictions, outputs), strict=True)}
    if not in_training:
        return {"predictions": sampled}
    counted = [variable for variable in model.non_trainable_variables if _is_counted(variable)]
    moved = [_size(scope.get_current_value(variable) - variable.value) for variable in counted]
    return {"predictions": sampled, "added": rounded(sum(map(_size, added))), "moved": rounded(sum(moved))}


def rounded(number: float) -> float | None:
    """The number with as many digits as single precision has; None where it is not finite."""
    return float(f"{number:.7g}") if np.isfinite(number) else None


def _is_counted(variable: Any) -> bool:
    """Whether how far it moves is a number that means the same everywhere."""
    return "float" in str(variable.dtype) and not has_seed_generator_path(variable)


def _size(value: Any) -> float:
    array = keras.ops.convert_to_numpy(value)
    return float(np.abs(array.astype("float64")).sum()) if array.dtype.kind in "biuf" else 0.0


def _sample(answer: Any) -> list[float | None]:
    """Some of the numbers, from everywhere in the array."""
    numbers = keras.ops.convert_to_numpy(answer).astype("float64").ravel()
    at = np.linspace(0, numbers.size - 1, min(_NUMBERS, numbers.size)).astype(int)
    return [rounded(number) for number in numbers[at].tolist()]
