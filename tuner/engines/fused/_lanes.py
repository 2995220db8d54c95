"""A lane holds one trial while it trains; several lanes are stacked for one call of a program."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from search_spaces import LossSpec
from tuner.engines._protocol import RunningTrial
from tuner.engines.fused._lane_callbacks import LaneCallbacks
from tuner.engines.fused._training_step import LaneSettings, LaneState
from tuner.inputs import RowOrder


@dataclass
class Lane:
    """One trial in training.

    Attributes:
        trial: The trial that is trained.
        state: Arrays of this lane alone.
        runtime_settings: Runtime settings of the optimizer, by name.
        choices: Number of the chosen loss of each trained output.
        weights: Loss weight of each trained output.
        epoch: Number of epochs trained.
        history: The objectives after each epoch.
        seconds: Share of the wall-clock time: a call's time is divided among its lanes.
        callbacks: Those of this lane; None where there are none.
    """

    trial: RunningTrial
    state: LaneState
    runtime_settings: Mapping[str, float]
    choices: Sequence[int]
    weights: Sequence[float]
    epoch: int = 0
    history: list[list[float]] = field(default_factory=list)
    seconds: float = 0.0
    callbacks: LaneCallbacks | None = None

    @property
    def rate(self) -> float:
        """The learning rate of the next epoch."""
        return self.trial.candidate.learning_rate if self.callbacks is None else self.callbacks.rate

    def begin_epoch(self) -> None:
        """Tells callbacks of the next epoch, once."""
        if self.callbacks is not None:
            self.callbacks.begin_epoch(self.epoch)


def new_lane(
    trial: RunningTrial,
    start: LaneState,
    runtime_settings: Mapping[str, float],
    losses: Mapping[str, Sequence[LossSpec]],
) -> Lane:
    """A lane before its first epoch.

    Args:
        trial: What to train.
        start: Initial values.
        runtime_settings: Runtime settings of the optimizer, by name.
        losses: The losses that may be chosen, by trained output and in the order of the targets.
    """
    candidate = trial.candidate
    choices = [list(options).index(candidate.losses[output]) for output, options in losses.items()]
    return Lane(trial, start, runtime_settings, choices, [candidate.weights[output] for output in losses])


def stacked_state(lanes: Sequence[Lane], count: int) -> LaneState:
    """The lanes' states, one above the other; where lanes are missing, the first one fills their place."""
    states = [lane.state for lane in lanes] + [lanes[0].state] * (count - len(lanes))
    stacked: LaneState = tf.nest.map_structure(_stacked, *states)
    return stacked


def stacked_settings(lanes: Sequence[Lane], count: int) -> LaneSettings:
    """The choices of the lanes' trials, one above the other."""
    filled = [*lanes, *[lanes[0]] * (count - len(lanes))]
    kind = keras.config.floatx()
    return LaneSettings(
        tf.constant([lane.rate for lane in filled], kind),
        {name: tf.constant([lane.runtime_settings[name] for lane in filled], kind) for name in lanes[0].runtime_settings},
        tf.constant([list(lane.weights) for lane in filled], kind),
        tf.constant([list(lane.choices) for lane in filled], tf.int32),
    )


def stacked_orders(lanes: Sequence[Lane], count: int, order: RowOrder) -> tf.Tensor:
    """Each lane's order of rows in its next epoch, shape (count, rows of an epoch), int32."""
    orders = [order.of(lane.trial.seed, lane.epoch) for lane in lanes]
    return tf.constant(np.stack(orders + [orders[0]] * (count - len(lanes))))


def unstack(state: LaneState, lanes: Sequence[Lane]) -> None:
    """Gives each lane its part of a stacked state, without copying."""
    arrays = tf.nest.map_structure(lambda tensor: tensor.numpy(), state)
    for at, lane in enumerate(lanes):
        lane.state = tf.nest.map_structure(lambda array, at=at: array[at], arrays)


@lru_cache(maxsize=32)
def policy_numbers(seed: int, epoch: int, steps: int, outputs: int) -> np.ndarray:
    """Standard normal numbers for a weighting policy: they depend on the trial's seed and the epoch alone.

    Args:
        seed: Seed of the trial.
        epoch: Counted from 0.
        steps: Number of steps of an epoch.
        outputs: Number of outputs.

    Returns:
        Shape (steps, outputs, outputs), of Keras's own floating-point type.
    """
    random = np.random.default_rng([seed, epoch, 1])
    return random.standard_normal((steps, outputs, outputs)).astype(keras.config.floatx())


def stacked_numbers(lanes: Sequence[Lane], count: int, steps: int, outputs: int) -> tf.Tensor:
    """Each lane's random numbers in its next epoch, shape (count, steps, outputs, outputs)."""
    numbers = [policy_numbers(lane.trial.seed, lane.epoch, steps, outputs) for lane in lanes]
    return tf.constant(np.stack(numbers + [numbers[0]] * (count - len(lanes))))


def _stacked(*arrays: Any) -> tf.Tensor:
    return tf.constant(np.stack(arrays) if len(arrays) > 1 else arrays[0][None])
