"""Which processes work on a study. Each renews a lease; the trials of one that is gone are run again by others."""

from __future__ import annotations

import os
import platform
import threading
import time
import uuid
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import optuna
from optuna.exceptions import UpdateFinishedTrialError
from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial, TrialState

from search_spaces import names
from tuner._progress import say
from tuner.engines import Outcome

RENEW_SECONDS, EXPIRY_SECONDS = 20.0, 90.0
_STATES = {names.COMPLETE: TrialState.COMPLETE, names.PRUNED: TrialState.PRUNED}


class Worker:
    """This process as one that works on a study; as a context it renews its lease until the end of the block.

    A lease is a number in the study's attributes that grows. Whether another one still grows is judged by this machine's own
    clock alone, since the clocks of two machines differ.

    Args:
        study: To work on.
        storage: That holds it.
        renew: Seconds between two renewals.
        expiry: Seconds without a renewal after which a worker of another machine counts as gone.
    """

    def __init__(
        self, study: optuna.Study, storage: BaseStorage, renew: float = RENEW_SECONDS, expiry: float = EXPIRY_SECONDS
    ) -> None:
        self.study, self.storage = study, storage
        self._renew, self._expiry = renew, expiry
        self._lease = names.LEASE_PREFIX + uuid.uuid4().hex[:12]
        self._renewed, self._ended = 0, threading.Event()
        self._seen: dict[str, tuple[Any, float]] = {}
        self._thread = threading.Thread(target=self._keep_renewing, name="lease", daemon=True)

    @property
    def identity(self) -> dict[str, Any]:
        """What each trial of this worker says of it."""
        return {"host": _machine(), "pid": os.getpid(), "started": _process_start(os.getpid()), "lease": self._lease}

    def __enter__(self) -> Self:
        self._write(1)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        with suppress(Exception):  # one that cannot be ended runs out by itself
            self._write(0)

    def others(self) -> int:
        """Number of other workers that seem alive."""
        kept = self.study.user_attrs
        leases = [key for key in kept if key.startswith(names.LEASE_PREFIX) and key != self._lease]
        return sum(not self._is_gone(kept[key] | {"lease": key}, kept) for key in leases)

    def recover(self) -> int:
        """Queues the trials of workers that are gone once more.

        Returns:
            How many there were.
        """
        running = self.study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
        if not running:
            return 0
        kept = self.study.user_attrs
        stale = [trial for trial in running if self._is_stale(trial, kept)]
        for trial in stale:
            hand_over(self.study, self.storage, trial, "the process that ran it ended")
        if stale:
            say(f"{len(stale)} trial(s) had been interrupted and will run again.")
        return len(stale)

    def trains(self, trial: FrozenTrial) -> bool:
        """Whether this worker started the trial."""
        return bool(trial.user_attrs.get(names.WORKER, {}).get("lease") == self._lease)

    def _is_stale(self, trial: FrozenTrial, kept: Mapping[str, Any]) -> bool:
        worker = trial.user_attrs.get(names.WORKER)
        if worker is None:  # started by something else; nothing tells when it ends
            return self._unchanged(f"trial {trial.number}", None)
        return worker.get("lease") != self._lease and self._is_gone(worker, kept)

    def _is_gone(self, worker: Mapping[str, Any], kept: Mapping[str, Any]) -> bool:
        lease = worker.get("lease", "")
        if not kept.get(lease, {}).get("renewed"):
            return True
        if worker["host"] == _machine() and _process_start(worker["pid"]) != worker["started"]:
            return True
        return self._unchanged(lease, kept[lease]["renewed"])

    def _unchanged(self, what: str, state: Any) -> bool:
        """Whether this has been so for as long as a lease holds, as seen from here."""
        now = time.monotonic()
        if what not in self._seen or self._seen[what][0] != state:
            self._seen[what] = state, now
        return now - self._seen[what][1] >= self._expiry

    def _keep_renewing(self) -> None:
        while not self._ended.wait(self._renew):
            with suppress(Exception):  # the next renewal may find the storage again
                self._write(self._renewed + 1)

    def _write(self, renewed: int) -> None:
        self._renewed = renewed
        self.study.set_user_attr(self._lease, {**self.identity, "renewed": renewed})


def hand_over(study: optuna.Study, storage: BaseStorage, trial: FrozenTrial, reason: str) -> None:
    """Ends a running trial that its worker will not finish, and queues its candidate once more.

    A trial whose outcome is stored already, by a worker that ended just then, is finished with it. The new trial is queued
    before the old one ends, so that a kill in between loses nothing; that it is queued once only is seen to by its key.
    """
    attributes = trial.user_attrs
    try:
        if names.OUTCOME in attributes:
            tell(study, trial.number, attributes[names.OUTCOME])
            return
        key = f"{names.AGAIN_PREFIX}{trial.number}"
        there = any(other.user_attrs.get(names.KEY) == key for other in study.get_trials(deepcopy=False))
        if not there:
            kept = (names.BASELINE, names.CANDIDATE, names.SEED, names.REPLICATE_OF)
            again = {name: attributes[name] for name in kept if name in attributes} | {names.KEY: key}
            study.enqueue_trial(trial.params, user_attrs=again)
        outcome = Outcome(names.INTERRUPTED, reason=reason).to_dict()
        note_outcome(study, storage, trial.number, outcome)
        tell(study, trial.number, outcome)
    except UpdateFinishedTrialError:
        pass  # another worker was faster


def note_outcome(study: optuna.Study, storage: BaseStorage, number: int, outcome: Mapping[str, Any]) -> None:
    """Writes an outcome to a running trial.

    Raises:
        UpdateFinishedTrialError: It has ended already.
    """
    study_id = storage.get_study_id_from_name(study.study_name)
    trial_id = storage.get_trial_id_from_study_id_trial_number(study_id, number)
    storage.set_trial_user_attr(trial_id, names.OUTCOME, dict(outcome))


def tell(study: optuna.Study, number: int, outcome: Mapping[str, Any]) -> None:
    """Ends a running trial as its outcome says.

    Raises:
        UpdateFinishedTrialError: It has ended already.
    """
    state = _STATES.get(outcome["state"], TrialState.FAIL)
    values = outcome["history"][-1] if state == TrialState.COMPLETE else None
    try:
        study.tell(number, values, state=state)
    except ValueError as error:
        if study.get_trials(deepcopy=False)[number].state.is_finished():
            raise UpdateFinishedTrialError(str(error)) from error
        raise


def _machine() -> str:
    """Names this machine, or this container, whose process numbers are its own."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii")[:8]
        return f"{platform.node()} {boot} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return platform.node()


def _process_start(pid: int) -> str:
    """Distinguishes a process from a later one with the same number; empty where there is no such process."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[19]
    except OSError:
        return "alive" if _alive(pid) else ""


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
