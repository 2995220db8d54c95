"""A storage that waits for its server, so that a restart or a short loss of the network ends no study."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from optuna.storages import BaseStorage

from tuner._progress import say

PATIENCE_SECONDS = 300.0
_PASSING = {"OperationalError", "InterfaceError", "PendingRollbackError"}
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 5.0


class PatientStorage(BaseStorage):
    """Passes everything on to another storage, again and again for a while where that cannot be reached.

    A call whose answer was lost is made twice. Nothing is counted twice by that: a trial that has ended refuses to end again, one
    that was started without an answer is found by its worker's lease, and everything else writes the same value again.

    Args:
        storage: On a server.
        patience: Seconds after which the error is passed on.
    """

    def __init__(self, storage: BaseStorage, patience: float = PATIENCE_SECONDS) -> None:
        self._storage, self._patience = storage, patience

    def _call(self, name: str, *arguments: Any, **named: Any) -> Any:
        began, pause = time.monotonic(), _FIRST_PAUSE
        while True:
            try:
                return getattr(self._storage, name)(*arguments, **named)
            except Exception as error:
                if not _is_passing(error) or time.monotonic() - began > self._patience:
                    raise
                if pause == _FIRST_PAUSE:
                    say(f"The storage cannot be reached ({type(error).__name__}); trying again for {self._patience:.0f} s.")
                time.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)


def _is_passing(error: BaseException | None) -> bool:
    """Whether the server, and not what it was asked, is the cause, of this error or of the one behind it."""
    while error is not None:
        kinds = {kind.__name__ for kind in type(error).__mro__}
        if "RpcError" in kinds and str(getattr(error, "code", str)()).endswith("UNAVAILABLE"):
            return True
        if kinds & _PASSING:
            return True
        error = error.__cause__ or error.__context__
    return False


def _passed_on(name: str) -> Callable[..., Any]:
    def call(self: PatientStorage, *arguments: Any, **named: Any) -> Any:
        return self._call(name, *arguments, **named)

    call.__name__ = name
    return call


for _name in dir(BaseStorage):
    if not _name.startswith("_"):
        setattr(PatientStorage, _name, _passed_on(_name))
PatientStorage.__abstractmethods__ = frozenset()
