"""Which processes work on a study. Each renews a lease; the trials of one that is gone are run again by others."""

from __future__ import annotations

import os
import threading
import time
import uuid
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Self

import optuna
from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial, TrialState

from search_spaces import names
from tuner._progress import say
from tuner.study._outcomes import hand_over
from tuner.study._processes import machine, process_start

RENEW_SECONDS, EXPIRY_SECONDS = 20.0, 90.0


class Worker:
    """This process as one that works on a study; as a context it renews its lease until the end of the block.

    A lease is a number in the study's attributes that grows. Whether another one still grows is judged by this machine's own
    clock alone, since the clocks of two machines differ.

    Args:
        study: The study to work on.
        storage: Where the study is kept.
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
        """What each trial of this worker stores about it."""
        return {"host": machine(), "pid": os.getpid(), "started": process_start(os.getpid()), "lease": self._lease}

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
        attributes = self.study.user_attrs
        leases = [key for key in attributes if key.startswith(names.LEASE_PREFIX) and key != self._lease]
        return sum(not self._is_gone(attributes[key] | {"lease": key}, attributes) for key in leases)

    def recover(self) -> int:
        """Queues the trials of workers that are gone once more.

        Returns:
            Number of trials that were queued.
        """
        running = self.study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
        if not running:
            return 0
        leases = self.study.user_attrs
        stale = [trial for trial in running if self._is_stale(trial, leases)]
        for trial in stale:
            hand_over(self.study, self.storage, trial, "the process that ran it ended")
        if stale:
            say(f"{len(stale)} trial(s) had been interrupted and will run again.")
        return len(stale)

    def trains(self, trial: FrozenTrial) -> bool:
        """Whether this worker started the trial."""
        return bool(trial.user_attrs.get(names.WORKER, {}).get("lease") == self._lease)

    def _is_stale(self, trial: FrozenTrial, leases: Mapping[str, Any]) -> bool:
        worker = trial.user_attrs.get(names.WORKER)
        if worker is None:  # started by something else; nothing tells when it ends
            return self._unchanged(f"trial {trial.number}", None)
        return worker.get("lease") != self._lease and self._is_gone(worker, leases)

    def _is_gone(self, worker: Mapping[str, Any], leases: Mapping[str, Any]) -> bool:
        lease = worker.get("lease", "")
        if not leases.get(lease, {}).get("renewed"):
            return True
        if worker["host"] == machine() and process_start(worker["pid"]) != worker["started"]:
            return True
        return self._unchanged(lease, leases[lease]["renewed"])

    def _unchanged(self, what: str, state: Any) -> bool:
        """Whether this process has seen the same state for as long as a lease holds."""
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
