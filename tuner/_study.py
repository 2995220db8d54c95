"""The study: asks Optuna for candidates, hands them to an engine, and stores what came of them."""

from __future__ import annotations

import os
import platform
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import optuna
from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial, TrialState

from search_spaces import Candidate, SearchSpace, names
from search_spaces._hyperparameters import TrialHyperParameters
from tuner._architecture import Architecture
from tuner._errors import StudyStopped
from tuner._interrupts import uninterrupted
from tuner._progress import Listener, Silent, say
from tuner._search_view import SearchView, is_replicate, is_searched
from tuner.engines import Outcome, RunningTrial

_FAILURES_IN_A_ROW = 3


@dataclass(frozen=True)
class Limits:
    """When no further trial is started.

    Attributes:
        n_trials: Number of trials that the sampler chooses, over all calls and workers; baselines come on top.
        deadline: `time.monotonic()` after which no trial is started; None: none.
    """

    n_trials: int
    deadline: float | None = None


class Study:
    """Asks, tells and stores; what an engine sees as `Trials`.

    Args:
        optuna_study: Holds every trial.
        storage: Where the study is kept.
        sampler: Chooses candidates; it sees only the trials that a sampler chose.
        space: What may be chosen.
        architecture: Is asked for hyperparameters.
        limits: When to stop.
        seed: Of every trial: common random numbers make trials comparable.
        pruner: Of (epoch, values, values of the other trials at that epoch): True to stop the trial; or None.
        listener: Is told of each finished trial.
        replicates: Whether the replicates that wait are started, and nothing else; a search leaves them alone.
    """

    def __init__(
        self,
        optuna_study: optuna.Study,
        storage: BaseStorage,
        sampler: optuna.samplers.BaseSampler,
        space: SearchSpace,
        architecture: Architecture,
        limits: Limits,
        seed: int,
        pruner: Callable[..., bool] | None = None,
        listener: Listener | None = None,
        replicates: bool = False,
    ) -> None:
        self.optuna_study, self.storage = optuna_study, storage
        view = SearchView(storage, replicates)  # type: ignore[abstract]
        self._asked = optuna.load_study(study_name=optuna_study.study_name, storage=view, sampler=sampler)
        self.space, self.architecture, self.limits, self.seed = space, architecture, limits, seed
        self.pruner, self.listener, self.replicates = pruner, listener or Silent(), replicates
        self._running: dict[int, RunningTrial] = {}
        self._failed: list[str] = []
        self._settled = _Settled()

    def next(self) -> RunningTrial | None:
        """Starts the next trial; None where the limits say so.

        Raises:
            StudyStopped: Several trials in a row failed.
        """
        if len(self._failed) >= _FAILURES_IN_A_ROW:
            raise StudyStopped(
                f"{len(self._failed)} trials in a row failed, so the study stops; what was finished is kept. "
                f"The last reason:\n{self._failed[-1]}"
            )
        if not self._may_start():
            return None
        trial = self._asked.ask()
        try:
            running = self._start(trial)
        except Exception:  # noqa: BLE001  whatever the user's build raises ends this trial alone
            reason = traceback.format_exc(limit=-8)
            self._store(trial.number, Outcome(names.FAILED, reason=reason))
            return self.next()
        self._running[running.number] = running
        return running

    def report(self, trial: RunningTrial, epoch: int, values: Sequence[float]) -> bool:
        """False where the pruner stops the trial; baselines are never stopped."""
        if self.pruner is None or trial.baseline:
            return True
        return not self.pruner(self.optuna_study, trial.number, epoch, list(values))

    def finish(self, trial: RunningTrial, outcome: Outcome) -> None:
        """Stores the outcome; it is stored when this returns."""
        with uninterrupted():
            self._store(trial.number, outcome)
            self._running.pop(trial.number, None)

    def hand_back(self) -> None:
        """Ends what is still running as interrupted, to be run again by the next call; what is stored already stays."""
        for number in list(self._running):
            if not self.optuna_study.get_trials(deepcopy=False)[number].state.is_finished():
                self._store(number, Outcome(names.INTERRUPTED, reason="the study was stopped"))
                enqueue_again(self.optuna_study, self.optuna_study.get_trials(deepcopy=False)[number])
        self._running.clear()

    def _may_start(self) -> bool:
        if self.limits.deadline is not None and time.monotonic() >= self.limits.deadline:
            return False
        trials = self.optuna_study.get_trials(deepcopy=False)
        self._settled.advance(trials)
        late = trials[self._settled.trials :]
        if any(trial.state == TrialState.WAITING and is_replicate(trial) == self.replicates for trial in late):
            return True
        return self._settled.counted + sum(counts(trial) for trial in late) < self.limits.n_trials

    def _start(self, trial: optuna.Trial) -> RunningTrial:
        attributes = trial.user_attrs
        candidate, seed = self._candidate(trial, attributes), attributes.get(names.SEED, self.seed)
        for key, value in ((names.WORKER, this_worker()), (names.SEED, seed), (names.CANDIDATE, candidate.to_dict())):
            if attributes.get(key) != value:
                trial.set_user_attr(key, value)
        return RunningTrial(trial.number, candidate, seed, attributes.get(names.BASELINE, ""))

    def _candidate(self, trial: optuna.Trial, attributes: dict[str, Any]) -> Candidate:
        """A prescribed candidate as it stands, with those of its parameters told that lie in the space; or a new one."""
        if names.CANDIDATE in attributes:
            candidate = Candidate.from_dict(attributes[names.CANDIDATE], self.space.custom_objects())
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
        self.architecture.ask(hp, self.seed)
        return candidate.with_hyperparameters(hp.values)

    def _store(self, number: int, outcome: Outcome) -> None:
        note_outcome(self.storage, self._asked, number, outcome)
        state = {names.COMPLETE: TrialState.COMPLETE, names.PRUNED: TrialState.PRUNED}.get(outcome.state, TrialState.FAIL)
        self._asked.tell(number, outcome.values, state=state)
        self._failed = [*self._failed, outcome.reason] if outcome.state == names.FAILED else []
        self.listener.trial_finished(self.optuna_study)


@dataclass
class _Settled:
    """The trials at the head of the study that have all ended, so that they need not be counted again each time."""

    trials: int = 0
    counted: int = 0

    def advance(self, trials: Sequence[FrozenTrial]) -> None:
        while self.trials < len(trials) and trials[self.trials].state.is_finished():
            self.counted += counts(trials[self.trials])
            self.trials += 1


def note_outcome(storage: BaseStorage, study: optuna.Study, number: int, outcome: Outcome) -> None:
    """Writes an outcome to a running trial, known by its number."""
    study_id = storage.get_study_id_from_name(study.study_name)
    trial_id = storage.get_trial_id_from_study_id_trial_number(study_id, number)
    storage.set_trial_user_attr(trial_id, names.OUTCOME, outcome.to_dict())


def is_prescribed(attributes: dict[str, Any]) -> bool:
    """Whether the trial's candidate was set by name, not chosen by the sampler."""
    return names.BASELINE in attributes or names.REPLICATE_OF in attributes


def counts(trial: FrozenTrial) -> bool:
    """Whether the trial is one of the `n_trials`: chosen by the sampler and not interrupted."""
    return is_searched(trial) and trial.user_attrs.get(names.OUTCOME, {}).get("state") != names.INTERRUPTED


def finished(study: optuna.Study) -> int:
    """Number of trials that have ended for good, baselines included."""
    ended = (trial for trial in study.get_trials(deepcopy=False) if trial.state.is_finished())
    return sum(trial.user_attrs.get(names.OUTCOME, {}).get("state") != names.INTERRUPTED for trial in ended)


def this_worker() -> dict[str, Any]:
    """Who runs a trial: enough to find out later whether it is still alive."""
    return {"host": platform.node(), "pid": os.getpid(), "started": _process_start(os.getpid())}


def enqueue_baselines(study: optuna.Study, space: SearchSpace, made: dict[str, Candidate]) -> None:
    """Puts the baselines first in the queue."""
    for name, candidate in made.items():
        attributes = {names.BASELINE: name, names.CANDIDATE: candidate.to_dict()}
        study.enqueue_trial(space.encode(candidate), user_attrs=attributes)


def enqueue_again(study: optuna.Study, trial: FrozenTrial) -> None:
    """Queues an interrupted trial's candidate once more."""
    if names.CANDIDATE in trial.user_attrs:
        kept = (names.BASELINE, names.CANDIDATE, names.SEED, names.REPLICATE_OF)
        attributes = {key: trial.user_attrs[key] for key in kept if key in trial.user_attrs}
        study.enqueue_trial(trial.params, user_attrs=attributes)


def recover(study: optuna.Study, storage: BaseStorage) -> int:
    """Ends the trials of dead workers as interrupted and queues their candidates again.

    Returns:
        How many there were.
    """
    stale = [trial for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)) if _is_stale(trial)]
    for trial in stale:
        outcome = Outcome(names.INTERRUPTED, reason="the process that ran it ended")
        note_outcome(storage, study, trial.number, outcome)
        study.tell(trial.number, state=TrialState.FAIL)
        enqueue_again(study, trial)
    if stale:
        say(f"{len(stale)} trial(s) had been interrupted and will run again.")
    return len(stale)


def _is_stale(trial: FrozenTrial) -> bool:
    """A trial of this machine whose process is gone; one of another machine is left alone."""
    worker = trial.user_attrs.get(names.WORKER)
    if worker is None or worker["host"] != platform.node():
        return worker is None
    return bool(worker["pid"] == os.getpid() or _process_start(worker["pid"]) != worker["started"])


def _process_start(pid: int) -> str:
    """Distinguishes a process from a later one with the same number; empty where there is no such process."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:  # noqa: PTH123  a device file, not a path to handle
            return file.read().rsplit(")", 1)[1].split()[19]
    except OSError:
        return "" if not _alive(pid) else "alive"


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
