"""The journal file: every write reaches the operating system at once, and the disk within a second. Reading changes nothing."""

from __future__ import annotations

import io
import json
import os
import shutil
import time
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from optuna.storages.journal import BaseJournalBackend

from search_spaces import InputError
from tuner._progress import say
from tuner.storage._lines import end_of_lines, end_of_logs, logs_of
from tuner.storage._lock import JournalLock

_SYNC_SECONDS, _SECOND_LOOK_SECONDS = 1.0, 0.1


class JournalFile(BaseJournalBackend):
    """Optuna's journal file, forced to the disk once a second instead of at every line.

    Optuna writes about ten lines a trial and waits for the disk after each, which takes longer than a trial trains here. A
    process that is killed loses nothing by this; a machine that loses power loses the last second.

    Args:
        path: Where the journal is kept; the first write makes it. A last line that a kill left half-written is passed over,
            and cut off before the first write, when a copy of the file is kept beside it.
    """

    def __init__(self, path: Path) -> None:
        self._path, self._lock = path, JournalLock(path)
        self._synced, self._has_written = time.monotonic(), False
        self._ends = [0]  # number of bytes up to each log that was read

    def read_logs(self, log_number_from: int) -> list[dict[str, Any]]:
        """The logs from this number on.

        Raises:
            InputError: A broken line lies before a whole one.
        """
        try:
            return self._read(log_number_from)
        except InputError:  # another process may have been repairing the end just then
            time.sleep(_SECOND_LOOK_SECONDS)
            return self._read(log_number_from)

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        """Writes all lines or none.

        A half-written line at the end, left by a process that was killed or whose disk was full, is cut off first: lines behind
        it could not be read.
        """
        lines = "".join(json.dumps(log, separators=(",", ":")) + "\n" for log in logs).encode()
        self._lock.acquire()
        try:
            with os.fdopen(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o666), "r+b", buffering=0) as file:
                self._write(file, lines, self._sound_end(file))
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(self._path)) from None
        finally:
            self._lock.release()
        self._has_written = True

    def sync(self) -> None:
        """Forces everything written to the disk."""
        with self._path.open("ab") as file:
            os.fsync(file.fileno())

    def _read(self, first: int) -> list[dict[str, Any]]:
        with suppress(FileNotFoundError), self._path.open("rb") as file:
            known = min(first, len(self._ends) - 1)
            file.seek(self._ends[known])
            found = logs_of(file.read(os.fstat(file.fileno()).st_size - file.tell()), known + 1, str(self._path))
            del self._ends[known + 1 :]
            for _, size in found:
                self._ends.append(self._ends[-1] + size)
            return [log for log, _ in found[first - known :]]
        return []

    def _sound_end(self, file: io.FileIO) -> int:
        """Number of bytes that are kept; what is cut off is kept in a copy."""
        size = os.fstat(file.fileno()).st_size
        end = end_of_lines(file) if self._has_written else end_of_logs(self._path.read_bytes())
        if end < size:
            copy = self._path.with_name(f"{self._path.name}.damaged-{datetime.now():%Y%m%d-%H%M%S-%f}")
            shutil.copyfile(self._path, copy)
            say(f"The journal ended in a half-written line ({size - end} bytes); it is cut off, and kept in {str(copy)!r}.")
        return end

    def _write(self, file: io.FileIO, lines: bytes, end: int) -> None:
        unwritten = memoryview(lines)
        file.truncate(end)
        file.seek(end)
        try:
            while unwritten:
                unwritten = unwritten[file.write(unwritten) :]
        except BaseException:
            file.truncate(end)
            raise
        if time.monotonic() - self._synced > _SYNC_SECONDS:
            os.fsync(file.fileno())
            self._synced = time.monotonic()
