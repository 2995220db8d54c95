"""Trains and measures lanes by one traced program."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Any, NamedTuple

import keras
import numpy as np

from search_spaces import LossSpec, OptimizerSpec
from tuner._keras_internals import CompileMetrics
from tuner.engines._custom_gradients import forgetting_custom_gradients
from tuner.engines.fused._epoch_program import EpochProgram
from tuner.engines.fused._lanes import Lane, stacked_numbers, stacked_orders, stacked_settings, stacked_state, unstack
from tuner.engines.fused._memory import activations
from tuner.engines.fused._option import Option
from tuner.engines.fused._scores import Scores
from tuner.engines.fused._stateless_optimizer import StatelessOptimizer
from tuner.engines.fused._training_step import Batch, LaneState, TrainingStep
from tuner.engines.fused._watched_logs import WatchedLogs
from tuner.inputs import Arrays, Training, quiet_tensorflow
from tuner.policies import Policy

_SCORED_NUMBERS = 64 * 2**20


@dataclass(frozen=True)
class Recipe:
    """The parts that all programs of one key are made from.

    Attributes:
        training: What all trials of the study share.
        hyperparameters: Value of each hyperparameter of the build function.
        model: A model built with them; the values of its variables are never used.
        optimizer: The optimizer with its constant settings.
        losses: The losses that may be chosen, by trained output in the order of the targets.
        data: The training rows as tensors.
        policy: The weighting policy that sets the weights at each step; None where they are fixed.
        metrics: The metrics that the model is compiled with, where callbacks may watch them; else None.
        all_folds: The training of all rows, where `training` is that of a fold: lanes train on folds of its size; else None.
    """

    training: Training
    hyperparameters: Mapping[str, Any]
    model: keras.Model
    optimizer: OptimizerSpec
    losses: Mapping[str, Sequence[LossSpec]]
    data: Batch
    policy: Policy | None = None
    metrics: CompileMetrics | None = None
    all_folds: Training | None = None


class Epoch(NamedTuple):
    """What an epoch of some lanes gives.

    Attributes:
        losses: The sum over steps of each trained output's loss and the layers' own, shape (lanes, outputs + 1).
        values: The objectives after the epoch, shape (lanes, measures).
        logs: What callbacks watch, in the order of `Training.logs_watched`, shape (lanes, watched).
    """

    losses: np.ndarray
    values: np.ndarray
    logs: np.ndarray


class LaneProgram:
    """Trains and measures a number of lanes; there is one for each program key and option.

    Args:
        recipe: What to train.
        option: Number of lanes, and whether XLA compiles.
    """

    def __init__(self, recipe: Recipe, option: Option) -> None:
        training, model = recipe.training, recipe.model
        optimizer = StatelessOptimizer(recipe.optimizer, model.trainable_variables)
        assert training.data.arrays is not None
        weights = dict(zip(training.outputs, training.data.arrays.weights, strict=True))
        weighted = [weights[output] is not None for output in recipe.losses]
        step = TrainingStep(model, training.outputs, recipe.losses, optimizer, weighted, recipe.policy)
        self.option, self._data, self._order = option, recipe.data, training.order
        self._policy = recipe.policy
        self._epoch = EpochProgram(step, option.lanes, self._order.rows_per_epoch, self._order.batch_size, option.xla)
        self._folds = () if recipe.all_folds is None else recipe.all_folds.folds
        held_out = training.validation if recipe.all_folds is None else recipe.all_folds.validation
        self._score = self._scores(recipe, held_out, by_lane=bool(self._folds))
        self._test = None if training.test is None else self._scores(recipe, training.test)
        self._outputs = len(recipe.losses)
        self._watched = WatchedLogs(training, model, recipe.metrics, step, self._epoch)

    def compile(self, lane: Lane, meanwhile: Callable[[], Any] = lambda: None) -> float:
        """Traces and compiles on a lane's initial values, without training it; a part compiles while the next is traced.

        Args:
            lane: Any lane.
            meanwhile: Called while the last part compiles.

        Returns:
            Seconds that it took, without those of `meanwhile`.
        """
        began = time.perf_counter()
        with forgetting_custom_gradients(), quiet_tensorflow(logging.CRITICAL), ThreadPoolExecutor() as beside:
            state, *others = self._arguments([lane])
            compiling = [beside.submit(compile_it) for compile_it in self._epoch.traced(state, *others)]
            for scores in (self._score, self._test):
                if scores is not None:
                    scores(state.trainable, state.other, self._held_out([lane]))
            self._watched.compile(state, others[0])
            traced = time.perf_counter()
            meanwhile()
            began += time.perf_counter() - traced
            for part in compiling:
                part.result()
        return time.perf_counter() - began

    @property
    def operations(self) -> set[str]:
        """The kinds of operations that a compiled program holds."""
        return self._epoch.operations

    def train(self, lanes: Sequence[Lane]) -> Epoch:
        """Trains lanes for one epoch and gives them their new state.

        Args:
            lanes: At most as many as the program has.
        """
        state, chosen, *others = self._arguments(lanes)
        state, sums, of_full = self._epoch(state, chosen, *others)
        logs, state = self._watched.after_epoch(state, chosen, sums, of_full)
        values = self._score(state.trainable, state.other, self._held_out(lanes))
        unstack(state, lanes)
        return Epoch(*(rows[: len(lanes)] for rows in (sums.numpy(), values, logs)))

    def train_first_steps(self, lanes: Sequence[Lane], full_batches: int) -> None:
        """Trains lanes on the first full batches of an epoch and on its last, smaller batch, and gives them their new state.

        Args:
            lanes: Any number; lanes of the program that are left over train them once more.
            full_batches: Number of full batches.
        """
        count = self.option.lanes
        for at in range(0, len(lanes), count):
            part = lanes[at : at + count]
            state, *_ = self._epoch(*self._arguments(list(islice(cycle(part), count))), full_batches=full_batches)
            unstack(state, part)

    def seconds_of_steps(self, lanes: Sequence[Lane], full_batches: int) -> tuple[float, float]:
        """How long the first full batches of an epoch and its last one take, and an epoch so; the lanes keep their state."""
        batches = min(full_batches, self._epoch.full_batches)
        began = time.perf_counter()
        _, sums, _ = self._epoch(*self._arguments(lanes), full_batches=batches)
        sums.numpy()
        seconds = time.perf_counter() - began
        return seconds, seconds * self._epoch.steps / (batches + (self._epoch.last_batch_rows > 0))

    def test(self, lanes: Sequence[Lane]) -> np.ndarray:
        """The objectives of lanes on the test data, shape (lanes, measures)."""
        assert self._test is not None
        state = stacked_state(lanes, self.option.lanes)
        return self._test(state.trainable, state.other)[: len(lanes)]

    def _held_out(self, lanes: Sequence[Lane]) -> np.ndarray | None:
        """The rows of each lane's fold to measure on, shape (lanes, rows); None without cross-validation."""
        if not self._folds:
            return None
        rows = [self._folds[lane.trial.fold or 0].validate for lane in lanes]
        return np.stack(rows + [rows[0]] * (self.option.lanes - len(rows)))

    def _scores(self, recipe: Recipe, rows: Arrays, by_lane: bool = False) -> Scores:
        training, model, lanes = recipe.training, recipe.model, self.option.lanes
        chunk = max(1, _SCORED_NUMBERS // (lanes * max(activations(model), 1)))
        return Scores(model, training.outputs, training.measures, rows, lanes, chunk, self.option.xla, by_lane)

    def _arguments(self, lanes: Sequence[Lane]) -> tuple[LaneState, Any, Any, Any, Batch]:
        """The arguments of a call of the epoch program."""
        count = self.option.lanes
        orders = stacked_orders(lanes, count, self._order, self._folds)
        numbers = None
        if self._policy is not None:
            numbers = stacked_numbers(lanes, count, self._epoch.steps, self._outputs)
        return stacked_state(lanes, count), stacked_settings(lanes, count), orders, numbers, self._data
