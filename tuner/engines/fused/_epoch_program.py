"""One traced program that trains several trials as lanes: whole epochs inside the graph, everything a trial chose as tensors."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import tensorflow as tf

from tuner.engines.fused._training_step import Batch, LaneSettings, LaneState, TrainingStep


class EpochProgram:
    """Trains every lane for one epoch: all full batches in one call, and the last, smaller batch in another.

    Args:
        step: The step of one lane.
        lanes: Number of lanes.
        rows: Number of rows of an epoch.
        batch_size: Rows per step; the last step of an epoch takes what is left.
        xla: Whether XLA compiles the program.

    Attributes:
        rows: Number of rows of an epoch.
        operations: The kinds of operations that the traced program holds.
    """

    def __init__(self, step: TrainingStep, lanes: int, rows: int, batch_size: int, xla: bool) -> None:
        self.lanes, self.xla = lanes, xla
        self.rows, (self.full_batches, self.last_batch_rows) = rows, divmod(rows, batch_size)
        self._step, self._batch_size, self._policy = over_lanes(step, lanes), batch_size, step.policy
        self._outputs = len(step.trained)
        self.operations: set[str] = set()
        parts = [(self._all_full_batches, self.full_batches), (self._last_batch, self.last_batch_rows)]
        self._parts = [tf.function(part, jit_compile=xla, autograph=False) for part, size in parts if size]
        self._end = tf.function(self._end_of_epoch, jit_compile=xla, autograph=False) if step.policy is not None else None

    @property
    def steps(self) -> int:
        """Number of steps of an epoch."""
        return self.full_batches + (self.last_batch_rows > 0)

    def __call__(
        self, state: LaneState, chosen: LaneSettings, order: Any, random: Any, data: Batch, full_batches: int | None = None
    ) -> Any:
        """Trains one epoch.

        Args:
            state: The state before the epoch, stacked over lanes, shape (lanes, …) each.
            chosen: The choices of the trials, stacked over lanes.
            order: Each lane's order of rows, shape (lanes, rows of an epoch), int32.
            random: Standard normal numbers for the weighting policy, shape (lanes, steps, outputs, outputs); None without one.
            data: All training rows.
            full_batches: Number of full batches before the last, smaller one; all of the epoch where left out.

        Returns:
            The new state; the sum over steps of each trained output's loss and the layers' own, shape (lanes, outputs + 1); and
            the same sum over the full batches alone.
        """
        sums, count = self._no_sums(chosen), tf.constant(self.full_batches if full_batches is None else full_batches)
        after = [sums]
        for part in self._parts:
            state, sums = part(state, sums, chosen, order, random, data, count)
            after.append(sums)
        return (state if self._end is None else self._end(state, sums)), sums, after[1 if self.full_batches else 0]

    def mean_by_rows(self, sums: Any, of_full: Any) -> Any:
        """The mean over steps with each step weighted by its rows, as Keras logs `loss`.

        Args:
            sums: The sum over all steps, as a call returns it.
            of_full: The sum over the full batches alone.
        """
        return (of_full * self._batch_size + (sums - of_full) * self.last_batch_rows) / self.rows

    def traced(self, state: LaneState, chosen: LaneSettings, order: Any, random: Any, data: Batch) -> Iterator[Callable[[], Any]]:
        """Traces one part after the other, and gives for each what compiles it: threads can do that beside the next tracing.

        Args:
            state: The state before the epoch; all arguments are those of a call.
            chosen: The choices of the trials.
            order: Each lane's order of rows.
            random: Numbers for the weighting policy.
            data: All training rows.
        """
        arguments = (state, self._no_sums(chosen), chosen, order, random, data, tf.constant(0))
        for part in self._parts:
            self.operations |= _operations(part.get_concrete_function(*arguments).graph)
            yield partial(part, *arguments)
        if self._end is not None:
            yield partial(self._end, *arguments[:2])

    def _no_sums(self, chosen: LaneSettings) -> Any:
        return tf.zeros((self.lanes, self._outputs + 1), state_dtype(chosen))

    def _all_full_batches(
        self, state: LaneState, sums: Any, chosen: LaneSettings, order: Any, random: Any, data: Batch, full_batches: Any
    ) -> Any:
        def body(at: Any, state: LaneState, sums: Any) -> Any:
            index = tf.slice(order, [0, at * self._batch_size], [self.lanes, self._batch_size])
            index = tf.ensure_shape(index, [self.lanes, self._batch_size])
            state, losses = self._step(state, chosen, _rows(data, index), *_at(random, at))
            return at + 1, state, _added(sums, losses)

        _, state, sums = tf.while_loop(lambda at, *_: at < full_batches, body, [tf.constant(0), state, sums])
        return state, sums

    def _last_batch(self, state: LaneState, sums: Any, chosen: LaneSettings, order: Any, random: Any, data: Batch, _: Any) -> Any:
        index = order[:, -self.last_batch_rows :]
        state, losses = self._step(state, chosen, _rows(data, index), *_at(random, self.full_batches))
        return state, _added(sums, losses)

    def _end_of_epoch(self, state: LaneState, sums: Any) -> LaneState:
        assert self._policy is not None
        means = sums[:, : self._outputs] / self.steps
        return state._replace(policy=over_lanes(self._policy.end_epoch, self.lanes)(means, state.policy))


def _operations(graph: Any) -> set[str]:
    definition = graph.as_graph_def()
    return {node.op for node in [*definition.node, *(node for one in definition.library.function for node in one.node_def)]}


def _at(random: Any, step: Any) -> list[Any]:
    """The random numbers of a step, shape (lanes, outputs, outputs); nothing where nobody asks for them."""
    return [] if random is None else [tf.gather(random, step, axis=1)]


def _added(sums: Any, losses: Any) -> Any:
    """Adds the losses of a step, unless a sum is no longer finite: which output was first must stay visible."""
    return tf.where(tf.reduce_all(tf.math.is_finite(sums), axis=1, keepdims=True), sums + losses, sums)


def over_lanes(function: Callable[..., Any], lanes: int) -> Callable[..., Any]:
    """Makes a function of one lane a function of arguments that are stacked over lanes.

    One lane is called without vectorising: a layer that does not vectorise can train in one lane.
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
