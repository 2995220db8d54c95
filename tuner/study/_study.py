"""The study: asks Optuna for candidates, hands them to an engine, and stores what came of them."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any

import optuna
from optuna.exceptions import UpdateFinishedTrialError
from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial, TrialState

from search_spaces import Candidate, SearchSpace, names
from search_spaces.hyperparameters import TrialHyperParameters
from tuner._errors import StudyStopped
from tuner._progress import Listener, Silent, say
from tuner.engines import Outcome, RunningTrial
from tuner.inputs import Architecture
from tuner.study._interrupts import uninterrupted
from tuner.study._leases import Worker, hand_over, note_outcome, tell
from tuner.study._numbered_candidates import NumberedCandidates
from tuner.study._search_view import SearchView, is_replicate, is_searched, needs_no_rerun, was_run

_FAILURES_IN_A_ROW = 3
_QUEUED = "fixed_params"
"""The attribute that Optuna gives a trial that somebody queued."""
_SCAN_SECONDS, _WAIT_SECONDS = 5.0, 0.5


@dataclass(frozen=True)
class Limits:
    """When no further trial is started.

    Attributes:
        n_trials: Number of trials that the sampler chooses, over all calls and workers; baselines come on top.
        deadline: `time.monotonic()` after which no trial is started; None: none.
    """

    n_trials: int
    deadline: float | None = None

    @property
    def over(self) -> bool:
        """Whether the time is up."""
        return self.deadline is not None and time.monotonic() >= self.deadline


class Study:
    """Asks, tells and stores; what an engine sees as `Trials`.

    Args:
        optuna_study: Holds every trial.
        storage: Where the study is kept.
        sampler: Chooses candidates; it sees only the trials that a sampler chose. `NumberedCandidates` where it looks at
            no history.
        space: What may be chosen.
        custom_objects: Makes custom losses and optimizers, by name.
        architecture: Is asked for hyperparameters.
        limits: When to stop.
        seed: Of every trial: common random numbers make trials comparable.
        pruner: Of (epoch, values, values of the other trials at that epoch): True to stop the trial; or None.
        listener: Is told of each finished trial.
        replicates: Whether the replicates that wait are started, and nothing else; a search leaves them alone.
        worker: This process as one of several.
    """

    def __init__(
        self,
        optuna_study: optuna.Study,
        storage: BaseStorage,
        sampler: optuna.samplers.BaseSampler,
        space: SearchSpace,
        custom_objects: Mapping[str, Any],
        architecture: Architecture,
        limits: Limits,
        seed: int,
        pruner: Callable[..., bool] | None = None,
        listener: Listener | None = None,
        replicates: bool = False,
        worker: Worker | None = None,
    ) -> None:
        self.optuna_study, self.storage = optuna_study, storage
        self.worker = worker or Worker(optuna_study, storage)
        view = SearchView(storage, replicates, self.worker.identity)  # type: ignore[abstract]
        self._asked = optuna.load_study(study_name=optuna_study.study_name, storage=view, sampler=sampler)
        self._slots = sampler if isinstance(sampler, NumberedCandidates) else None
        self.space, self.custom_objects = space, custom_objects
        self.architecture, self.limits, self.seed = architecture, limits, seed
        self.pruner, self.listener, self.replicates = pruner, listener or Silent(), replicates
        self._running: dict[int, RunningTrial] = {}
        self._started: list[int] = []
        self._failed: dict[int, str] = {}
        self._in_a_row = 0
        self._known = _Known()
        self._scanned = time.monotonic()

    def next(self) -> RunningTrial | None:
        """Starts the next trial; None where the limits say so.

        Raises:
            StudyStopped: Several trials in a row failed.
        """
        with uninterrupted():
            return self._next()

    def _next(self) -> RunningTrial | None:
        while True:
            if self._in_a_row >= _FAILURES_IN_A_ROW:
                raise StudyStopped(
                    f"{self._in_a_row} trials in a row failed, so the study stops; what was finished is kept. "
                    f"The last reason:\n{next(reversed(self._failed.values()))}"
                )
            if not self._may_start():
                return None
            trial = self._asked.ask()
            superfluous = self._superfluous(trial.number)
            if superfluous:
                self._store(trial.number, Outcome(names.WITHDRAWN, reason=superfluous))
                continue
            self._started.append(trial.number)
            try:
                running = self._start(trial)
            except Exception:  # noqa: BLE001  whatever the user's build raises ends this trial alone
                self._store(trial.number, Outcome(names.FAILED, reason=traceback.format_exc(limit=-8)))
                continue
            self._running[running.number] = running
            return running

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
        """Ends what is still running as interrupted, to be run again by whoever comes next; what is stored already stays.

        What was asked for and did not come to be trained is among it.
        """
        with uninterrupted():
            for trial in self.optuna_study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
                if trial.number in self._running or self.worker.trains(trial):
                    hand_over(self.optuna_study, self.storage, trial, "the study was stopped")
            self._running.clear()

    def wait_for_others(self) -> bool:
        """Waits until no other worker trains a trial of this study.

        Returns:
            True as soon as there is something to start, because one of them is gone; False when all have ended, or the time
            is up.
        """
        said = False
        while not self.limits.over:
            with uninterrupted():
                theirs = self._theirs()
            if theirs is None:
                return True
            if not theirs:
                return False
            if not said:
                say(f"Waiting for {theirs} trial(s) that other workers train.")
                said = True
            time.sleep(_WAIT_SECONDS)
        return False

    def _theirs(self) -> int | None:
        """How many trials other workers train; None where there is something to start here."""
        self.worker.recover()
        if self._may_start():
            return None
        running = self.optuna_study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
        theirs = [trial for trial in running if is_replicate(trial) == self.replicates]
        for trial in filter(self.worker.trains, theirs):  # started here although the storage said that it failed to
            hand_over(self.optuna_study, self.storage, trial, "the storage was out of reach when it was started")
        return len(theirs)

    def _may_start(self) -> bool:
        if self.limits.over:
            return False
        if time.monotonic() - self._scanned > _SCAN_SECONDS:
            self._scanned = time.monotonic()
            self.worker.recover()
        trials = self.optuna_study.get_trials(deepcopy=False)
        self._known.advance(trials)
        late = trials[self._known.settled :]
        if any(trial.state == TrialState.WAITING and is_replicate(trial) == self.replicates for trial in late):
            return True
        number = self._known.slot(trials, len(trials))
        return number < self.limits.n_trials and (self._slots is None or self._slots.take(number))

    def _superfluous(self, number: int) -> str:
        """Why a trial that was just started is one too many, because of what other workers did meanwhile; or nothing.

        What is one too many is decided by the trials' numbers, which the storage gives each once, so that all workers decide
        alike.
        """
        trials = self.optuna_study.get_trials(deepcopy=False)
        self._known.advance(trials)
        key, first = trials[number].user_attrs.get(names.KEY), number
        if key and self._known.first[key] < number:
            return "another worker queued the same trial"
        while (earlier := _repeated(trials[first])) is not None:
            first = earlier
            if trials[first].state in (TrialState.COMPLETE, TrialState.PRUNED):
                return "the trial that this one was to repeat did finish"
        by_hand = _QUEUED in trials[first].system_attrs
        if by_hand or not is_drawn(trials[first]) or names.CANDIDATE in trials[number].user_attrs:
            return ""
        slot = self._known.slot(trials, first)
        if slot >= self.limits.n_trials or (self._slots is not None and not self._slots.take(slot)):
            return "other workers started the last trials"
        return ""

    def _start(self, trial: optuna.Trial) -> RunningTrial:
        attributes = trial.user_attrs
        candidate, seed = self._candidate(trial, attributes), attributes.get(names.SEED, self.seed)
        for key, value in ((names.SEED, seed), (names.CANDIDATE, candidate.to_dict())):
            if attributes.get(key) != value:
                trial.set_user_attr(key, value)
        return RunningTrial(trial.number, candidate, seed, attributes.get(names.BASELINE, ""))

    def _candidate(self, trial: optuna.Trial, attributes: dict[str, Any]) -> Candidate:
        """A prescribed candidate as it stands, with those of its parameters told that lie in the space; or a new one."""
        if names.CANDIDATE in attributes:
            candidate = Candidate.from_dict(attributes[names.CANDIDATE], self.custom_objects)
            inside = self.space.encode(candidate)
            for parameter in self.space.parameters():
                if parameter.name in inside:
                    parameter.suggest(trial)
            if is_prescribed(attributes):
                return candidate
        else:
            candidate = self.space.suggest(trial)
        if not self.architecture.searched:
            return candidate
        hp = TrialHyperParameters(trial)
        try:
            self.architecture.ask(hp, self.seed)
        except Exception:  # the reports show what the build function refused
            trial.set_user_attr(names.CANDIDATE, candidate.with_hyperparameters(hp.values).to_dict())
            raise
        return candidate.with_hyperparameters(hp.values)

    def _store(self, number: int, outcome: Outcome) -> None:
        made = outcome.to_dict()
        try:
            note_outcome(self._asked, self.storage, number, made)
            tell(self._asked, number, made)
        except UpdateFinishedTrialError:
            say(f"Trial {number} was taken over by another worker meanwhile; its result here is dropped.")
            return
        if names.was_run(outcome.state):
            if outcome.state == names.FAILED:
                self._failed[number] = outcome.reason
                self._in_a_row = max(self._in_a_row, self._failed_around(number))
            self.listener.trial_finished(self.optuna_study)

    def _failed_around(self, number: int) -> int:
        """How many trials failed in a row, in the order in which they were started: lanes end in another one."""
        at = self._started.index(number)
        before = takewhile(self._failed.__contains__, reversed(self._started[:at]))
        return 1 + sum(1 for _ in before) + sum(1 for _ in takewhile(self._failed.__contains__, self._started[at + 1 :]))


@dataclass
class _Known:
    """What need not be looked up again each time.

    Attributes:
        settled: Number of trials at the head of the study that have all ended.
        drawn: How many of those a sampler drew, for the first time each.
        first: Number of the first trial of each key.
    """

    settled: int = 0
    drawn: int = 0
    first: dict[str, int] = field(default_factory=dict)
    _indexed: int = 0

    def advance(self, trials: Sequence[FrozenTrial]) -> None:
        while self.settled < len(trials) and trials[self.settled].state.is_finished():
            self.drawn += is_drawn(trials[self.settled])
            self.settled += 1
        for trial in trials[self._indexed :]:
            if names.KEY in trial.user_attrs:
                self.first.setdefault(trial.user_attrs[names.KEY], trial.number)
        self._indexed = len(trials)

    def slot(self, trials: Sequence[FrozenTrial], number: int) -> int:
        """How many trials were drawn before this one: the number of its own draw."""
        if number < self.settled:
            return sum(map(is_drawn, trials[:number]))
        return self.drawn + sum(map(is_drawn, trials[self.settled : number]))


def is_drawn(trial: FrozenTrial) -> bool:
    """Whether a sampler drew the trial, and it neither repeats an earlier one nor was one too many."""
    ended = trial.user_attrs.get(names.OUTCOME, {}).get("state")
    return is_searched(trial) and names.KEY not in trial.user_attrs and ended != names.WITHDRAWN


def _repeated(trial: FrozenTrial) -> int | None:
    """Number of the trial that this one runs again."""
    before = str(trial.user_attrs.get(names.KEY, ""))
    return int(before.removeprefix(names.AGAIN_PREFIX)) if before.startswith(names.AGAIN_PREFIX) else None


def is_prescribed(attributes: dict[str, Any]) -> bool:
    """Whether the trial's candidate was set by name, not chosen by the sampler."""
    return names.BASELINE in attributes or names.REPLICATE_OF in attributes


def counts(trial: FrozenTrial) -> bool:
    """Whether the trial is one of the `n_trials`: chosen by the sampler and not run again since."""
    return is_searched(trial) and was_run(trial)


def finished(study: optuna.Study) -> int:
    """Number of trials that have ended for good, baselines included."""
    ended = (trial for trial in study.get_trials(deepcopy=False) if trial.state.is_finished())
    return sum(map(was_run, ended))


def enqueue_baselines(study: optuna.Study, space: SearchSpace, made: dict[str, Candidate]) -> None:
    """Puts the baselines first in the queue, those that are not there yet and those that failed."""
    trials = study.get_trials(deepcopy=False)
    for name, candidate in made.items():
        before = [trial for trial in trials if trial.user_attrs.get(names.BASELINE) == name]
        if any(map(needs_no_rerun, before)):
            continue
        failed = sum(map(was_run, before))
        key = f"{names.BASELINE_PREFIX}{name}" + (f":{failed}" if failed else "")
        attributes = {names.BASELINE: name, names.CANDIDATE: candidate.to_dict(), names.KEY: key}
        study.enqueue_trial(space.encode(candidate), user_attrs=attributes)
