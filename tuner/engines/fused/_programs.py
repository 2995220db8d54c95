"""Which programs a study has: one lane group per program key, and which trials are left to `fit`, and why."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import keras

from search_spaces import Candidate, LossSpec, SearchSpace, names
from tuner._errors import first_line
from tuner._progress import say
from tuner.engines._protocol import Decisions, RunningTrial
from tuner.engines.fused._agreement import Agreement
from tuner.engines.fused._lane_group import LaneGroup
from tuner.engines.fused._lane_program import Recipe
from tuner.engines.fused._memo import Memo
from tuner.engines.fused._option import unchecked
from tuner.engines.fused._program_key import Hyperparameters, ProgramKey
from tuner.engines.fused._starting_calibration import XlaDecision, starting_calibration
from tuner.engines.fused._stateless_optimizer import runtime_setting_names, split_settings
from tuner.engines.fused._supported import candidate_refusal, model_effects
from tuner.engines.fused._threads import one_thread
from tuner.engines.fused._training_tensors import training_tensors
from tuner.engines.fused._unusable import BuiltOtherwise
from tuner.engines.fused._validation_logs import used_metrics
from tuner.inputs import Training, short_hash
from tuner.policies import POLICIES

_LIVE_GROUPS = 8


class Programs:
    """The lane groups of a study, made when a trial first needs one and forgotten when others need the room.

    Args:
        training: What all trials share; its data are arrays.
        space: Names the losses and optimizers that there will be.
        folder: Where calibrations are remembered; None remembers nothing.
        decisions: The shared decisions of the study; None where this process decides alone.
        verbose: 0 does not say what is left to `fit`.
    """

    def __init__(
        self, training: Training, space: SearchSpace, folder: Path | None, decisions: Decisions | None, verbose: int
    ) -> None:
        self._training, self._verbose = training, verbose
        self._losses = {output: tuple(space.outputs[output].losses) for output in training.outputs if output in space.outputs}
        self._runtime_names = runtime_setting_names(space.optimizer)
        self._memo = Memo(None if folder is None else folder / "calibration.json")
        self._decisions = decisions or Memo(None)
        self._xla_decision = XlaDecision(self._decisions)
        self._groups: dict[ProgramKey, LaneGroup] = {}
        self._models: dict[Hyperparameters, keras.Model] = {}
        self._reasons_for_fit: dict[ProgramKey, str] = {}
        self._reasons_said: set[str] = set()
        self._data = training_tensors(training, self._losses)
        self._compiler = one_thread("compiler")
        self._streams = ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="lanes")

    def __len__(self) -> int:
        return len(self._groups)

    @property
    def ready(self) -> list[LaneGroup]:
        """The groups that have trials to train."""
        return [group for group in self._groups.values() if group.ready]

    def group_of(self, trial: RunningTrial) -> LaneGroup | None:
        """The group that trains a trial; None where the trial is left to `fit`."""
        try:
            group = self._group_of(self._key(trial.candidate), trial)
            if group is not None:
                group.start(trial.seed)
        except BuiltOtherwise as error:
            self.say_left_to_fit(str(error))
        except Exception as error:  # noqa: BLE001  whatever lanes cannot take, `fit` may
            self.say_left_to_fit(f"no program can be made for a trial ({first_line(error)})")
        else:
            return group
        return None

    def say_left_to_fit(self, reason: str) -> None:
        """Says, once for each reason, why trials are left to `fit`."""
        if self._verbose and reason not in self._reasons_said:
            say(f"Left to compile and fit, one trial after the other: {reason}.")
        self._reasons_said.add(reason)

    def _group_of(self, key: ProgramKey, trial: RunningTrial) -> LaneGroup | None:
        if key not in self._reasons_for_fit and key not in self._groups:
            self._add_group(key, trial)
        if key not in self._groups:
            return None
        self._groups[key] = self._groups.pop(key)  # the last one is the one used last
        return self._groups[key]

    def give_up(self, group: LaneGroup, reason: str) -> list[RunningTrial]:
        """Leaves the trials of a group to `fit`.

        Args:
            group: Forgotten.
            reason: Why, as the end of the sentence "Left to compile and fit: …".

        Returns:
            The trials that it still had to train.
        """
        key = next(key for key, other in self._groups.items() if other is group)
        self._leave_to_fit(key, reason)
        del self._groups[key]
        return group.trials

    def share_xla(self, group: LaneGroup) -> bool:
        """Applies the choice of XLA that one group has made to all programs, workers and later runs of the study.

        Returns:
            False where another worker decided otherwise meanwhile.
        """
        own = bool(group.calibration.xla)
        xla = self._xla_decision.decide(own)
        for other in self._groups.values():
            if other.calibration.xla_undecided or (other is group and xla != own):
                other.decide_xla(xla)
        return xla == own

    def remember(self) -> None:
        """Writes down what was measured, for a later run."""
        for key, group in self._groups.items():
            if group.calibration.seconds:
                self._memo.keep(str(key), group.calibration.to_dict())

    def _key(self, candidate: Candidate) -> ProgramKey:
        return ProgramKey.of(candidate, self._losses_for(candidate), self._runtime_names)

    def _losses_for(self, candidate: Candidate) -> Mapping[str, Sequence[LossSpec]]:
        """The losses of the space, unless the candidate has one from outside it: then it has a program of its own."""
        inside = all(candidate.losses[output] in options for output, options in self._losses.items())
        return self._losses if inside else {output: (candidate.losses[output],) for output in self._losses}

    def _add_group(self, key: ProgramKey, trial: RunningTrial) -> None:
        """Makes the group of a key, or notes why its trials are left to `fit`."""
        if reason := candidate_refusal(trial.candidate, self._training):
            self._leave_to_fit(key, reason)
            return
        self._forget_old_groups()
        try:
            model = self._model(key, trial)
        except Exception as error:  # noqa: BLE001  `fit` meets the same error and tells it with the trial
            self._leave_to_fit(key, f"the model cannot be built ({type(error).__name__})")
            return
        effects = model_effects(self._training, model) if self._training.architecture.searched else []
        if effects:
            self._leave_to_fit(key, effects[0])
            return
        recipe = self._recipe(trial.candidate, model)
        remembered = self._memo.get(str(key))
        calibration = starting_calibration(self._training, model, recipe.optimizer, self._xla_decision, remembered)
        unheld = recipe.policy or unchecked()
        agreement = None if unheld else Agreement(recipe, trial, self._runtime_names, partial(self._note, key))
        self._groups[key] = LaneGroup(recipe, self._runtime_names, calibration, self._compiler, self._streams, agreement)

    def _note(self, key: ProgramKey, agrees: bool, sentence: str, difference: float) -> None:
        """Stores with the study how a program of a key compares with compile and fit; the first outcome of each key stays."""
        finite = difference if math.isfinite(difference) else None
        stored = {"agrees": agrees, "sentence": sentence, "difference": finite, "program": str(key)}
        self._decisions.keep(names.AGREEMENT + short_hash([str(key).encode()]), stored)

    def _recipe(self, candidate: Candidate, model: keras.Model) -> Recipe:
        constant, _ = split_settings(candidate.optimizer, self._runtime_names)
        policy = POLICIES[candidate.policy]() if candidate.policy else None
        losses, training = self._losses_for(candidate), self._training
        watched = training.watched if training.logs_watched else None
        metrics = None if watched is None else used_metrics(model, training.outputs, watched.rows)
        return Recipe(training, dict(candidate.hyperparameters), model, constant, losses, self._data, policy, metrics)

    def _model(self, key: ProgramKey, trial: RunningTrial) -> keras.Model:
        if key.hyperparameters not in self._models:
            self._models[key.hyperparameters] = self._training.architecture.build(trial.candidate.hyperparameters, trial.seed)
        return self._models[key.hyperparameters]

    def _forget_old_groups(self) -> None:
        """Makes room for one more group: drops the ones not used for longest, and remembers what was measured."""
        idle = [key for key, group in self._groups.items() if not group.ready]
        for key in idle[: max(0, len(self._groups) + 1 - _LIVE_GROUPS)]:
            self._memo.keep(str(key), self._groups.pop(key).calibration.to_dict())
        used = {key.hyperparameters for key in self._groups}
        self._models = {values: model for values, model in self._models.items() if values in used}

    def _leave_to_fit(self, key: ProgramKey, reason: str) -> None:
        self.say_left_to_fit(reason)
        self._reasons_for_fit[key] = reason
