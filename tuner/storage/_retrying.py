"""A storage that waits for its server: neither a restart nor a short loss of the network ends a study."""

from __future__ import annotations

import time
from typing import Any

from optuna.storages import BaseStorage

from tuner._progress import say
from tuner.storage._forwarding import ForwardingStorage
from tuner.storage._passwords import without_password

PATIENCE_SECONDS = 300.0
_PASSING = {"OperationalError", "InterfaceError", "PendingRollbackError"}
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 5.0


class RetryingStorage(ForwardingStorage):
    """Forwards every call, and repeats it for a while where the other storage cannot be reached.

    A call whose answer was lost is made twice. Nothing is counted twice by that: a trial that has ended refuses to end again.
    A trial that was started without an answer is found by its worker's lease. All other calls write the same value again.

    Args:
        storage: A storage on a server.
        patience: Seconds after which the error is raised.
        url: Of the server; its password is not said.
    """

    def __init__(self, storage: BaseStorage, patience: float = PATIENCE_SECONDS, url: str = "") -> None:
        super().__init__(storage)
        self._patience, self._url = patience, url

    def _call(self, name: str, *arguments: Any, **named: Any) -> Any:
        began, pause = time.monotonic(), _FIRST_PAUSE
        while True:
            try:
                return super()._call(name, *arguments, **named)
            except Exception as error:
                if not _is_passing(error) or time.monotonic() - began > self._patience:
                    raise
                if pause == _FIRST_PAUSE:
                    reason = without_password(_described(error), self._url)
                    say(f"The storage cannot be reached ({reason}); trying again for {self._patience:.0f} s.")
                time.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)


def _described(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error).splitlines()[0]}" if str(error) else type(error).__name__


def _is_passing(error: BaseException | None) -> bool:
    """Whether the error, or one that caused it, comes from a server that cannot be reached now.

    SQLite has no server: only a lock passes there, a full disk or a missing file does not.
    """
    while error is not None:
        kinds = {kind.__name__ for kind in type(error).__mro__}
        if "RpcError" in kinds and str(getattr(error, "code", str)()).endswith("UNAVAILABLE"):
            return True
        if kinds & _PASSING:
            return "(sqlite3." not in str(error) or "locked" in str(error)
        error = error.__cause__ or error.__context__
    return False
