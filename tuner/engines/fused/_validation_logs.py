"""What `fit` logs of the validation rows after each epoch, in every lane: callbacks watch it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf

from search_spaces import compiled_metrics
from tuner._keras_internals import CompileMetrics, NamedMetric, compile_metrics, metric_pairs, named_metrics
from tuner.engines.fused._epoch_program import over_lanes, state_dtype
from tuner.engines.fused._training_step import LaneSettings, TrainingStep, total_penalty
from tuner.engines.fused._training_tensors import in_keras_precision
from tuner.inputs import Arrays, afresh, in_model_structure, stateless_call, take_rows, variables_put_back

_FEW = 2


class ValidationLogs:
    """Measures what is watched of the validation rows, batch by batch, as `evaluate` does inside `fit`.

    Keras weighs the batches of the whole loss by their rows, and those of an output's loss all alike.

    Args:
        model: A model; the values of its variables are never used.
        outputs: Names of the outputs, in the order of the targets.
        step: The training step, which knows the losses that may be chosen.
        metrics: What the model is compiled with, from `used_metrics`; None where that is nothing.
        rows: The validation rows as they were given.
        batch_size: Rows at a time.
        lanes: Number of lanes.
        watched: What is measured, as `fit` logs it: `val_loss`, `val_<output>_loss`, `val_<metric>`.

    Raises:
        KeyError: Something is watched that `fit` does not log.
    """

    def __init__(
        self,
        model: keras.Model,
        outputs: Sequence[str],
        step: TrainingStep,
        metrics: CompileMetrics | None,
        rows: Arrays,
        batch_size: int,
        lanes: int,
        watched: Sequence[str],
    ) -> None:
        self._model, self._outputs, self._step, self._used = model, tuple(outputs), step, metrics
        self._lanes, self._batch_size, self._count = lanes, batch_size, rows.rows
        logged = [name.removeprefix("val_") for name in watched]
        losses = {"loss": len(step.trained), **{f"{output}_loss": at for at, output in enumerate(step.trained)}}
        known = {} if metrics is None else named_metrics(metrics)
        self._losses = {at: losses[name] for at, name in enumerate(logged) if name in losses}
        self._metrics = {at: known[name] for at, name in enumerate(logged) if name not in losses}
        self._starts = {at: _start(named.metric) for at, named in self._metrics.items()}
        self._rows, self._places = _tensors(rows), self._places_of_metrics()
        self._run = tf.function(self._all_batches, autograph=False)

    def __call__(self, trainable: list[Any], other: list[Any], chosen: LaneSettings) -> tuple[np.ndarray, list[Any]]:
        """Measures every lane.

        Args:
            trainable: Values of the trainable variables, stacked over lanes.
            other: Values of the other variables, stacked over lanes.
            chosen: The choices of the trials, stacked over lanes.

        Returns:
            What is watched, shape (lanes, watched); and the new values of the other variables: a layer may draw random numbers
            in inference too, and `fit` goes on after those.
        """
        logs, other = self._run(trainable, other, chosen, self._rows)
        return logs.numpy(), other

    def _all_batches(self, trainable: list[Any], other: list[Any], chosen: LaneSettings, rows: _Rows) -> Any:
        full, left = divmod(self._count, self._batch_size)
        states = {at: [tf.repeat(value[None], self._lanes, 0) for value in start] for at, start in self._starts.items()}
        sums = tf.zeros((self._lanes, len(self._step.trained) + 1), state_dtype(chosen))

        def at_once(other: list[Any], states: Any, sums: Any, first: Any, size: int) -> Any:
            batch = tf.nest.map_structure(lambda tensor: _part(tensor, first, size), rows)
            lane = self._one_batch(batch, size)
            return over_lanes(lane, self._lanes)(trainable, other, chosen, states, sums)

        if full:
            _, other, states, sums = tf.while_loop(
                lambda at, *_: at < full,
                lambda at, other, states, sums: (at + 1, *at_once(other, states, sums, at * self._batch_size, self._batch_size)),
                [tf.constant(0), other, states, sums],
            )
        if left:
            other, states, sums = at_once(other, states, sums, full * self._batch_size, left)
        return self._results(states, sums, full + (left > 0)), other

    def _one_batch(self, batch: _Rows, size: int) -> Any:
        """What one batch adds, as a function of one lane."""

        def lane(trainable: list[Any], other: list[Any], chosen: LaneSettings, states: Any, sums: Any) -> Any:
            given, other, penalties = stateless_call(self._model, trainable, other, batch.x, training=False)
            losses = tf.stack(self._chosen_losses(given, chosen, batch))
            whole = tf.reduce_sum(losses * chosen.weights) + total_penalty(penalties)
            sums += tf.concat([losses, [whole * size]], 0)
            return [tf.convert_to_tensor(value) for value in other], self._updated(states, given, batch), sums

        return lane

    def _chosen_losses(self, predictions: Any, chosen: LaneSettings, batch: _Rows) -> list[Any]:
        losses = []
        for at, (output, prediction) in enumerate(zip(self._step.trained, self._step.of_trained(predictions), strict=True)):
            place = self._outputs.index(output)
            target, weight = batch.targets[place], batch.weights.get(place)
            losses.append(self._step.chosen_loss(at, chosen.choices[at], target, prediction, weight))
        return losses

    def _updated(self, states: Any, predictions: Any, batch: _Rows) -> Any:
        """The states of the metrics after one more batch."""
        if not self._metrics:
            return states
        y = in_model_structure(self._model, batch.targets, self._outputs)
        pairs = metric_pairs(self._used, y, predictions)
        updated = {}
        for at, (metric, place, weighted) in self._metrics.items():
            weight = batch.weights.get(self._places[place]) if weighted else None
            weights = {} if weight is None else {"sample_weight": weight}
            state = metric.stateless_update_state(states[at], *pairs[place], **weights)
            updated[at] = [tf.convert_to_tensor(value) for value in state]
        return updated

    def _places_of_metrics(self) -> list[int]:
        """The place among the outputs of each pair that metrics are updated with."""
        if self._used is None:
            return []
        places = in_model_structure(self._model, list(range(len(self._outputs))), self._outputs)
        return [place for place, _ in metric_pairs(self._used, places, places)]

    def _results(self, states: Any, sums: Any, batches: int) -> Any:
        whole = len(self._step.trained)
        columns = {at: sums[:, loss] / (self._count if loss == whole else batches) for at, loss in self._losses.items()}
        for at, named in self._metrics.items():
            columns[at] = over_lanes(_result(named, sums.dtype), self._lanes)(states[at])
        return tf.stack([columns[at] for at in range(len(columns))], axis=1)


class _Rows(NamedTuple):
    """Validation rows.

    Attributes:
        x: The inputs, in the structure that the model takes.
        targets: One tensor per output.
        weights: The weights of rows, by the place of their output.
    """

    x: Any
    targets: list[Any]
    weights: Mapping[int, Any]


def used_metrics(model: keras.Model, outputs: Sequence[str], rows: Arrays) -> CompileMetrics | None:
    """The metrics that a model was compiled with, used once on a few rows, so that Keras has paired them with its outputs.

    Args:
        model: The model.
        outputs: Names of the outputs, in the order of the targets.
        rows: The validation rows as they were given.
    """
    given = compiled_metrics(model)
    if not given:
        return None
    few, metrics = take_rows(rows, slice(0, _FEW)), compile_metrics(model, given)
    y = in_model_structure(model, [tf.constant(in_keras_precision(target)) for target in few.targets], outputs)
    with variables_put_back(model):
        metrics.update_state(y, model(few.inputs, training=False))
    return metrics


def _tensors(rows: Arrays) -> _Rows:
    x = keras.tree.map_structure(lambda array: tf.constant(in_keras_precision(array)), rows.x)
    weights = {at: tf.constant(in_keras_precision(weight)) for at, weight in enumerate(rows.weights) if weight is not None}
    return _Rows(x, [tf.constant(in_keras_precision(target)) for target in rows.targets], weights)


def _part(tensor: Any, first: Any, size: int) -> Any:
    return tf.ensure_shape(tensor[first : first + size], [size, *tensor.shape[1:]])


def _start(metric: keras.Metric) -> list[Any]:
    """The values of a metric's variables before its first update."""
    with afresh(metric):
        return [tf.constant(variable.numpy()) for variable in metric.variables]


def _result(named: NamedMetric, dtype: Any) -> Any:
    def lane(state: list[Any]) -> Any:
        return tf.reshape(tf.cast(tf.convert_to_tensor(named.metric.stateless_result(state)), dtype), ())

    return lane
