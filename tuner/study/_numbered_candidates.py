"""Candidates of a sampler that does not look at history: the same ones whoever trains them, and in whatever order."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import optuna
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler, GridSampler, QMCSampler, RandomSampler
from optuna.trial import FrozenTrial

from search_spaces import SearchSpace, quiet_optuna
from search_spaces.hyperparameters import TrialHyperParameters
from tuner.inputs import Architecture


def is_history_free(sampler: BaseSampler) -> bool:
    """Whether what the sampler chooses does not depend on what was found."""
    return isinstance(sampler, RandomSampler | QMCSampler | GridSampler)


class NumberedCandidates(RandomSampler):
    """A sampler whose candidates are numbered: the trial that is told its number gets the candidate of that number.

    Args:
        sampler: Free of history; it is copied, and its copy draws in this process alone, one candidate after the other.
        space: What may be chosen.
        architecture: Is asked for hyperparameters.
        seed: Of the study.
    """

    def __init__(self, sampler: BaseSampler, space: SearchSpace, architecture: Architecture, seed: int) -> None:
        super().__init__(seed)
        with quiet_optuna():
            self._drawn = optuna.create_study(sampler=copy.deepcopy(sampler))
        self._space, self._architecture, self._seed = space, architecture, seed
        self._known: list[Mapping[str, Any]] = []
        self._chosen: Mapping[str, Any] = {}
        self._exhausted = False

    def take(self, number: int) -> bool:
        """The trial that is asked next gets the candidate of this number, from 0 up; False where a grid has no such point."""
        while len(self._known) <= number and not self._exhausted:
            self._known.append(self._draw())
        self._chosen = self._known[number] if number < len(self._known) else {}
        return number < len(self._known)

    def sample_independent(
        self, study: optuna.Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        """The value that the candidate has; a random one where it has none."""
        if param_name in self._chosen:
            return self._chosen[param_name]
        return super().sample_independent(study, trial, param_name, param_distribution)

    def _draw(self) -> Mapping[str, Any]:
        trial = self._drawn.ask()
        self._space.suggest(trial)
        if self._architecture.searched:
            with suppress(Exception):  # the trial of this candidate meets the same error, and fails by it alone
                self._architecture.ask(TrialHyperParameters(trial), self._seed)
        try:
            self._drawn.tell(trial, 0.0)
        except RuntimeError:  # the grid asks `optimize` to stop after its last point
            self._exhausted = True
        return trial.params
