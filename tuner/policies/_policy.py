"""What a weighting policy is: a rule that sets the loss weights at every step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

import numpy as np
import tensorflow as tf

State = Mapping[str, Any]


class Step(NamedTuple):
    """What a policy is told at a step; tensors of Keras's own floating-point type.

    Attributes:
        losses: Unweighted loss of each output on the batch, shape (outputs,).
        rate: Learning rate of the trial, a scalar.
        random: Standard normal numbers, new at each step, shape (outputs, outputs).
        gram: Inner products of the outputs' gradients on the trunk, that is on the variables that more than one output depends
            on, shape (outputs, outputs); None unless the policy asks for them.
    """

    losses: Any
    rate: Any
    random: Any
    gram: Any = None


class Weights(NamedTuple):
    """What the gradients of the outputs are multiplied by, shape (outputs,) each.

    Attributes:
        trunk: On the variables that more than one output depends on.
        heads: On the variables of one output alone.
    """

    trunk: Any
    heads: Any


class Policy:
    """Sets the weights from losses, state and random numbers; pure functions of tensors, one object for any number of lanes.

    Attributes:
        name: As in `policy:<name>`.
        paper: Where the rule comes from.
        needs_gradients: Whether it is told the inner products of gradients, which costs a backward pass for each output.
        needs_positive_losses: Whether it divides by losses or takes their logarithms.
        learns_after_step: Whether it is told the losses on the same batch once more after the step.
        most_outputs: Largest number of outputs that it is exact for.
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
        """The new state, once it is known what the step did to the losses of its own batch, shape (outputs,)."""
        return state

    def end_epoch(self, losses: Any, state: State) -> State:
        """The new state after an epoch, whose losses were these on average over its steps, shape (outputs,)."""
        return state


def everywhere(weights: Any) -> Weights:
    """The same weights on the trunk and on the heads: those of a weighted sum of losses."""
    return Weights(weights, weights)


def on_the_trunk(weights: Any) -> Weights:
    """These weights on the trunk; each head follows its own loss."""
    return Weights(weights, tf.ones_like(weights))


def count(like: Any) -> int:
    """Number of outputs."""
    return int(like.shape[0])
