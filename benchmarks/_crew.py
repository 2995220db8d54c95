"""Workers without models: everything of a study but the training, which is a formula here."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import optuna
from optuna.storages import BaseStorage

from search_spaces import SearchSpace, names, quiet_optuna
from tuner.engines import Outcome
from tuner.storage import open_storage
from tuner.study import Limits, NumberedCandidates, Study, StudyDesign, Worker, is_history_free

SPACE = SearchSpace({"a": ["mse", "mae"], "b": "mse"}, learning_rate=(1e-4, 1e-1))


class Fixed:
    """An architecture with nothing to search."""

    searched = False


DESIGN = StudyDesign(SPACE, Fixed)  # type: ignore[arg-type]


def open_study(storage: Any) -> optuna.Study:
    """The study, made if needed."""
    with quiet_optuna():
        return optuna.create_study(study_name="s", storage=storage, directions=["maximize", "minimize"], load_if_exists=True)


def value(candidate: Any) -> list[float]:
    """What a candidate reaches, in place of training it."""
    return [candidate.learning_rate * candidate.weights["b"], candidate.weights["b"] + candidate.learning_rate]


class Crew:
    """One worker on a storage.

    Args:
        storage: Its own connection.
        n_trials: Number of trials of the study.
        sampler: A genetic one where None.
        seconds: How long a trial takes.
        expiry: Seconds that a lease holds.
        renew: Seconds between its renewals.
    """

    def __init__(
        self, storage: Any, n_trials: int, sampler: Any = None, seconds: float = 0.0, expiry: float = 90.0, renew: float = 20.0
    ) -> None:
        self.study, self.seconds = open_study(storage), seconds
        self.worker = Worker(self.study, storage, renew, expiry)
        asked = sampler or optuna.samplers.NSGAIISampler()
        if is_history_free(asked):
            asked = NumberedCandidates(asked, DESIGN)
        self.trials = Study(self.study, storage, asked, design=DESIGN, limits=Limits(n_trials), worker=self.worker)
        self.errors: list[BaseException] = []

    def run(self, most: int | None = None) -> None:
        """Trains until there is nothing left, or dies without a word after so many trials, one more being started."""
        with self.worker:
            while True:
                done = 0
                while (trial := self.trials.next()) is not None:
                    if most is not None and done >= most:
                        self.worker._write = _nothing  # type: ignore[method-assign]  # the dead end no lease
                        return
                    time.sleep(self.seconds)
                    self.trials.finish(trial, Outcome(names.COMPLETE, [value(trial.candidate)], 0.0, "formula"))
                    done += 1
                if not self.trials.wait_for_others():
                    return


def _nothing(_: int) -> None:
    pass


def together(crews: Sequence[Crew]) -> None:
    """Runs all of them at once, each in a thread."""

    def run(crew: Crew) -> None:
        try:
            crew.run()
        except BaseException as error:
            crew.errors.append(error)
            raise

    threads = [threading.Thread(target=run, args=(crew,)) for crew in crews]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert not any(thread.is_alive() for thread in threads)
    assert [error for crew in crews for error in crew.errors] == []


def journal(folder: Path) -> BaseStorage:
    """A new connection to the journal file of this folder."""
    return open_storage(None, folder)


def results(study: optuna.Study) -> list[tuple[float, ...]]:
    """Candidates and what they reached, of the trials that count, in no order."""
    done = [trial for trial in study.trials if trial.state == optuna.trial.TrialState.COMPLETE]
    return sorted((trial.user_attrs[names.CANDIDATE]["learning_rate"], *trial.values) for trial in done)
