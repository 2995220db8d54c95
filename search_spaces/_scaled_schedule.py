"""A learning-rate schedule of one's own times a factor. Imported where such a schedule is scaled, because it needs Keras."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras


class ScaledSchedule(keras.optimizers.schedules.LearningRateSchedule):  # type: ignore[misc]
    """Another schedule times a factor.

    Args:
        schedule: Gives a learning rate for a step.
        factor: Above 0.
    """

    def __init__(self, schedule: Callable[[Any], Any], factor: float) -> None:
        self.schedule, self.factor = schedule, factor

    def __call__(self, step: Any) -> Any:
        return self.schedule(step) * self.factor

    def get_config(self) -> dict[str, Any]:
        """The schedule itself and the factor."""
        return {"schedule": self.schedule, "factor": self.factor}


def scaled_function(function: Callable[[], Any], factor: float) -> Callable[[], Any]:
    """A function without arguments times a factor."""
    return lambda: function() * factor
