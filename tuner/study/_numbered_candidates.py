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

from search_spaces import quiet_optuna
from search_spaces.hyperparameters import TrialHyperParameters
from tuner.study._design import StudyDesign


def is_history_free(sampler: BaseSampler) -> bool:
    """Whether what the sampler chooses does not depend on what was found."""
    return isinstance(sampler, RandomSampler | QMCSampler | GridSampler)


class NumberedCandidates(RandomSampler):
    """A sampler whose candidates are numbered: a trial gets the candidate that was prepared for it.

    Args:
        sampler: Free of history; it is copied, and its copy draws in this process alone, one candidate after the other.
        design: What the candidates choose from.
    """

    def __init__(self, sampler: BaseSampler, design: StudyDesign) -> None:
        super().__init__(design.seed)
        with quiet_optuna():
            self._drawing_study = optuna.create_study(sampler=copy.deepcopy(sampler))
        self._design = design
        self._candidates: list[Mapping[str, Any]] = []
        self._prepared: Mapping[str, Any] = {}
        self._exhausted = False

    def has(self, number: int) -> bool:
        """Whether there is a candidate of this number, from 0 up; a grid ends with its last point."""
        while len(self._candidates) <= number and not self._exhausted:
            self._candidates.append(self._draw())
        return number < len(self._candidates)

    def prepare(self, number: int) -> None:
        """Gives the trial whose parameters are asked for next the candidate of this number.

        Args:
            number: One that `has` says there is.
        """
        self._prepared = self._candidates[number]

    def sample_independent(
        self, study: optuna.Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        """The value that the prepared candidate has; a random one where it has none."""
        if param_name in self._prepared:
            return self._prepared[param_name]
        return super().sample_independent(study, trial, param_name, param_distribution)

    def _draw(self) -> Mapping[str, Any]:
        trial = self._drawing_study.ask()
        self._design.space.suggest(trial)
        if self._design.architecture.searched:
            with suppress(Exception):  # the trial of this candidate meets the same error, and fails by it alone
                self._design.architecture.ask(TrialHyperParameters(trial), self._design.seed)
        try:
            self._drawing_study.tell(trial, 0.0)
        except RuntimeError:  # the grid asks `optimize` to stop after its last point
            self._exhausted = True
        return trial.params
