"""The trials of one program key: those that wait, and those in lanes."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from functools import lru_cache

import keras
import numpy as np
import tensorflow as tf

from tuner.engines._protocol import RunningTrial
from tuner.engines.fused._agreement import Agreement
from tuner.engines.fused._calibration import Calibration
from tuner.engines.fused._lane_callbacks import LaneCallbacks
from tuner.engines.fused._lane_program import Epoch, Recipe
from tuner.engines.fused._lanes import Lane, new_lane
from tuner.engines.fused._option import Option
from tuner.engines.fused._program_choice import ProgramChoice
from tuner.engines.fused._same_model import check_same_model
from tuner.engines.fused._stateless_optimizer import StatelessOptimizer, split_settings
from tuner.engines.fused._training_step import LaneState
from tuner.inputs import take_rows

_CLEARLY_SLOWER, _PART_OF_AN_EPOCH = 2.0, 0.3


class LaneGroup:
    """Trains the trials that share one program key.

    A trial waits until a lane is free (`waiting`), trains in that lane (`lanes`) and leaves it when it has ended (`leave`).
    `ProgramChoice` says which program trains the next epoch.

    Where layers draw random numbers, the calibration says `xla_undecided` until the first epoch: that epoch is trained without
    XLA and, where compiling it can pay, with XLA too. The faster one stays, unless another worker decides otherwise
    (`decide_xla`).

    Args:
        recipe: What all programs of the group share.
        runtime_names: Names of the runtime settings, by optimizer class.
        calibration: What was measured of the options.
        compiler: The one thread that traces.
        streams: The threads that train.
        agreement: Holds each program against compile and fit before it trains; nothing does where left out.
    """

    def __init__(
        self,
        recipe: Recipe,
        runtime_names: Mapping[str, Sequence[str]],
        calibration: Calibration,
        compiler: ThreadPoolExecutor,
        streams: ThreadPoolExecutor,
        agreement: Agreement | None = None,
    ) -> None:
        self.recipe, self.calibration = recipe, calibration
        self.waiting: deque[RunningTrial] = deque()
        self.lanes: list[Lane] = []
        self.keeps_weights = recipe.training.test is not None
        self._runtime_names, self._streams = runtime_names, streams
        self._choice = ProgramChoice(recipe, calibration, compiler, lambda: self._fill(1)[0], agreement)
        self._slots = StatelessOptimizer(recipe.optimizer, recipe.model.trainable_variables).initial
        self.start: Callable[[int], LaneState] = lru_cache(maxsize=16)(self._initial)
        arrays = recipe.training.data.arrays
        self._some_rows = None if arrays is None else take_rows(arrays, slice(0, recipe.training.batch_size)).x

    @property
    def ready(self) -> int:
        """Number of trials that there are to train."""
        return len(self.waiting) + len(self.lanes)

    @property
    def trials(self) -> list[RunningTrial]:
        """The trials that there are to train, those in lanes first."""
        return [*(lane.trial for lane in self.lanes), *self.waiting]

    @property
    def wanted(self) -> int:
        """Number of lanes that there should be trials for."""
        return self._choice.wanted_lanes

    @property
    def can_train(self) -> bool:
        """Whether a program is ready."""
        return self._choice.can_train

    def prepare(self, expected: int) -> None:
        """Begins to compile the first program, unless that was done.

        Args:
            expected: Number of trials that are likely to come to this group.
        """
        self._choice.prepare(self.ready, expected)

    def train(self, lane_epochs: float) -> tuple[list[Lane], Epoch]:
        """Trains some of the lanes for one epoch.

        Args:
            lane_epochs: Number of epochs of one lane that are left to train in this study.

        Returns:
            The lanes, and what the epoch gave, in their order.

        Raises:
            Untraceable: No option works.
        """
        while True:
            option = self._choice.next(self.ready, lane_epochs)
            lanes = self._fill(option.total)
            try:
                for lane in lanes:
                    lane.begin_epoch()
                if self._is_clearly_slower(option, lanes):
                    continue
                epoch = self._epoch(option, lanes, lane_epochs)
            except tf.errors.ResourceExhaustedError as error:
                self._choice.out_of_memory(option, error)
                self.calibration.most_lanes = max(1, option.total // 2)
                continue
            for lane in lanes:
                lane.epoch += 1
            return lanes, epoch

    def test(self, lane: Lane) -> list[float]:
        """The objectives of a lane on the test data, in the measures' order."""
        program = min(self._choice.programs.values(), key=lambda program: program.option.lanes)
        return [float(value) for value in program.test([lane])[0]]

    def decide_xla(self, xla: bool) -> None:
        """Trains with XLA, or without it, from here on."""
        self.calibration.decide_xla(xla)
        self._choice.decide_xla(xla)

    def restart(self, lanes: Sequence[Lane]) -> None:
        """Sets these lanes back to before their first epoch."""
        for lane in lanes:
            lane.state, lane.epoch, lane.seconds = self.start(lane.trial.seed), 0, 0.0
            lane.callbacks = self._callbacks(lane)

    def leave(self, lane: Lane) -> None:
        """Frees a lane whose trial has ended."""
        self.lanes.remove(lane)

    def _epoch(self, option: Option, lanes: list[Lane], lane_epochs: float) -> Epoch:
        if not self.calibration.xla_undecided:
            return self._timed(option, lanes)
        self.calibration.xla_undecided = False
        return self._with_and_without_xla(option, lanes, lane_epochs)

    def _is_clearly_slower(self, option: Option, lanes: list[Lane]) -> bool:
        """Whether an option that was not timed yet takes much longer than the best one; it is noted then.

        Its first steps are timed, more and more of them, until they have taken a good part of the best one's time for an epoch:
        so that what a call costs besides is not mistaken for the steps.
        """
        best, timed = self.calibration.best(option.total), self.calibration.seconds
        if best not in timed or option in timed or option.streams > 1 or self.calibration.xla_undecided:
            return False
        usual = timed[best] * option.total / best.total
        program, batches, spent = self._choice.programs[option], 1, 0.0
        while spent < _PART_OF_AN_EPOCH * usual:
            spent, whole = program.seconds_of_steps(lanes, batches)
            if whole < _CLEARLY_SLOWER * usual:
                return False
            batches *= 2
        self.calibration.measured(option, whole)
        return True

    def _timed(self, option: Option, lanes: list[Lane]) -> Epoch:
        """Trains lanes for one epoch and measures how long that takes; where memory runs out, no lane has changed."""
        began, program, states = time.perf_counter(), self._choice.programs[option.alone], _states(lanes)
        parts = [lanes[at : at + option.lanes] for at in range(0, len(lanes), option.lanes)]
        running = [self._streams.submit(program.train, part) for part in parts]
        wait(running)  # a part that fails must leave no other one at work, nor an epoch ahead
        try:
            epoch = Epoch(*(np.concatenate(rows) for rows in zip(*(part.result() for part in running), strict=True)))
        except tf.errors.ResourceExhaustedError:
            _set_states(lanes, states)
            raise
        seconds = time.perf_counter() - began
        self.calibration.measured(option, seconds)
        for lane in lanes:
            lane.seconds += seconds / len(lanes)
        return epoch

    def _with_and_without_xla(self, option: Option, lanes: list[Lane], lane_epochs: float) -> Epoch:
        """Trains one epoch without XLA and one with it, and keeps the faster one; XLA is tried only where it can pay."""
        before, without = _states(lanes), self._timed(option, lanes)
        rival = self.calibration.with_xla(option)
        if rival is None or not self.calibration.worthwhile(rival, lane_epochs) or not self._choice.compile_now(rival.alone):
            return without
        trained = _states(lanes)
        _set_states(lanes, before)
        try:
            with_xla = self._timed(rival, lanes)
        except tf.errors.ResourceExhaustedError as error:
            self._choice.out_of_memory(rival, error)
            _set_states(lanes, trained)
            return without
        faster = self.calibration.seconds[rival] < self.calibration.seconds[option]
        self.decide_xla(faster)
        if faster:
            return with_xla
        _set_states(lanes, trained)
        return without

    def _fill(self, count: int) -> list[Lane]:
        while len(self.lanes) < count and self.waiting:
            self.lanes.append(self._lane(self.waiting[0]))
            self.waiting.popleft()
        return self.lanes[:count]

    def _lane(self, trial: RunningTrial) -> Lane:
        _, runtime_settings = split_settings(trial.candidate.optimizer, self._runtime_names)
        lane = new_lane(trial, self.start(trial.seed), runtime_settings, self.recipe.losses)
        lane.callbacks = self._callbacks(lane)
        return lane

    def _callbacks(self, lane: Lane) -> LaneCallbacks | None:
        """New callbacks for a lane."""
        training, metrics = self.recipe.training, self.recipe.metrics
        if training.callbacks is None:
            return None

        def weights() -> LaneState:
            return lane.state._replace(
                trainable=list(map(np.array, lane.state.trainable)), other=list(map(np.array, lane.state.other)), slots=[]
            )

        own, rate = training.callbacks.make(), lane.trial.candidate.learning_rate
        watched = [] if metrics is None else [metrics]
        return LaneCallbacks(own, rate, watched, training.epochs, weights if self.keeps_weights else None)

    def _initial(self, seed: int) -> LaneState:
        """The state that a trial of this seed starts from.

        Raises:
            BuiltOtherwise: The model of this seed is not that of the program.
        """
        architecture = self.recipe.training.architecture
        with architecture.alone():
            model = architecture.build(self.recipe.hyperparameters, seed)
            trainable = [variable.numpy() for variable in model.trainable_variables]
            other = [variable.numpy() for variable in model.non_trainable_variables]
            check_same_model(self.recipe.model, model, trainable, other, self._some_rows)
        policy, outputs = self.recipe.policy, len(self.recipe.losses)
        learned = {} if policy is None else policy.initial(outputs)
        floats = {name: np.asarray(value, keras.config.floatx()) for name, value in learned.items()}
        return LaneState(trainable, other, self._slots, floats)


def _states(lanes: Sequence[Lane]) -> list[LaneState]:
    return [lane.state for lane in lanes]


def _set_states(lanes: Sequence[Lane], states: Sequence[LaneState]) -> None:
    for lane, state in zip(lanes, states, strict=True):
        lane.state = state
