"""Trials as lanes of one traced program: the same training as compile and fit, many at a time and without building any."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import keras
import numpy as np

from search_spaces import Candidate, SearchSpace, names
from tuner._errors import first_line
from tuner.engines._fit import FitEngine, compile_candidate
from tuner.engines._protocol import Decisions, Outcome, RunningTrial, Trials
from tuner.engines.fused._ask_ahead import AskAhead
from tuner.engines.fused._divergence import not_finite
from tuner.engines.fused._lane_group import LaneGroup
from tuner.engines.fused._lanes import Lane
from tuner.engines.fused._option import fixed_option
from tuner.engines.fused._programs import Programs
from tuner.engines.fused._unusable import Untraceable
from tuner.inputs import Training


class FusedEngine:
    """Trains trials as lanes of traced programs; `Programs` says which programs there are.

    Args:
        training: What all trials share; its data are arrays.
        space: Names the losses and optimizers that there will be.
        expected: Number of trials that are likely to come, for what is worth measuring.
        folder: Where calibrations are remembered; None remembers nothing.
        verbose: 0 says nothing.
        decisions: The shared decisions of the study; this engine decides for itself where left out.

    >>> model = FusedEngine(training, space).fit(candidate, seed=7)
    >>> type(model.optimizer).__name__
    'RMSprop'
    """

    name = "fused"

    def __init__(
        self,
        training: Training,
        space: SearchSpace,
        expected: int = 100,
        folder: Path | None = None,
        verbose: int = 1,
        decisions: Decisions | None = None,
    ) -> None:
        self.training, self.expected = training, expected
        self._programs = Programs(training, space, folder, decisions, verbose)
        self._fit = FitEngine(training)
        self._finished = 0

    def run(self, trials: Trials) -> None:
        """Trains until there are no more trials."""
        ahead = AskAhead(trials)
        try:
            while (group := self._next_group(ahead, trials)) is not None:
                self._train(group, ahead, trials)
        finally:
            ahead.close()
            self._programs.remember()

    def fit(self, candidate: Candidate, seed: int) -> keras.Model:
        """Trains a candidate as a trial of this seed is trained.

        Returns:
            The trained model, compiled.
        """
        trial = RunningTrial(-1, candidate, seed)
        group = self._programs.group_of(trial)
        if group is None:
            return self._fit.fit(candidate, seed)
        group.waiting.append(trial)
        group.keeps_weights = True
        try:
            lane = self._trained_alone(group)
            model = self._model(lane)
        except Exception as error:  # noqa: BLE001  whatever a program cannot do, `fit` may
            self._programs.give_up(group, _why(error))
            return self._fit.fit(candidate, seed)
        group.leave(lane)
        return model

    def _trained_alone(self, group: LaneGroup) -> Lane:
        """The one lane of a group, trained to its end.

        Raises:
            Untraceable: A callback raises, as it does in `fit`.
        """
        ended = False
        while not ended:
            (lane,), (_, values, (logs,)) = group.train(lane_epochs=0.0)
            lane.history.append([float(value) for value in values[0]])
            self._run_callbacks(lane, logs)
            ended = self._has_ended(lane)
        self._end_callbacks(lane)
        if lane.callbacks is not None and lane.callbacks.failure:
            raise Untraceable("a callback raises")
        return lane

    def _model(self, lane: Lane) -> keras.Model:
        """A compiled model with the values of a lane."""
        candidate, seed = lane.trial.candidate, lane.trial.seed
        model = self.training.architecture.build(candidate.hyperparameters, seed)
        for variable, value in zip(model.trainable_variables, lane.state.trainable, strict=True):
            variable.assign(value)
        for variable, value in zip(model.non_trainable_variables, lane.state.other, strict=True):
            variable.assign(value)
        compile_candidate(model, candidate, self.training.outputs)
        return self.training.architecture.completed(model)

    def _next_group(self, ahead: AskAhead, trials: Trials) -> LaneGroup | None:
        """The group with the most to train, after taking in as many trials as lanes want."""
        prepared = False
        while not prepared:
            while self._short() > 0 and (trial := ahead.next()) is not None:
                self._admit(trial, trials)
            prepared = self._prepare(trials)
        ready = self._programs.ready
        able = [group for group in ready if group.can_train or fixed_option()] or ready
        return max(able, key=lambda group: (min(group.ready, group.wanted), len(group.lanes)), default=None)

    def _prepare(self, trials: Trials) -> bool:
        """Begins to compile the first program of each group; False where one was left to `fit`."""
        for group in self._programs.ready:
            try:
                group.prepare(self._expected())
            except Exception as error:  # noqa: BLE001  whatever a program cannot do, `fit` may
                self._leave_to_fit(group, error, trials)
                return False
        return True

    def _expected(self) -> int:
        """Number of trials that each program is likely to train yet; where the architecture is searched, nobody knows."""
        if self.training.architecture.searched:
            return 0
        return max(self.expected - self._finished, 0) // max(len(self._programs), 1)

    def _short(self) -> int:
        """How many more trials are wanted: all lanes full, and twice that where several programs share the trials."""
        ready = self._programs.ready
        wanted = max((group.wanted for group in ready), default=1)
        return wanted * min(2, max(len(ready), 1)) - sum(group.ready for group in ready)

    def _admit(self, trial: RunningTrial, trials: Trials) -> None:
        group = self._programs.group_of(trial)
        if group is None:
            self._train_by_fit(trial, trials)
        else:
            group.waiting.append(trial)

    def _train(self, group: LaneGroup, ahead: AskAhead, trials: Trials) -> None:
        """One epoch of some lanes, while the trials are asked for that will follow those about to end."""
        undecided, failures = group.calibration.xla_undecided, list[Exception]()
        with ahead.asking(max(self._ending(group) - len(group.waiting), 0)):
            try:
                lanes, epoch = group.train(float(max(self._expected(), group.ready) * self.training.epochs))
            except Exception as error:  # noqa: BLE001  whatever a program cannot do, `fit` may
                failures.append(error)
        if failures:
            self._leave_to_fit(group, failures[0], trials)
            return
        if undecided and not self._programs.share_xla(group):
            group.restart(lanes)
            return
        for lane, losses, values, logs in zip(lanes, *epoch, strict=True):
            outcome = self._after_epoch(lane, losses, values, logs, trials)
            if outcome is not None:
                self._finish(group, lane, outcome, trials)

    def _ending(self, group: LaneGroup) -> int:
        """Number of lanes whose trials are about to end."""
        epochs = self.training.epochs
        return sum(epochs - lane.epoch - 1 <= epochs // 3 for lane in group.lanes)

    def _after_epoch(
        self, lane: Lane, losses: np.ndarray, values: np.ndarray, logs: np.ndarray, trials: Trials
    ) -> Outcome | None:
        """How the lane's trial ended; None where it goes on."""
        trained = [output for output in self.training.outputs if output in lane.trial.candidate.losses]
        reason = not_finite(trained, self.training.measures, losses, values)
        if reason:
            return self._outcome(lane, names.DIVERGED, f"epoch {lane.epoch}: {reason} is not finite")
        lane.history.append([float(value) for value in values])
        goes_on = trials.report(lane.trial, lane.epoch, lane.history[-1])
        self._run_callbacks(lane, logs)
        if lane.epoch < self.training.epochs and not goes_on:
            return self._outcome(lane, names.PRUNED, f"epoch {lane.epoch}: stopped by the pruner")
        return self._complete(lane) if self._has_ended(lane) else None

    def _run_callbacks(self, lane: Lane, logs: np.ndarray) -> None:
        """Gives a lane's callbacks what `fit` logs after the epoch that has ended."""
        training = self.training
        if lane.callbacks is None or training.callbacks is None or training.watched is None:
            return
        measured = training.watched.measured_after(lane.epoch)
        named = zip(training.logs_watched, logs, strict=True)
        logged = {name: float(value) for name, value in named if measured or not name.startswith("val_")}
        lane.callbacks.end_epoch(logged | training.objectives_watched(lane.history[-1]))

    def _has_ended(self, lane: Lane) -> bool:
        return lane.epoch >= self.training.epochs or (lane.callbacks is not None and lane.callbacks.stopped)

    def _complete(self, lane: Lane) -> Outcome:
        """The outcome of a trial that has trained to its end, with the weights that its callbacks leave."""
        kept = self._end_callbacks(lane)
        if lane.callbacks is not None and lane.callbacks.failure:
            return self._outcome(lane, names.FAILED, lane.callbacks.failure)
        outcome = self._outcome(lane, names.COMPLETE)
        return outcome if kept == lane.history[-1] else replace(outcome, kept=kept)

    def _end_callbacks(self, lane: Lane) -> list[float]:
        """Ends a lane's callbacks: the objectives of the weights that they leave, which the lane has from here on."""
        if lane.callbacks is None:
            return lane.history[-1]
        lane.callbacks.end()
        epoch, weights = lane.callbacks.restored or (lane.epoch - 1, None)
        if weights is not None:
            lane.state = weights
        return lane.history[epoch]

    def _outcome(self, lane: Lane, state: str, reason: str = "") -> Outcome:
        return Outcome(state, lane.history, lane.seconds, self.name, reason)

    def _finish(self, group: LaneGroup, lane: Lane, outcome: Outcome, trials: Trials) -> None:
        """Hands in an outcome, with values on test data where there are any, and frees the lane."""
        group.leave(lane)
        try:
            if outcome.state == names.COMPLETE and self.training.test is not None:
                outcome = outcome.tested(group.test(lane), self.training.measures)
        except Exception as error:  # noqa: BLE001  whatever a program cannot do, `fit` may
            self._programs.say_left_to_fit(_why(error))
            self._train_by_fit(lane.trial, trials)
            return
        trials.finish(lane.trial, outcome)
        self._finished += 1

    def _leave_to_fit(self, group: LaneGroup, error: Exception, trials: Trials) -> None:
        """Trains all trials of a group by `fit`, from their first epoch on."""
        for trial in self._programs.give_up(group, _why(error)):
            self._train_by_fit(trial, trials)

    def _train_by_fit(self, trial: RunningTrial, trials: Trials) -> None:
        trials.finish(trial, self._fit.train(trial, trials))
        self._finished += 1


def _why(error: Exception) -> str:
    """Why trials are left to `fit`, as the end of a sentence."""
    return str(error) if isinstance(error, Untraceable) else f"their program fails ({first_line(error)})"
