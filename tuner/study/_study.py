"""The study: asks Optuna for candidates, hands them to an engine, and stores how they ended."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Sequence

import optuna
from optuna.exceptions import UpdateFinishedTrialError
from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial, TrialState

from search_spaces import names
from tuner._progress import Listener, Silent, say
from tuner.engines import Outcome, RunningTrial
from tuner.study._admission import Admission
from tuner.study._design import StudyDesign
from tuner.study._failures import Failures
from tuner.study._interrupts import uninterrupted
from tuner.study._leases import Worker
from tuner.study._limits import Limits
from tuner.study._numbered_candidates import NumberedCandidates
from tuner.study._outcomes import hand_over, note_outcome, tell
from tuner.study._search_view import SearchView
from tuner.study._starting import start_trial
from tuner.study._trial_facts import is_replicate

_RECOVER_SECONDS, _WAIT_SECONDS = 5.0, 0.5


class Study:
    """Asks, tells and stores; what an engine sees as `Trials`.

    Args:
        optuna_study: Holds every trial.
        storage: Where the study is kept.
        sampler: Chooses candidates; it sees only the trials that a sampler chose. `NumberedCandidates` where it looks at
            no history.
        design: What is searched.
        limits: When to stop.
        pruner: Called with the study, the trial's number, the epoch and the values after it; True stops the trial.
        listener: Is told of each finished trial.
        replicates: Whether the replicates that wait are started, and nothing else; a search leaves them alone.
        worker: This process as one of several.
    """

    def __init__(
        self,
        optuna_study: optuna.Study,
        storage: BaseStorage,
        sampler: optuna.samplers.BaseSampler,
        *,
        design: StudyDesign,
        limits: Limits,
        pruner: Callable[..., bool] | None = None,
        listener: Listener | None = None,
        replicates: bool = False,
        worker: Worker | None = None,
    ) -> None:
        self.optuna_study, self.storage = optuna_study, storage
        self.design, self.limits = design, limits
        self.worker = worker or Worker(optuna_study, storage)
        self.pruner, self.listener, self.replicates = pruner, listener or Silent(), replicates
        view = SearchView(storage, replicates, self.worker.identity)  # type: ignore[abstract]
        self._asked = optuna.load_study(study_name=optuna_study.study_name, storage=view, sampler=sampler)
        self._candidates = sampler if isinstance(sampler, NumberedCandidates) else None
        self._admission = Admission(limits, self._candidates, replicates)
        self._failures = Failures()
        self._running: dict[int, RunningTrial] = {}
        self._recovered = time.monotonic()

    def next(self) -> RunningTrial | None:
        """Starts the next trial; None where the limits say so.

        Raises:
            StudyStopped: Several trials in a row failed.
        """
        with uninterrupted():
            self._failures.stop_if_too_many()
            while self._may_start():
                trial = self._ask()
                running = None if trial is None else self._start(trial)
                if running is not None:
                    return running
                self._failures.stop_if_too_many()
            return None

    def report(self, trial: RunningTrial, epoch: int, values: Sequence[float]) -> bool:
        """False where the pruner stops the trial; baselines and replicates are never stopped."""
        if self.pruner is None or trial.baseline or self.replicates:
            return True
        with uninterrupted():
            return not self.pruner(self.optuna_study, trial.number, epoch, list(values))

    def finish(self, trial: RunningTrial, outcome: Outcome) -> None:
        """Stores the outcome; it is stored when this returns."""
        with uninterrupted():
            self._store(trial.number, outcome)
            self._running.pop(trial.number, None)

    def hand_back(self) -> None:
        """Ends what is still running as interrupted, to be run again by whoever comes next; stored outcomes stay.

        Trials that Optuna started and no engine got are handed back too.
        """
        with uninterrupted():
            for trial in self._all_running():
                if trial.number in self._running or self.worker.trains(trial):
                    hand_over(self.optuna_study, self.storage, trial, "the study was stopped")
            self._running.clear()

    def wait_for_others(self) -> bool:
        """Waits until no other worker trains a trial of this study.

        Returns:
            True as soon as there is something to start, because one of them is gone; False when all have ended, or the time
            is up.
        """
        announced = False
        while not self.limits.over:
            with uninterrupted():
                self._recover()
                if self._admission.may_start(self._trials()):
                    return True
                running = [trial for trial in self._all_running() if is_replicate(trial) == self.replicates]
                self._hand_over_own(running)
            if not running:
                return False
            if not announced:
                say(f"Waiting for {len(running)} trial(s) that other workers train.")
                announced = True
            time.sleep(_WAIT_SECONDS)
        return False

    def _may_start(self) -> bool:
        """Whether a trial may start, after the trials of workers that are gone were queued again."""
        if not self.limits.over and time.monotonic() - self._recovered > _RECOVER_SECONDS:
            self._recover()
        return self._admission.may_start(self._trials())

    def _ask(self) -> optuna.Trial | None:
        """A trial that Optuna started, its candidate prepared; None where the trial is withdrawn."""
        trial = self._asked.ask()
        trials = self._trials()
        reason = self._admission.reason_to_withdraw(trials, trial.number)
        if reason:
            self._store(trial.number, Outcome(names.WITHDRAWN, reason=reason))
            return None
        draw = self._admission.draw_number(trials, trial.number)
        if self._candidates is not None and draw is not None:
            self._candidates.prepare(draw)
        return trial

    def _start(self, trial: optuna.Trial) -> RunningTrial | None:
        """The trial as an engine gets it; None where the user's build function fails it."""
        self._failures.started(trial.number)
        try:
            running = start_trial(trial, self.design)
        except Exception:  # noqa: BLE001  whatever the user's build raises ends this trial alone
            self._store(trial.number, Outcome(names.FAILED, reason=traceback.format_exc(limit=-8)))
            return None
        self._running[running.number] = running
        return running

    def _store(self, number: int, outcome: Outcome) -> None:
        stored = outcome.to_dict()
        try:
            note_outcome(self._asked, self.storage, number, stored)
            tell(self._asked, number, stored)
        except UpdateFinishedTrialError:
            say(f"Trial {number} was taken over by another worker meanwhile; its result here is dropped.")
            return
        if names.was_run(outcome.state):
            if outcome.state == names.FAILED:
                self._failures.failed(number, outcome.reason)
            self.listener.trial_finished(self.optuna_study)

    def _recover(self) -> None:
        self._recovered = time.monotonic()
        self.worker.recover()

    def _hand_over_own(self, running: Sequence[FrozenTrial]) -> None:
        """Queues those again that were started here although the storage said that it failed to."""
        for trial in filter(self.worker.trains, running):
            hand_over(self.optuna_study, self.storage, trial, "the storage was out of reach when it was started")

    def _trials(self) -> list[FrozenTrial]:
        return self.optuna_study.get_trials(deepcopy=False)

    def _all_running(self) -> list[FrozenTrial]:
        return self.optuna_study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
