"""One traced program that trains several trials as lanes: whole epochs inside the graph, everything a trial chose as tensors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from tuner.engines._step import Batch, LaneSettings, LaneState, TrainingStep


class EpochProgram:
    """Trains every lane for one epoch.

    Args:
        step: Of one lane.
        lanes: Number of lanes.
        rows: Number of training rows.
        batch_size: Rows per step; the last step of an epoch takes what is left.
        xla: Whether XLA compiles the program.
    """

    def __init__(self, step: TrainingStep, lanes: int, rows: int, batch_size: int, xla: bool) -> None:
        self.lanes, self.xla = lanes, xla
        self.whole, self.rest = divmod(rows, batch_size)
        self._step, self._batch_size, self._policy = over_lanes(step, lanes), batch_size, step.policy
        self._outputs = len(step.outputs)
        self._run = tf.function(self._epoch, jit_compile=xla, autograph=False)

    def __call__(
        self, state: LaneState, chosen: LaneSettings, order: Any, random: Any, data: Batch, steps: int | None = None
    ) -> Any:
        """Runs it; the first call traces and compiles.

        Args:
            state: Stacked over lanes, shape (lanes, …) each.
            chosen: Stacked over lanes.
            order: Each lane's order of rows, shape (lanes, rows), int32.
            random: Standard normal numbers for the weighting policy, shape (lanes, steps, outputs, outputs); None without one.
            data: All rows.
            steps: Number of whole batches; all where left out.

        Returns:
            The new state, and the sum over steps of each output's loss and the layers' own, shape (lanes, outputs + 1).
        """
        return self._run(state, chosen, order, random, data, tf.constant(self.whole if steps is None else steps))

    def _epoch(self, state: LaneState, chosen: LaneSettings, order: Any, random: Any, data: Batch, steps: Any) -> Any:
        sums = tf.zeros((self.lanes, self._outputs + 1), state_dtype(chosen))

        def body(at: Any, state: LaneState, sums: Any) -> Any:
            index = tf.slice(order, [0, at * self._batch_size], [self.lanes, self._batch_size])
            index = tf.ensure_shape(index, [self.lanes, self._batch_size])
            state, told = self._step(state, chosen, _rows(data, index), *_at(random, at))
            return at + 1, state, _added(sums, told)

        if self.whole:
            _, state, sums = tf.while_loop(lambda at, *_: at < steps, body, [tf.constant(0), state, sums])
        if self.rest:
            state, told = self._step(state, chosen, _rows(data, order[:, -self.rest :]), *_at(random, self.whole))
            sums = _added(sums, told)
        if self._policy is not None:
            means = sums[:, : self._outputs] / (self.whole + (self.rest > 0))
            state = state._replace(policy=over_lanes(self._policy.end_epoch, self.lanes)(means, state.policy))
        return state, sums


def _at(random: Any, step: Any) -> list[Any]:
    """The random numbers of a step, shape (lanes, outputs, outputs); nothing where nobody asks for them."""
    return [] if random is None else [tf.gather(random, step, axis=1)]


def _added(sums: Any, told: Any) -> Any:
    """The sums stay as they are once one is not finite: a step later every output would be, and which was first is to be told."""
    return tf.where(tf.reduce_all(tf.math.is_finite(sums), axis=1, keepdims=True), sums + told, sums)


def over_lanes(function: Callable[..., Any], lanes: int) -> Callable[..., Any]:
    """The function of one lane, for arguments stacked over lanes.

    One lane needs no vectorising, so that what does not vectorise trains in one lane.
    """
    if lanes > 1:
        return lambda *stacked: tf.vectorized_map(lambda one: function(*one), stacked)

    def single(*stacked: Any) -> Any:
        result = function(*tf.nest.map_structure(lambda tensor: tf.squeeze(tensor, 0), stacked))
        return tf.nest.map_structure(lambda tensor: tensor[None], result)

    return single


def state_dtype(chosen: LaneSettings) -> Any:
    """The floating-point type of losses."""
    return chosen.weights.dtype


def _rows(data: Batch, index: Any) -> Batch:
    return tf.nest.map_structure(lambda tensor: tf.gather(tensor, index), data)  # type: ignore[no-any-return]
