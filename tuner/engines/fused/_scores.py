"""The objectives of every lane, measured on held-out rows inside a traced program."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tuner.engines.fused._epoch_program import over_lanes
from tuner.inputs import Arrays, Measure, afresh, by_output_name, match_rank, stateless_call, take_rows


class Scores:
    """Predicts held-out rows in every lane and measures the predictions; nothing is computed of outputs that have no objective.

    Args:
        model: A model; the values of its variables are never used.
        outputs: Names of the outputs, in the order of the targets.
        measures: The objectives.
        held_out: The rows to measure on.
        lanes: Number of lanes.
        rows: Number of rows predicted at a time.
        xla: Whether XLA compiles the predictions; the metrics are never compiled, since not every one can be.
        by_lane: Whether each lane is measured on rows of its own, as in a cross-validation.
    """

    def __init__(
        self,
        model: keras.Model,
        outputs: Sequence[str],
        measures: Sequence[Measure],
        held_out: Arrays,
        lanes: int,
        rows: int,
        xla: bool,
        by_lane: bool = False,
    ) -> None:
        self._model, self._all_outputs, self._lanes = model, tuple(outputs), lanes
        measured = {measure.output for measure in measures}
        self._outputs = [output for output in outputs if output in measured]
        self._held_out, self._measures = self._as_predicted(held_out), tuple(measures)
        self._by_lane, self._at_a_time = by_lane, rows
        self._all_rows = _tensors(self._held_out) if by_lane else None
        slices = [] if by_lane else [slice(at, at + rows) for at in range(0, held_out.rows, rows)]
        self._chunks = [_tensors(take_rows(self._held_out, part)) for part in slices]
        self._metrics = {at: self._built(measure) for at, measure in enumerate(measures) if measure.traceable}
        self._on_all_rows = {at: measure for at, measure in enumerate(measures) if not measure.traceable}
        self._predict = tf.function(self._predictions, jit_compile=xla, autograph=False)
        self._run = tf.function(self._chunk, autograph=False)
        self._result = tf.function(self._results, autograph=False)

    def __call__(self, trainable: list[Any], other: list[Any], rows: np.ndarray | None = None) -> np.ndarray:
        """Measures every lane.

        Args:
            trainable: Values of the trainable variables, stacked over lanes.
            other: Values of the other variables, stacked over lanes.
            rows: The rows that each lane is measured on, shape (lanes, rows); None where all are measured on all.

        Returns:
            Shape (lanes, measures), each in its own unit and direction; NaN where a prediction of that output is not finite.
        """
        states = {at: [tf.repeat(v[None], self._lanes, 0) for v in start] for at, (_, start) in self._metrics.items()}
        finite, on_all_rows = np.ones((self._lanes, len(self._outputs)), bool), []
        for x, targets, weights in self._chunks if rows is None else self._gathered(rows):
            states, chunk_finite, predictions = self._run(trainable, other, states, x, targets, weights)
            finite &= chunk_finite.numpy()
            on_all_rows.append([prediction.numpy() for prediction in predictions])
        values = np.empty((self._lanes, len(self._measures)))
        for at, result in self._result(states).items():
            values[:, at] = result.numpy()
        for (at, measure), parts in zip(self._on_all_rows.items(), zip(*on_all_rows, strict=True), strict=True):
            values[:, at] = self._at_once(measure, np.concatenate(parts, axis=1), rows)
        measured = [self._outputs.index(measure.output) for measure in self._measures]
        return np.where(finite[:, measured], values, np.nan)

    def _gathered(self, rows: np.ndarray) -> Iterator[Any]:
        """The rows of each lane, a part at a time, stacked over lanes."""
        for at in range(0, rows.shape[1], self._at_a_time):
            index = tf.constant(rows[:, at : at + self._at_a_time])
            yield tf.nest.map_structure(lambda tensor, index=index: tf.gather(tensor, index), self._all_rows)

    def _as_predicted(self, rows: Arrays) -> Arrays:
        """The rows with the targets and weights of what is measured, the targets of the rank that the predictions have."""
        few = self._of_measured(self._model(take_rows(rows, slice(0, 2)).inputs, training=False))
        at = [self._all_outputs.index(output) for output in self._outputs]
        targets = tuple(match_rank(rows.targets[place], prediction) for place, prediction in zip(at, few, strict=True))
        return Arrays(rows.x, targets, tuple(rows.weights[place] for place in at))

    def _of_measured(self, predictions: Any) -> list[Any]:
        by_name = by_output_name(predictions, self._all_outputs)
        return [by_name[output] for output in self._outputs]

    def _built(self, measure: Measure) -> tuple[Any, list[Any]]:
        """A metric that has its variables, and their values before the first update."""
        assert measure.make is not None
        metric, at = measure.make(), self._outputs.index(measure.output)
        few = take_rows(self._held_out, slice(0, 2))
        predictions = self._of_measured(self._model(few.inputs, training=False))
        with afresh(metric):
            metric.update_state(few.targets[at], measure.linked(predictions[at]), sample_weight=few.weights[at])
            metric.reset_state()
            return metric, [tf.constant(variable.numpy()) for variable in metric.variables]

    def _predictions(self, trainable: list[Any], other: list[Any], x: Any) -> list[Any]:
        def lane(trainable: list[Any], other: list[Any], x: Any) -> list[Any]:
            predictions, *_ = stateless_call(self._model, trainable, other, x, training=False)
            return [tf.convert_to_tensor(p) for p in self._of_measured(predictions)]

        return self._over_lanes(lane, trainable, other)(x)  # type: ignore[no-any-return]

    def _chunk(self, trainable: list[Any], other: list[Any], states: Any, x: Any, targets: Any, weights: Any) -> Any:
        predictions = self._predict(trainable, other, x)
        finite = [tf.reduce_all(tf.math.is_finite(p), axis=list(range(1, len(p.shape)))) for p in predictions]
        updated = {}
        for at, (metric, _) in self._metrics.items():
            output = self._outputs.index(self._measures[at].output)
            given = [targets[output], *([weights[output]] if output in weights else [])]
            update = _update(metric, self._measures[at])
            updated[at] = self._over_lanes(update, states[at], predictions[output])(*given)
        on_all_rows = [predictions[self._outputs.index(measure.output)] for measure in self._on_all_rows.values()]
        return updated, tf.stack(finite, axis=1), on_all_rows

    def _over_lanes(self, function: Callable[..., Any], *of_lanes: Any) -> Callable[..., Any]:
        """A function of rows over lanes: each lane has rows of its own, or all have the same."""
        if self._by_lane:
            return lambda *rows: over_lanes(function, self._lanes)(*of_lanes, *rows)
        return lambda *rows: over_lanes(lambda *one: function(*one, *rows), self._lanes)(*of_lanes)

    def _results(self, states: Any) -> dict[int, Any]:
        def result(metric: Any) -> Any:
            return lambda state: tf.reduce_mean(tf.convert_to_tensor(metric.stateless_result(state)))

        return {at: over_lanes(result(metric), self._lanes)(states[at]) for at, (metric, _) in self._metrics.items()}

    def _at_once(self, measure: Measure, predictions: np.ndarray, rows: np.ndarray | None) -> list[float]:
        at, values = self._outputs.index(measure.output), []
        for lane, prediction in enumerate(predictions):
            held_out = self._held_out if rows is None else take_rows(self._held_out, rows[lane])
            values.append(measure.evaluate(held_out.targets[at], prediction, held_out.weights[at]))
        return values


def _update(metric: Any, measure: Measure) -> Any:
    def lane(state: list[Any], prediction: Any, target: Any, weight: Any = None) -> list[Any]:
        updated = metric.stateless_update_state(state, target, measure.linked(prediction), sample_weight=weight)
        return [tf.convert_to_tensor(value) for value in updated]

    return lane


def _tensors(arrays: Arrays) -> tuple[Any, list[Any], dict[int, Any]]:
    weights = {at: tf.constant(weight) for at, weight in enumerate(arrays.weights) if weight is not None}
    return keras.tree.map_structure(tf.constant, arrays.x), [tf.constant(target) for target in arrays.targets], weights
