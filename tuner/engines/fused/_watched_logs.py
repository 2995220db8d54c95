"""What callbacks watch of every lane, as `fit` logs it after each epoch."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from tuner._keras_internals import CompileMetrics
from tuner.engines.fused._epoch_program import EpochProgram
from tuner.engines.fused._training_step import LaneSettings, LaneState, TrainingStep
from tuner.engines.fused._validation_logs import ValidationLogs
from tuner.inputs import Training

_OF_VALIDATION = "val_"


class WatchedLogs:
    """Computes what callbacks watch, and nothing where they watch nothing.

    Args:
        training: What all trials share.
        model: A model; the values of its variables are never used.
        metrics: The metrics that the model is compiled with; None where there are none.
        step: The training step.
        epoch: The program that trains an epoch.
    """

    def __init__(
        self, training: Training, model: keras.Model, metrics: CompileMetrics | None, step: TrainingStep, epoch: EpochProgram
    ) -> None:
        self._names = training.logs_watched
        self._trained, self._epoch = step.trained, epoch
        self._of_validation = [name for name in self._names if name.startswith(_OF_VALIDATION)]
        self._validation: ValidationLogs | None = None
        if self._of_validation:
            assert training.watched is not None
            rows = training.watched.rows, training.watched.batch_size
            self._validation = ValidationLogs(model, training.outputs, step, metrics, *rows, epoch.lanes, self._of_validation)

    def compile(self, state: LaneState, chosen: LaneSettings) -> None:
        """Traces and compiles."""
        if self._validation is not None:
            self._validation(state.trainable, state.other, chosen)

    def after_epoch(self, state: LaneState, chosen: LaneSettings, sums: Any, of_full: Any) -> tuple[np.ndarray, LaneState]:
        """What is watched after an epoch.

        Args:
            state: The lanes after the epoch.
            chosen: The choices of the trials.
            sums: The sum over steps of each trained output's loss and the layers' own, shape (lanes, outputs + 1).
            of_full: The same sum over the full batches alone.

        Returns:
            Shape (lanes, watched), in the order of `Training.logs_watched`; and the lanes after the measuring.
        """
        if not self._names:
            return np.empty((self._epoch.lanes, 0)), state
        columns = self._of_training(sums.numpy(), of_full.numpy(), chosen.weights.numpy())
        if self._validation is not None:
            values, other = self._validation(state.trainable, state.other, chosen)
            state = state._replace(other=other)
            columns |= dict(zip(self._of_validation, values.T, strict=True))
        return np.stack([columns[name] for name in self._names], axis=1), state

    def _of_training(self, sums: np.ndarray, of_full: np.ndarray, weights: np.ndarray) -> dict[str, np.ndarray]:
        by_rows, by_steps = self._epoch.mean_by_rows(sums, of_full), sums / self._epoch.steps
        whole = (by_rows[:, :-1] * weights).sum(1) + by_rows[:, -1]
        return {"loss": whole, **{f"{output}_loss": by_steps[:, at] for at, output in enumerate(self._trained)}}
