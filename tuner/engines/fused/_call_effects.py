"""What a model does when it is called, beside giving predictions: what a traced program would drop or repeat wrongly.

A traced program calls the model statelessly: it maps the model's variables to tensors and takes the new values of the
non-trainable ones. Everything else that a call does is lost in it, or happens once instead of at every step.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tuner.inputs import call_model, graph_effects


def call_effects(model: keras.Model, x: Any) -> list[str]:
    """Why a stateless call of the model in training mode is not the whole call; empty where it is.

    Args:
        model: Built; its values do not change.
        x: Some rows of the inputs, in the structure that the model takes.

    Returns:
        One clause a reason, as the end of the sentence "Left to compile and fit: …".
    """
    before = _python_random()
    graph, changed = _traced(model, x)
    reasons = [*_variables(model, changed), *graph_effects(graph)]
    if not reasons and _python_random() != before:
        reasons.append("the model draws random numbers by Python or NumPy when it is called, once for all steps")
    return list(dict.fromkeys(reasons))


def _traced(model: keras.Model, x: Any) -> tuple[Any, set[int]]:
    """The graph of a stateless call, and the identities of the variables that the call assigns."""
    changed: list[set[int]] = []

    def call(values: Sequence[Any], x: Any) -> Any:
        with keras.StatelessScope(list(zip(model.variables, values, strict=True))) as scope:
            mapped = dict(scope.state_mapping)
            predictions = call_model(model, x, training=True)
        changed.append({key for key, value in scope.state_mapping.items() if mapped.get(key) is not value})
        return keras.tree.map_structure(tf.convert_to_tensor, predictions)

    values = [variable.value for variable in model.variables]
    rows = keras.tree.map_structure(tf.convert_to_tensor, x)
    traced = tf.function(call, autograph=False).get_concrete_function(values, rows)
    return traced.graph, changed[-1]


def _variables(model: keras.Model, changed: set[int]) -> Iterator[str]:
    """Trainable variables that the call assigns, and variables that are not the model's own."""
    if changed - {id(variable) for variable in model.variables}:
        yield (
            "a layer changes a variable that is not among the model's, as keras.random does without a seed (give the layer a "
            "keras.random.SeedGenerator as an attribute)"
        )
    for variable in model.trainable_variables:
        if id(variable) in changed:
            yield f"a layer assigns its trainable variable {variable.path!r} when it is called"


def _python_random() -> tuple[str, str]:
    """The states of the global random generators of Python and NumPy, as text."""
    return repr(random.getstate()), repr([np.asarray(part).tobytes() for part in np.random.get_state(legacy=True)])
