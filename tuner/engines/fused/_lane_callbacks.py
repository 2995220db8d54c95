"""The callbacks of a lane: Keras's own objects, which see in place of a model what a lane can show of itself."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
import numpy as np


class LaneCallbacks:
    """Runs callbacks around the epochs of one lane, in the order in which `fit` runs them.

    They may read what is logged, read and set the learning rate, end the training, and take weights to put them back at its
    end. Weights are not copied for that, unless they are asked for: the epoch that they are of says what they are worth.

    Args:
        callbacks: New ones, for this lane alone.
        rate: Learning rate of the trial.
        metrics: What `keras.Model.metrics` gives; callbacks learn from it in which direction a metric is better.
        epochs: Number of epochs of the training.
        take_weights: Gives a copy of the lane's weights; None where nobody will need them.

    Attributes:
        failure: The traceback of what a callback raised; empty where none did.
    """

    def __init__(
        self,
        callbacks: Sequence[keras.callbacks.Callback],
        rate: float,
        metrics: Sequence[Any],
        epochs: int,
        take_weights: Callable[[], Any] | None = None,
    ) -> None:
        self.failure = ""
        self._callbacks, self._begun = callbacks, -1
        self._lane = _InPlaceOfModel(rate, metrics, take_weights)
        for callback in callbacks:
            callback.set_params({"verbose": 0, "epochs": epochs, "steps": None})
            callback.set_model(self._lane)

    @property
    def rate(self) -> float:
        """The learning rate of the epoch that has begun."""
        return float(self._lane.optimizer.learning_rate)

    @property
    def stopped(self) -> bool:
        """Whether the training ends here."""
        return self._lane.stop_training or bool(self.failure)

    @property
    def restored(self) -> tuple[int, Any] | None:
        """Where weights were put back: the epoch that they are of, counted from 0, and their copy if one was taken."""
        return self._lane.restored

    def begin_epoch(self, epoch: int) -> None:
        """Begins an epoch, counted from 0; once, however often it is called."""
        if epoch == self._begun:
            return
        if self._begun < 0:
            self._call("on_train_begin")
        self._begun = self._lane.epoch = epoch
        self._call("on_epoch_begin", epoch)

    def end_epoch(self, logs: Mapping[str, float]) -> None:
        """Ends the epoch that has begun, with what `fit` logs after it."""
        self._call("on_epoch_end", self._begun, dict(logs))

    def end(self) -> None:
        """Ends the training."""
        self._call("on_train_end")

    def _call(self, event: str, *arguments: Any) -> None:
        try:
            for callback in self._callbacks:
                getattr(callback, event)(*arguments)
        except Exception:  # noqa: BLE001  a schedule of one's own may raise anything: it ends this trial alone
            self.failure = self.failure or traceback.format_exc(limit=-8)


class _InPlaceOfModel:
    """What Keras's callbacks of epochs use of a model."""

    def __init__(self, rate: float, metrics: Sequence[Any], take_weights: Callable[[], Any] | None) -> None:
        self.optimizer, self.metrics, self.stop_training = _InPlaceOfOptimizer(rate), metrics, False
        self.epoch = 0
        self.restored: tuple[int, Any] | None = None
        self._take_weights = take_weights

    def get_weights(self) -> tuple[int, Any]:
        return self.epoch, None if self._take_weights is None else self._take_weights()

    def set_weights(self, weights: tuple[int, Any]) -> None:
        self.restored = weights


class _InPlaceOfOptimizer:
    """A learning rate, rounded as a variable of Keras rounds it."""

    def __init__(self, rate: float) -> None:
        self.learning_rate = rate

    @property
    def learning_rate(self) -> Any:
        return self._rate

    @learning_rate.setter
    def learning_rate(self, rate: Any) -> None:
        self._rate = np.asarray(rate, keras.config.floatx())
