"""Trains what a study asks for: what its sampler draws, or what is queued."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import optuna
from optuna.samplers import BaseSampler, RandomSampler
from optuna.storages import BaseStorage

from search_spaces import SearchSpace, names
from tuner._progress import LiveProgress, Silent
from tuner.engines import Engine, choose_engine
from tuner.inputs import Architecture, Training
from tuner.study._leases import Worker
from tuner.study._numbered_candidates import NumberedCandidates, is_history_free
from tuner.study._sampler import default_sampler
from tuner.study._shared_decisions import SharedDecisions
from tuner.study._study import Limits, Study, counts, finished


@dataclass(frozen=True)
class Runner:
    """How the trials of a study are trained.

    Attributes:
        space: What may be chosen.
        custom_objects: Makes custom losses and optimizers, by name.
        architecture: Builds the models.
        seed: Of every trial and of the sampler.
        engine: `"auto"`, `"fused"` or `"fit"`.
        folder: Of the study.
        storage: Of the study.
        sampler: Any Optuna sampler; multi-objective TPE where None.
        pruner: Stops hopeless trials; none where None.
    """

    space: SearchSpace
    custom_objects: Mapping[str, Any]
    architecture: Architecture
    seed: int
    engine: str
    folder: Path
    storage: BaseStorage
    sampler: BaseSampler | None = None
    pruner: Callable[..., bool] | None = None

    def search(self, study: optuna.Study, training: Training, n_trials: int, timeout: float | None, verbose: int) -> None:
        """Trains what is queued and what the sampler draws, until there are `n_trials` or the seconds are over."""
        trials = study.get_trials(deepcopy=False)
        waiting = [trial for trial in trials if not trial.state.is_finished() and names.REPLICATE_OF not in trial.user_attrs]
        extra = sum(not counts(trial) for trial in waiting)
        extra += finished(study) - sum(counts(trial) and trial.state.is_finished() for trial in trials)
        limits = Limits(n_trials, None if timeout is None else time.monotonic() + timeout)
        expected = n_trials + extra - finished(study)

        def sampler(others: int) -> BaseSampler:
            if self.sampler is None:
                return default_sampler(self.seed, len(trials), others, self.architecture.searched)
            if is_history_free(self.sampler):
                return NumberedCandidates(self.sampler, self.space, self.architecture, self.seed)
            if others:
                self.sampler.reseed_rng()  # two workers must not draw the same numbers
            return self.sampler

        self._run(study, training, sampler, limits, expected, verbose)

    def queued(self, study: optuna.Study, training: Training, waiting: int, verbose: int, replicates: bool) -> None:
        """Trains what is queued alone: replicates, or other trials."""

        def sampler(_: int) -> BaseSampler:
            return RandomSampler(self.seed)  # chooses nothing: every trial is prescribed

        self._run(study, training, sampler, Limits(n_trials=0), waiting, verbose, replicates)

    def make_engine(self, study: optuna.Study, training: Training, expected: int, verbose: int) -> Engine:
        """The engine that trains so many trials."""
        return choose_engine(self.engine, training, self.space, expected, self.folder, verbose, SharedDecisions(study))

    def _run(
        self,
        optuna_study: optuna.Study,
        training: Training,
        sampler: Callable[[int], BaseSampler],
        limits: Limits,
        expected: int,
        verbose: int,
        replicates: bool = False,
    ) -> None:
        """A stop hands back what was running.

        `sampler` is told the number of other workers. What they train is waited for, and taken over where they do not end it.
        """
        done = finished(optuna_study)
        progress = LiveProgress(done + expected, done) if verbose else Silent()
        with Worker(optuna_study, self.storage) as worker, progress as listener:
            study = Study(
                optuna_study,
                self.storage,
                sampler(worker.others()),
                self.space,
                self.custom_objects,
                self.architecture,
                limits,
                self.seed,
                self.pruner,
                listener,
                replicates,
                worker,
            )
            engine = self.make_engine(optuna_study, training, expected, verbose)
            try:
                engine.run(study)
                while study.wait_for_others():
                    engine.run(study)
            except BaseException:
                study.hand_back()
                raise
