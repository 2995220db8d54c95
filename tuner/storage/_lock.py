"""The lock of a journal, which says what it waits for."""

from __future__ import annotations

import threading
from pathlib import Path

from optuna.storages.journal import JournalFileSymlinkLock

from tuner._progress import say

_PATIENCE_SECONDS, _SAID_AFTER_SECONDS = 30, 3.0


class JournalLock(JournalFileSymlinkLock):
    """Optuna's lock, which another process may hold, or may have left when it was killed.

    Args:
        path: Path of the journal.
    """

    def __init__(self, path: Path) -> None:
        self._path, self._lock_path = path.absolute(), Path(f"{path.absolute()}.lock")  # Optuna follows the link to see writes
        super().__init__(str(self._path), grace_period=_PATIENCE_SECONDS)

    def acquire(self) -> bool:
        """Waits until the lock is free, and says so where that takes some seconds."""
        try:
            self._lock_path.symlink_to(self._path)
        except FileExistsError:
            return self._wait()
        return True

    def _wait(self) -> bool:
        said = threading.Timer(_SAID_AFTER_SECONDS, say, [self._sentence()])
        said.daemon = True
        said.start()
        try:
            return super().acquire()
        finally:
            said.cancel()

    def _sentence(self) -> str:
        return (
            f"Waiting for the lock {str(self._lock_path)!r}, which another process holds or left behind; if nothing is written "
            f"for {_PATIENCE_SECONDS} s, it is taken over."
        )
