"""Adam, for the few numbers that a policy learns by itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from tuner.policies._policy import State

_BETA_1, _BETA_2, _EPSILON = 0.9, 0.999, 1e-8


def adam_state(parameter: np.ndarray) -> dict[str, np.ndarray]:
    """The parameter and Adam's two moments of it, before the first step."""
    return {"parameter": parameter, "mean": np.zeros_like(parameter), "square": np.zeros_like(parameter), "steps": np.zeros(())}


def adam(state: State, gradient: Any, rate: Any) -> dict[str, Any]:
    """One step of Kingma & Ba's Adam (2015, algorithm 1).

    Args:
        state: What `adam_state` returned, or the last step; other entries stay as they are.
        gradient: Derivative of what is minimised, by the parameter.
        rate: Learning rate.
    """
    steps = state["steps"] + 1
    mean = _BETA_1 * state["mean"] + (1 - _BETA_1) * gradient
    square = _BETA_2 * state["square"] + (1 - _BETA_2) * tf.square(gradient)
    bias_1, bias_2 = 1 - tf.pow(tf.constant(_BETA_1, steps.dtype), steps), 1 - tf.pow(tf.constant(_BETA_2, steps.dtype), steps)
    change = rate * (mean / bias_1) / (tf.sqrt(square / bias_2) + _EPSILON)
    return {**state, "parameter": state["parameter"] - change, "mean": mean, "square": square, "steps": steps}
