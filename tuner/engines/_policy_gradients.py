"""How a weighting policy enters a step: the same in both engines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from tuner.policies import Policy, State, Step

Gradients = list[Any]


def weighted(
    policy: Policy,
    step: Step,
    state: State,
    gradient: Callable[[Any], Gradients],
    apart: Callable[[int], Gradients],
) -> tuple[Gradients, State]:
    """The gradient that the optimizer is given.

    Args:
        policy: The weighting policy.
        step: The losses and numbers of this step; inner products are added where the policy needs gradients.
        state: The state of the policy.
        gradient: Computes the gradient of the weighted sum of losses by the trainable variables, from one weight per output.
        apart: Computes the gradient of the loss of one output, from its place.

    Returns:
        One gradient per trainable variable, and the new state.
    """
    if not policy.needs_gradients:
        weights, state = policy.weigh(step, state)
        return gradient(weights.trunk), state
    each = [apart(at) for at in range(int(step.losses.shape[0]))]
    shared = [sum(one is not None for one in column) > 1 for column in zip(*each, strict=True)]
    weights, state = policy.weigh(step._replace(gram=_gram(each, shared, step.losses.dtype)), state)
    trunks = gradient(weights.trunk)
    if weights.heads is weights.trunk:
        return trunks, state
    heads = gradient(weights.heads)
    return [trunk if both else head for both, trunk, head in zip(shared, trunks, heads, strict=True)], state


def _gram(each: Sequence[Gradients], shared: Sequence[bool], kind: tf.DType) -> Any:
    """Inner products of the outputs' gradients on the variables that are shared, shape (outputs, outputs)."""
    total = tf.zeros((len(each), len(each)), kind)
    for at in [at for at, both in enumerate(shared) if both]:
        column = [gradients[at] for gradients in each]
        like = tf.convert_to_tensor(next(one for one in column if one is not None))
        dense = [tf.zeros_like(like) if one is None else tf.convert_to_tensor(one) for one in column]
        rows = tf.stack([tf.reshape(one, [-1]) for one in dense])
        total += tf.cast(tf.linalg.matmul(rows, rows, transpose_b=True), kind)
    return total
