"""What a weighting policy is: a rule that sets the loss weights at every step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

import numpy as np
import tensorflow as tf

State = Mapping[str, Any]


class Step(NamedTuple):
    """What a policy knows at a training step, as tensors of Keras's own floating-point type.

    Attributes:
        losses: Unweighted loss of each output on the batch, shape (outputs,).
        rate: Learning rate of the trial, a scalar.
        random: Standard normal numbers, new at each step, shape (outputs, outputs).
        gram: Inner products of the outputs' gradients on the trunk, that is on the variables that more than one output depends
            on, shape (outputs, outputs); None unless the policy asks for them.

    Example:
        >>> step = Step(losses=tf.constant([0.5, 2.0]), rate=tf.constant(0.01), random=tf.zeros((2, 2)))
        >>> step.losses.shape, step.gram is None
        (TensorShape([2]), True)
    """

    losses: Any
    rate: Any
    random: Any
    gram: Any = None


class Weights(NamedTuple):
    """What the gradients of the outputs are multiplied by, shape (outputs,) each.

    Attributes:
        trunk: Factors on the variables that more than one output depends on.
        heads: Factors on the variables of one output alone.

    Example:
        >>> Weights(trunk=tf.constant([2.0, 0.5]), heads=tf.ones(2)).heads.numpy().tolist()
        [1.0, 1.0]
    """

    trunk: Any
    heads: Any


class Policy:
    """Sets the weights from losses, state and random numbers.

    Its methods are pure functions of tensors, so that one object serves any number of lanes.

    Attributes:
        name: The policy's name, which its trials carry as the baseline `policy:<name>`.
        paper: Where the rule comes from.
        needs_gradients: Whether it needs the inner products of gradients, which cost a backward pass for each output.
        needs_positive_losses: Whether it divides by losses or takes their logarithms.
        learns_after_step: Whether it needs the losses on the same batch once more after the step.
        most_outputs: Largest number of outputs that it is exact for.

    Example:
        >>> class InverseLoss(Policy):
        ...     name, paper = "inverse_loss", ""
        ...
        ...     def weigh(self, step, state):
        ...         return everywhere(1 / step.losses), state
        >>> policy = InverseLoss()
        >>> step = Step(tf.constant([0.5, 2.0]), tf.constant(0.01), tf.zeros((2, 2)))
        >>> weights, state = policy.weigh(step, policy.initial(2))
        >>> weights.trunk.numpy().tolist(), state
        ([2.0, 0.5], {})
    """

    name: ClassVar[str]
    paper: ClassVar[str]
    needs_gradients: ClassVar[bool] = False
    needs_positive_losses: ClassVar[bool] = False
    learns_after_step: ClassVar[bool] = False
    most_outputs: ClassVar[int] = 1000

    def initial(self, outputs: int) -> dict[str, np.ndarray]:
        """The state before the first step, by name."""
        return {}

    def weigh(self, step: Step, state: State) -> tuple[Weights, State]:
        """The weights of a step, and the new state."""
        raise NotImplementedError

    def learn(self, losses: Any, state: State) -> State:
        """The new state after a step, from the losses that the same batch has after it, shape (outputs,)."""
        return state

    def end_epoch(self, losses: Any, state: State) -> State:
        """The new state after an epoch, from its losses averaged over its steps, shape (outputs,)."""
        return state


def everywhere(weights: Any) -> Weights:
    """The same weights on the trunk and on the heads: those of a weighted sum of losses."""
    return Weights(weights, weights)


def on_the_trunk(weights: Any) -> Weights:
    """These weights on the trunk, and 1 on the heads: each head follows its own loss."""
    return Weights(weights, tf.ones_like(weights))


def count(per_output: Any) -> int:
    """Number of outputs, read from a tensor of shape (outputs, …)."""
    return int(per_output.shape[0])
