"""Objectives that are ready to be computed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from tuner.inputs._objectives import Objective


@dataclass(frozen=True)
class Measure:
    """An objective that is ready to be computed: its metric, and what turns raw predictions into what the metric expects.

    Attributes:
        objective: Its output, metric, name and direction; the direction is never None.
        make: Makes a new `keras.Metric`; None where `function` is used.
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

    def evaluate(self, targets: Any, predictions: Any, sample_weight: Any = None) -> float:
        """The objective's value in its own unit and direction; a metric with a value per class is averaged.

        Args:
            targets: Array, one row per validation sample.
            predictions: Array of the raw predictions.
            sample_weight: Array with one number per sample, or None.
        """
        predictions = self.linked(predictions)
        if self.function is not None:
            return float(np.mean(keras.ops.convert_to_numpy(self.function(targets, predictions))))
        assert self.make is not None
        metric = self.make()
        metric.update_state(targets, predictions, sample_weight=sample_weight)
        return float(np.mean(keras.ops.convert_to_numpy(metric.result())))

    def linked(self, predictions: Any) -> Any:
        """The predictions as the metric expects them; works on arrays and inside traced programs."""
        return getattr(keras.ops, self.link)(predictions) if self.link else predictions
