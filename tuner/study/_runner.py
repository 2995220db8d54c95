"""Trains what a study asks for: what its sampler draws, or what is queued."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import optuna
from optuna.samplers import BaseSampler, RandomSampler
from optuna.storages import BaseStorage

from tuner._progress import LiveProgress, Silent
from tuner.engines import Engine, TrialsByFold, choose_engine
from tuner.inputs import Training, with_fixed_part_computed
from tuner.study._design import StudyDesign
from tuner.study._garbage import older_objects_left_out
from tuner.study._leases import Worker
from tuner.study._limits import Limits
from tuner.study._sampler import sampler_for
from tuner.study._shared_decisions import SharedDecisions
from tuner.study._study import Study
from tuner.study._trial_facts import finished, still_to_run


@dataclass(frozen=True, kw_only=True)
class Runner:
    """How the trials of a study are trained.

    Attributes:
        design: What is searched.
        engine: `"auto"`, `"fused"` or `"fit"`.
        folder: The study's own folder.
        storage: Where the study is kept.
        sampler: Any Optuna sampler; multi-objective TPE where None.
        pruner: Stops hopeless trials; none where None.
    """

    design: StudyDesign
    engine: str
    folder: Path
    storage: BaseStorage
    sampler: BaseSampler | None = None
    pruner: Callable[..., bool] | None = None

    def search(self, study: optuna.Study, training: Training, n_trials: int, timeout: float | None, verbose: int) -> None:
        """Trains what is queued and what the sampler draws, until there are `n_trials` or the seconds are over."""
        trials = study.get_trials(deepcopy=False)
        self._run(
            study,
            training,
            sampler=lambda others: sampler_for(self.sampler, self.design, len(trials), others),
            limits=Limits(n_trials, None if timeout is None else time.monotonic() + timeout),
            expected=still_to_run(trials, n_trials),
            verbose=verbose,
        )

    def train_queued(self, study: optuna.Study, training: Training, waiting: int, verbose: int, replicates: bool) -> None:
        """Trains what is queued alone: replicates, or other trials."""
        self._run(
            study,
            training,
            sampler=lambda _: RandomSampler(self.design.seed),  # chooses nothing: every trial is prescribed
            limits=Limits(n_trials=0),
            expected=waiting,
            verbose=verbose,
            replicates=replicates,
        )

    def make_engine(self, study: optuna.Study, training: Training, expected: int, verbose: int) -> Engine:
        """The engine that trains the study's trials, `expected` of them."""
        training = with_fixed_part_computed(training, self.design.specs, self.design.seed, verbose)
        return choose_engine(self.engine, training, self.design.space, expected, self.folder, verbose, SharedDecisions(study))

    def _run(
        self,
        optuna_study: optuna.Study,
        training: Training,
        *,
        sampler: Callable[[int], BaseSampler],
        limits: Limits,
        expected: int,
        verbose: int,
        replicates: bool = False,
    ) -> None:
        """Trains until nothing is left to start and no other worker trains; a stop hands back what was running.

        Args:
            optuna_study: Holds every trial.
            training: What all trials share.
            sampler: Makes the sampler; it gets the number of other workers.
            limits: When no further trial is started.
            expected: Number of trials that are likely to be trained.
            verbose: 0 is silent, 1 shows progress.
            replicates: Whether the replicates that wait are trained, and nothing else.
        """
        done = finished(optuna_study)
        progress = LiveProgress(done + expected, done) if verbose else Silent()
        with older_objects_left_out(), Worker(optuna_study, self.storage) as worker, progress as listener:
            study = Study(
                optuna_study,
                self.storage,
                sampler(worker.others()),
                design=self.design,
                limits=limits,
                pruner=self.pruner,
                listener=listener,
                replicates=replicates,
                worker=worker,
            )
            engine = self.make_engine(optuna_study, training, expected * max(1, len(training.folds)), verbose)
            trials = TrialsByFold(study, len(training.folds)) if training.folds else study
            try:
                engine.run(trials)
                while study.wait_for_others():
                    engine.run(trials)
            except BaseException:
                with suppress(Exception):  # where the storage is what failed, the leases of this worker run out
                    study.hand_back()
                raise
