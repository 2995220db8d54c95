"""Objectives that are ready to be computed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from search_spaces import public_classes
from tuner.inputs._function_objectives import function_value
from tuner.inputs._objectives import Objective


@dataclass(frozen=True)
class Measure:
    """An objective that is ready to be computed: its metric, and what turns raw predictions into what the metric expects.

    Attributes:
        objective: Its output, metric, name and direction; the direction is never None.
        make: Gives the `keras.Metric`, a new one or the one that the person gave; None where `function` is used.
        function: Takes (targets, predictions) of the whole validation set; None where `make` is used.
        link: `sigmoid` or `softmax` where the predictions are logits and the metric wants probabilities, else empty.
    """

    objective: Objective
    make: Callable[[], Any] | None
    function: Callable[[Any, Any], Any] | None = None
    link: str = ""

    @property
    def output(self) -> str:
        """Name of the output measured."""
        return self.objective.output

    @property
    def traceable(self) -> bool:
        """Whether a traced program may compute it in parts: only Keras's own metrics certainly allow that."""
        metric = None if self.make is None else self.make()
        cls = type(metric)
        return metric is not None and public_classes(keras.metrics).get(cls.__name__) is cls and cls is not _OF_A_FUNCTION

    def evaluate(self, targets: Any, predictions: Any, sample_weight: Any = None) -> float:
        """The objective's value in its own unit and direction; a metric with a value per class is averaged.

        Args:
            targets: Array, one row per validation sample.
            predictions: Array of the raw predictions.
            sample_weight: Array with one number per sample, or None.

        Raises:
            InputError: A function that returns no numbers, or one number for rows that weigh differently.
        """
        predictions = self.linked(predictions)
        if self.function is not None:
            return function_value(self.function, targets, predictions, sample_weight)
        assert self.make is not None
        with afresh(self.make()) as metric:
            metric.update_state(targets, predictions, sample_weight=sample_weight)
            result = metric.result()
            return float(np.mean(result.numpy() if hasattr(result, "numpy") else result))

    def linked(self, predictions: Any) -> Any:
        """The predictions as the metric expects them; works on arrays and inside traced programs."""
        return getattr(keras.ops, self.link)(predictions) if self.link else predictions


_OF_A_FUNCTION = keras.metrics.MeanMetricWrapper


@contextmanager
def afresh(metric: Any) -> Iterator[Any]:
    """The metric in its first state, inside the block; afterwards it has the state that it had before."""
    before = [(variable, variable.numpy()) for variable in metric.variables]
    metric.reset_state()
    try:
        yield metric
    finally:
        metric.reset_state()
        for variable, value in before:
            variable.assign(value)
