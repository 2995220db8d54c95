"""The schedules of `LearningRateScheduler`: those that set rates of their own are taken relative to the compiled rate."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

_PROBES = 1e-3, 2e-3


def sets_own_rates(schedule: Callable[..., Any], epochs: int) -> bool:
    """Whether a schedule sets a rate in some epoch that does not depend on the one that it is given.

    Every trial would train at that rate, whatever was searched.
    """
    return any(_answers(schedule, epoch) == 1 for epoch in range(epochs))


def first_rates(schedule: Callable[..., Any], epochs: int) -> list[float] | None:
    """The rates that a schedule makes of one rate in the first epochs; None where it raises."""
    try:
        return [float(rate_of(schedule, epoch, _PROBES[0])) for epoch in range(epochs)]
    except Exception:  # noqa: BLE001  a function of one's own may raise anything; its trials tell it
        return None


class RelativeSchedule:
    """A schedule that sets rates of its own, for one trial: its rates, times the trial's learning rate over the compiled one.

    A trial at the compiled rate trains at the schedule's own rates.

    Args:
        schedule: Gets the epoch, and the rate if it takes it.
        compiled_rate: The rate that the model is compiled with; None where it is not compiled. The schedule's first rate then
            takes its place.
    """

    def __init__(self, schedule: Callable[..., Any], compiled_rate: float | None) -> None:
        self._schedule, self._compiled = schedule, compiled_rate
        self._own, self._factor = 0.0, 1.0

    def __call__(self, epoch: int, rate: float) -> float:
        """The trial's rate in an epoch."""
        if epoch == 0:
            self._own = rate if self._compiled is None else self._compiled
        self._own = float(rate_of(self._schedule, epoch, self._own))
        if epoch == 0:
            compiled = self._own if self._compiled is None else self._compiled
            kind = keras.config.floatx()
            self._factor = 1.0 if np.asarray(rate, kind) == np.asarray(compiled, kind) else rate / compiled
        return self._own * self._factor


def relative_where_own(callback: keras.callbacks.Callback, epochs: int, compiled_rate: float | None) -> keras.callbacks.Callback:
    """The callback; where it is a schedule that sets rates of its own, one relative to the compiled rate."""
    if type(callback) is not keras.callbacks.LearningRateScheduler or not sets_own_rates(callback.schedule, epochs):
        return callback
    return keras.callbacks.LearningRateScheduler(RelativeSchedule(callback.schedule, compiled_rate), callback.verbose)


def rate_of(schedule: Callable[..., Any], epoch: int, rate: float) -> Any:
    """What a schedule answers; as in Keras, one that takes the epoch alone gets that."""
    try:
        return schedule(epoch, rate)
    except TypeError:
        return schedule(epoch)


def _answers(schedule: Callable[..., Any], epoch: int) -> int:
    """The number of different answers to two rates; 2 where the schedule raises."""
    try:
        return len({float(rate_of(schedule, epoch, rate)) for rate in _PROBES})
    except Exception:  # noqa: BLE001  a function of one's own may raise anything; its trials tell it
        return len(_PROBES)
