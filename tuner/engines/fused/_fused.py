"""Trials as lanes of one traced program: the same training as compile and fit, many at a time and without building any."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from search_spaces import Candidate, LossSpec, OptimizerSpec, SearchSpace, names
from tuner._progress import say
from tuner.engines._fit import FitEngine, compile_candidate
from tuner.engines._protocol import Decisions, Outcome, RunningTrial, Trials
from tuner.engines.fused._ask_ahead import AskAhead
from tuner.engines.fused._calibration import Calibration, Memo, fixed_option
from tuner.engines.fused._group import Group, Untraceable
from tuner.engines.fused._lane_program import Recipe
from tuner.engines.fused._lanes import Lane
from tuner.engines.fused._memory import available_bytes, lane_bytes
from tuner.engines.fused._stateless_optimizer import StatelessOptimizer, refusal, split_settings, varying_settings
from tuner.engines.fused._supported import convolves, recurs
from tuner.engines.fused._training_step import Batch
from tuner.inputs import Training, has_random_layers
from tuner.policies import POLICIES

_MEMORY_SHARE = 0.5
_LIVE_GROUPS = 8
_XLA_WITH_RANDOM_LAYERS = "xla_with_random_layers"


@dataclass(frozen=True)
class ProgramKey:
    """What a program depends on; everything else that a trial chose is a tensor.

    Attributes:
        hyperparameters: What the build function was answered.
        optimizer: Without the settings that are told at run time.
        losses: The losses that may be chosen, by output.
        policy: Name of the weighting policy; empty for fixed weights.
    """

    hyperparameters: tuple[tuple[str, Any], ...]
    optimizer: str
    losses: tuple[tuple[str, tuple[str, ...]], ...]
    policy: str = ""

    def __str__(self) -> str:
        parts = [
            self.optimizer,
            *([f"policy={self.policy}"] if self.policy else []),
            *(f"{name}={value}" for name, value in self.hyperparameters),
        ]
        return "; ".join([*parts, *(f"{output}: {', '.join(labels)}" for output, labels in self.losses)])


class FusedEngine:
    """Trains trials as lanes.

    Args:
        training: What all trials share; its data are arrays.
        space: Names the losses and optimizers that there will be.
        expected: Number of trials that are likely to come, for what is worth measuring.
        folder: Where calibrations are remembered; None remembers nothing.
        verbose: 0 says nothing.
        agreed: What all workers of the study do alike; this engine decides for itself where left out.
    """

    name = "fused"

    def __init__(
        self,
        training: Training,
        space: SearchSpace,
        expected: int = 100,
        folder: Path | None = None,
        verbose: int = 1,
        agreed: Decisions | None = None,
    ) -> None:
        self.training, self.expected, self.verbose = training, expected, verbose
        self._losses = {output: tuple(space.outputs[output].losses) for output in training.outputs}
        self._told = varying_settings(space.optimizer)
        self._memo = Memo(None if folder is None else folder / "calibration.json")
        self._agreed = agreed or Memo(None)
        self._fit = FitEngine(training)
        self._groups: dict[ProgramKey, Group] = {}
        self._models: dict[tuple[tuple[str, Any], ...], keras.Model] = {}
        self._left: dict[ProgramKey, str] = {}
        self._data = _tensors(training)
        self._compiler = ThreadPoolExecutor(1, thread_name_prefix="compiler")
        self._streams = ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="lanes")
        self._finished = 0

    def run(self, trials: Trials) -> None:
        """Trains until there are no more trials."""
        ahead = AskAhead(trials)
        try:
            while (group := self._next_group(ahead, trials)) is not None:
                self._train(group, ahead, trials)
        finally:
            ahead.close()
            self._remember()

    def fit(self, candidate: Candidate, seed: int) -> keras.Model:
        """Trains a candidate as a trial of this seed is trained.

        Returns:
            The trained model, compiled.
        """
        trial = RunningTrial(-1, candidate, seed)
        group = self._group(trial)
        if group is None:
            return self._fit.fit(candidate, seed)
        group.waiting.append(trial)
        try:
            for _ in range(self.training.epochs):
                (lane,), *_ = group.train(lane_epochs=0.0)
        except Untraceable as error:
            self._leave(self._key(candidate), f"the model does not trace ({error})")
            del self._groups[self._key(candidate)]
            return self._fit.fit(candidate, seed)
        group.leave(lane)
        model = self.training.architecture.build(candidate.hyperparameters, seed)
        for variable, value in zip(model.trainable_variables, lane.state.trainable, strict=True):
            variable.assign(value)
        for variable, value in zip(model.non_trainable_variables, lane.state.other, strict=True):
            variable.assign(value)
        compile_candidate(model, candidate, self.training.outputs)
        return model

    def _next_group(self, ahead: AskAhead, trials: Trials) -> Group | None:
        """The group with the most to train, after taking in as many trials as lanes want."""
        while self._short() > 0 and (trial := ahead.next()) is not None:
            self._admit(trial, trials)
        ready = [group for group in self._groups.values() if group.ready]
        for group in ready:
            group.prepare(self._expected())
        able = [group for group in ready if group.compiled or fixed_option()] or ready
        return max(able, key=lambda group: (min(group.ready, group.wanted), len(group.lanes)), default=None)

    def _expected(self) -> int:
        """Number of trials that each program is likely to train yet; where the architecture is searched, nobody knows."""
        if self.training.architecture.searched:
            return 0
        return max(self.expected - self._finished, 0) // max(len(self._groups), 1)

    def _short(self) -> int:
        """How many more trials are wanted: all lanes full, and twice that where several programs share the trials."""
        live = [group for group in self._groups.values() if group.ready]
        wanted = max((group.wanted for group in live), default=1)
        return wanted * min(2, max(len(live), 1)) - sum(group.ready for group in live)

    def _admit(self, trial: RunningTrial, trials: Trials) -> None:
        group = self._group(trial)
        if group is None:
            self._by_fit(trial, trials)
        else:
            group.waiting.append(trial)

    def _group(self, trial: RunningTrial) -> Group | None:
        """The group of a trial's program; None where the trial is left to `fit`."""
        key = self._key(trial.candidate)
        if key not in self._left and key not in self._groups:
            self._make(key, trial)
        if key not in self._groups:
            return None
        self._groups[key] = self._groups.pop(key)  # the last one is the one used last
        return self._groups[key]

    def _train(self, group: Group, ahead: AskAhead, trials: Trials) -> None:
        """One epoch of some lanes, while the trials are asked for that will follow those about to end."""
        epochs = self.training.epochs
        ending = sum(epochs - lane.epoch - 1 <= epochs // 3 for lane in group.lanes)
        unsettled = group.unsettled
        try:
            with ahead.asking(max(ending - len(group.waiting), 0)):
                lanes, sums, values = group.train(float(max(self._expected(), group.ready) * epochs))
        except Untraceable as error:
            self._give_up(group, str(error), trials)
            return
        if unsettled and not self._settle(group):
            group.restart(lanes)
            return
        for lane, losses, measured in zip(lanes, sums, values, strict=True):
            outcome = self._after_epoch(lane, losses, measured, trials)
            if outcome is not None:
                if outcome.state == names.COMPLETE and self.training.test is not None:
                    outcome = outcome.tested(group.test(lane), self.training.measures)
                trials.finish(lane.trial, outcome)
                group.leave(lane)
                self._finished += 1

    def _settle(self, group: Group) -> bool:
        """XLA or not, where layers draw random numbers, holds for all programs, workers and later runs of the study.

        Returns:
            False where another worker decided otherwise meanwhile.
        """
        own = bool(group.calibration.xla)
        xla = bool(self._agreed.keep(_XLA_WITH_RANDOM_LAYERS, own))
        for other in self._groups.values():
            if other.unsettled or (other is group and xla != own):
                other.settle(xla)
        return xla == own

    def _after_epoch(self, lane: Lane, losses: np.ndarray, measured: np.ndarray, trials: Trials) -> Outcome | None:
        """How the lane's trial ended; None where it goes on."""
        reason = self._not_finite(losses, measured)
        if reason:
            return self._outcome(lane, names.DIVERGED, f"epoch {lane.epoch}: {reason} is not finite")
        lane.history.append([float(value) for value in measured])
        kept = trials.report(lane.trial, lane.epoch, lane.history[-1])
        if lane.epoch >= self.training.epochs:
            return self._outcome(lane, names.COMPLETE)
        return None if kept else self._outcome(lane, names.PRUNED, f"epoch {lane.epoch}: stopped by the pruner")

    def _not_finite(self, losses: np.ndarray, measured: np.ndarray) -> str:
        for at, loss in enumerate(losses):
            if not np.isfinite(loss):
                outputs = self.training.outputs
                return f"the loss of output {outputs[at]!r}" if at < len(outputs) else "the layers' own loss"
        for measure, value in zip(self.training.measures, measured, strict=True):
            if not np.isfinite(value):
                return f"objective {measure.objective.name}"
        return ""

    def _outcome(self, lane: Lane, state: str, reason: str = "") -> Outcome:
        return Outcome(state, lane.history, lane.seconds, self.name, reason)

    def _key(self, candidate: Candidate) -> ProgramKey:
        constant, _ = (
            split_settings(candidate.optimizer, self._told) if not candidate.optimizer.custom else (candidate.optimizer, {})
        )
        losses = self._options(candidate)
        return ProgramKey(
            tuple(sorted(candidate.hyperparameters.items())),
            constant.label,
            tuple((output, tuple(loss.label for loss in options)) for output, options in losses.items()),
            candidate.policy,
        )

    def _options(self, candidate: Candidate) -> Mapping[str, Sequence[LossSpec]]:
        """The losses of the space, unless the candidate has one from outside it: then it has a program of its own."""
        inside = all(candidate.losses[output] in options for output, options in self._losses.items())
        return self._losses if inside else {output: (candidate.losses[output],) for output in self._losses}

    def _make(self, key: ProgramKey, trial: RunningTrial) -> None:
        """Makes the group of a key, or notes why its trials are left to `fit`."""
        candidate, training = trial.candidate, self.training
        if refusal(candidate.optimizer):
            self._leave(key, refusal(candidate.optimizer))
            return
        self._forget_old_groups()
        try:
            model = self._model(key, trial)
        except Exception as error:  # noqa: BLE001  `fit` meets the same error and tells it with the trial
            self._leave(key, f"the model cannot be built ({type(error).__name__})")
            return
        constant, _ = split_settings(candidate.optimizer, self._told)
        policy = POLICIES[candidate.policy]() if candidate.policy else None
        losses = self._options(candidate)
        recipe = Recipe(training, dict(candidate.hyperparameters), model, constant, losses, self._data, policy)
        calibration, unsettled = self._calibration(key, model, constant)
        self._groups[key] = Group(recipe, self._told, calibration, self._compiler, self._streams, unsettled)

    def _model(self, key: ProgramKey, trial: RunningTrial) -> keras.Model:
        if key.hyperparameters not in self._models:
            self._models[key.hyperparameters] = self.training.architecture.build(trial.candidate.hyperparameters, trial.seed)
        return self._models[key.hyperparameters]

    def _calibration(self, key: ProgramKey, model: keras.Model, optimizer: OptimizerSpec) -> tuple[Calibration, bool]:
        kept = sum(array.size for array in StatelessOptimizer(optimizer, model.trainable_variables).initial)
        assert self.training.batch_size is not None
        one = lane_bytes(model, self.training.batch_size, kept)
        most = max(1, int(_MEMORY_SHARE * available_bytes() / one))
        fixed = fixed_option()
        if fixed is not None:
            self._agreed.keep(_XLA_WITH_RANDOM_LAYERS, fixed.xla)
            return Calibration(fixed.lanes, fixed.xla, usual_lanes=fixed.lanes, settled=True), False
        made = Calibration(most, xla_first=not self.training.architecture.searched)  # one program of many has few trials
        if convolves(model) and not tf.config.list_physical_devices("GPU"):
            # on a core XLA convolves five times as slowly, and there is no kernel for several lanes at once
            made.xla, made.usual_lanes = False, 1
            if has_random_layers(model) and self._agreed.get(_XLA_WITH_RANDOM_LAYERS) is None:
                self._agreed.keep(_XLA_WITH_RANDOM_LAYERS, False)
        elif recurs(model) and not tf.config.list_physical_devices("GPU"):
            made.usual_lanes = 1  # XLA has no lists of tensors, which several lanes of a loop over time need
        unsettled = has_random_layers(model) and self._agreed.get(_XLA_WITH_RANDOM_LAYERS) is None
        if has_random_layers(model):
            made.xla = bool(self._agreed.get(_XLA_WITH_RANDOM_LAYERS))
        known = self._memo.get(str(key))
        if known is not None and not unsettled:
            made.recall(known)
        return made, unsettled

    def _forget_old_groups(self) -> None:
        """Makes room for one more: drops what was not used for longest, and keeps what was measured."""
        idle = [key for key, group in self._groups.items() if not group.ready]
        for key in idle[: max(0, len(self._groups) + 1 - _LIVE_GROUPS)]:
            self._memo.keep(str(key), self._groups.pop(key).calibration.to_dict())
        used = {key.hyperparameters for key in self._groups}
        self._models = {values: model for values, model in self._models.items() if values in used}

    def _remember(self) -> None:
        for key, group in self._groups.items():
            if group.calibration.seconds:
                self._memo.keep(str(key), group.calibration.to_dict())

    def _give_up(self, group: Group, reason: str, trials: Trials) -> None:
        """Nothing can be traced: the group's trials are left to `fit`."""
        key = next(key for key, known in self._groups.items() if known is group)
        self._leave(key, f"the model does not trace ({reason})")
        del self._groups[key]
        for trial in [*(lane.trial for lane in group.lanes), *group.waiting]:
            self._by_fit(trial, trials)

    def _leave(self, key: ProgramKey, reason: str) -> None:
        if self.verbose and reason not in self._left.values():
            say(f"Left to compile and fit, one trial after the other: {reason}.")
        self._left[key] = reason

    def _by_fit(self, trial: RunningTrial, trials: Trials) -> None:
        trials.finish(trial, self._fit.train(trial, trials))
        self._finished += 1


def _tensors(training: Training) -> Batch:
    arrays = training.data.arrays
    assert arrays is not None
    weights = [tf.constant(_floats(weight)) for weight in arrays.weights if weight is not None]
    x = keras.tree.map_structure(lambda array: tf.constant(_floats(array)), arrays.x)
    return Batch(x, [tf.constant(_floats(target)) for target in arrays.targets], weights)


def _floats(array: np.ndarray) -> np.ndarray:
    """Floating-point numbers in Keras's own precision, as `fit` converts them."""
    return array.astype(keras.config.floatx()) if array.dtype.kind == "f" else array
