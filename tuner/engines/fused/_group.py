"""Trials that one program can train together: those that wait, and those in lanes."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import lru_cache

import keras
import numpy as np
import tensorflow as tf

from tuner._errors import first_line
from tuner.engines._protocol import RunningTrial
from tuner.engines.fused._calibration import Calibration, Option
from tuner.engines.fused._lane_program import LaneProgram, Recipe
from tuner.engines.fused._lanes import Lane, new_lane
from tuner.engines.fused._stateless_optimizer import StatelessOptimizer, split_settings
from tuner.engines.fused._training_step import LaneState


class Untraceable(Exception):  # noqa: N818  not an error of the person's: these trials are left to `fit`
    """No option of a group's program can be traced and run; holds the last reason."""


class Group:
    """The trials of one program key.

    Args:
        recipe: What their programs share.
        told: Settings of optimizers that are told at run time, of `varying_settings`.
        calibration: What is known of the options.
        compiler: The one thread that traces.
        streams: The threads that train.
        unsettled: Whether XLA is still to be chosen for a model whose layers draw random numbers.
    """

    def __init__(
        self,
        recipe: Recipe,
        told: dict[str, tuple[str, ...]],
        calibration: Calibration,
        compiler: ThreadPoolExecutor,
        streams: ThreadPoolExecutor,
        unsettled: bool = False,
    ) -> None:
        self.recipe, self.calibration = recipe, calibration
        self.waiting: deque[RunningTrial] = deque()
        self.lanes: list[Lane] = []
        self._told, self._compiler, self._streams, self.unsettled = told, compiler, streams, unsettled
        self._programs: dict[Option, LaneProgram] = {}
        self._compiling: tuple[Option, Future[LaneProgram]] | None = None
        self._probe: Option | None = None
        self._slots = StatelessOptimizer(recipe.optimizer, recipe.model.trainable_variables).initial
        self._start: Callable[[int], LaneState] = lru_cache(maxsize=16)(self._initial)

    @property
    def ready(self) -> int:
        """Number of trials that there are to train."""
        return len(self.waiting) + len(self.lanes)

    @property
    def wanted(self) -> int:
        """Number of lanes that there should be trials for."""
        most = self.calibration.most_lanes
        option = self._probe or self.calibration.best(most) or self.calibration.first(most)
        return option.total if option else 1

    @property
    def compiled(self) -> bool:
        """Whether it can train at once."""
        return bool(self._programs) or (self._compiling is not None and self._compiling[1].done())

    def prepare(self, expected: int) -> None:
        """Begins to compile the first program, if that is still to be done.

        Args:
            expected: Number of trials that are likely to come to this group.
        """
        if self.ready and not self._programs and self._compiling is None:
            ready = max(self.ready, expected)
            option = self.calibration.best(ready) or self.calibration.first(ready)
            if option is not None:
                self._compile(option.alone)

    def train(self, lane_epochs: float) -> tuple[list[Lane], np.ndarray, np.ndarray]:
        """Trains some of the lanes for one epoch.

        Args:
            lane_epochs: Number of epochs of one lane that are left to train in this study.

        Returns:
            The lanes; the sum over steps of each output's loss and the layers' own, shape (lanes, outputs + 1); and the
            objectives, shape (lanes, measures).

        Raises:
            Untraceable: Nothing works.
        """
        while True:
            option = self._option(lane_epochs)
            picked = self._fill(option.total)
            try:
                sums, values = self._settled(option, picked, lane_epochs) if self.unsettled else self._timed(option, picked)
            except tf.errors.ResourceExhaustedError as error:
                self._fail(option, f"out of memory: {error.message}")
                self.calibration.most_lanes = max(1, option.total // 2)
                continue
            for lane in picked:
                lane.epoch += 1
            return picked, sums, values

    def test(self, lane: Lane) -> list[float]:
        """The objectives of a lane on the test data, in the measures' order."""
        program = min(self._programs.values(), key=lambda program: program.option.lanes)
        return [float(value) for value in program.test([lane])[0]]

    def settle(self, xla: bool) -> None:
        """All trials of the study do it this way from here on."""
        self.unsettled = False
        self.calibration.only(xla)
        self._programs = {option: program for option, program in self._programs.items() if option.xla == xla}

    def restart(self, lanes: Sequence[Lane]) -> None:
        """Forgets what these lanes were trained."""
        for lane in lanes:
            lane.state, lane.epoch, lane.seconds = self._start(lane.trial.seed), 0, 0.0

    def leave(self, lane: Lane) -> None:
        """The lane's trial has ended."""
        self.lanes.remove(lane)

    def _timed(self, option: Option, picked: list[Lane]) -> tuple[np.ndarray, np.ndarray]:
        began, program = time.perf_counter(), self._programs[option.alone]
        parts = [picked[at : at + option.lanes] for at in range(0, len(picked), option.lanes)]
        starts, running = [lane.state for lane in picked], [self._streams.submit(program.train, part) for part in parts]
        wait(running)  # a part that fails must leave no other one at work, nor an epoch ahead
        try:
            sums, values = (np.concatenate(rows) for rows in zip(*(part.result() for part in running), strict=True))
        except tf.errors.ResourceExhaustedError:
            for lane, state in zip(picked, starts, strict=True):
                lane.state = state
            raise
        seconds = time.perf_counter() - began
        known = self.calibration.seconds.get(option, seconds)
        self.calibration.seconds[option] = min(known, seconds)
        for lane in picked:
            lane.seconds += seconds / len(picked)
        return sums, values

    def _settled(self, option: Option, picked: list[Lane], lane_epochs: float) -> tuple[np.ndarray, np.ndarray]:
        """Chooses XLA or not by one epoch of each, where layers draw random numbers.

        XLA draws others than TensorFlow does, so that all trials of a study must do it in one way. The epoch of the slower
        one is thrown away; XLA is tried only where it can pay.
        """
        self.unsettled, starts = False, [lane.state for lane in picked]
        plain = self._timed(option, picked)
        trained, rival = [lane.state for lane in picked], Option(option.lanes, True)
        if not self.calibration.worthwhile(rival, lane_epochs):
            return plain
        self._compile(rival)
        self._collect(wait=True)
        self._probe = None
        if rival not in self._programs:
            return plain
        for lane, state in zip(picked, starts, strict=True):
            lane.state = state
        try:
            compiled = self._timed(rival, picked)
        except tf.errors.ResourceExhaustedError as error:
            self._fail(rival, f"out of memory: {error.message}")
            for lane, state in zip(picked, trained, strict=True):
                lane.state = state
            return plain
        faster = self.calibration.seconds[rival] < self.calibration.seconds[option]
        self.settle(xla=faster)
        if faster:
            return compiled
        for lane, state in zip(picked, trained, strict=True):
            lane.state = state
        return plain

    def _option(self, lane_epochs: float) -> Option:
        self._collect()
        if not self._programs:
            self._begin(lane_epochs)
        if self._probe is not None and self._probe.total <= self.ready:
            option, self._probe = self._probe, None
            return option
        best = self.calibration.best(self.ready, self._programs)
        if best is None:  # none is measured yet
            return next(iter(self._programs))
        if self._compiling is None and self._probe is None:
            self._explore(lane_epochs)
        return best

    def _begin(self, lane_epochs: float) -> None:
        """Waits for a first program; what cannot be compiled is followed by something simpler."""
        while not self._programs:
            self.prepare(int(lane_epochs / self.recipe.training.epochs))
            if self._compiling is None:
                raise Untraceable(next(reversed(self.calibration.failed.values()), "nothing fits the memory"))
            self._collect(wait=True)

    def _explore(self, lane_epochs: float) -> None:
        option = self.calibration.next(int(lane_epochs / self.recipe.training.epochs), lane_epochs)
        if option is not None and option.alone in self._programs:
            self._probe = option
        elif option is not None:
            self._compile(option.alone)

    def _compile(self, option: Option) -> None:
        self._compiling = option, self._compiler.submit(self._compiled, option, self._fill(1)[0])

    def _collect(self, wait: bool = False) -> None:
        """Takes over the program that the compiler has finished."""
        if self._compiling is None or not (wait or self._compiling[1].done()):
            return
        (option, future), self._compiling = self._compiling, None
        error = future.exception()  # tracing the user's layers may raise anything: another option is tried
        if error is not None:
            self._fail(option, first_line(error))
            return
        self._probe = option if self._programs else None
        self._programs[option] = future.result()

    def _compiled(self, option: Option, lane: Lane) -> LaneProgram:
        program = LaneProgram(self.recipe, option)
        self.calibration.compile_seconds[option] = program.compile(lane)
        return program

    def _fail(self, option: Option, reason: str) -> None:
        self.calibration.failed[option] = reason
        if option.streams == 1:
            self._programs.pop(option, None)

    def _fill(self, count: int) -> list[Lane]:
        while len(self.lanes) < count and self.waiting:
            self.lanes.append(self._lane(self.waiting.popleft()))
        return self.lanes[:count]

    def _lane(self, trial: RunningTrial) -> Lane:
        _, settings = split_settings(trial.candidate.optimizer, self._told)
        return new_lane(trial, self._start(trial.seed), settings, self.recipe.losses)

    def _initial(self, seed: int) -> LaneState:
        """What a trial of this seed starts from."""
        model = self.recipe.training.architecture.build(self.recipe.hyperparameters, seed)
        trainable, other = model.trainable_variables, model.non_trainable_variables
        policy, outputs = self.recipe.policy, len(self.recipe.training.outputs)
        kept = {} if policy is None else policy.initial(outputs)
        learned = {name: np.asarray(value, keras.config.floatx()) for name, value in kept.items()}
        return LaneState([v.numpy() for v in trainable], [v.numpy() for v in other], self._slots, learned)
