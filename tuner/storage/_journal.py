"""The journal file: every write reaches the operating system at once, and the disk within a second."""

from __future__ import annotations

import io
import json
import os
import time
from pathlib import Path
from typing import Any

from optuna.storages.journal import JournalFileBackend, JournalFileSymlinkLock

from tuner._progress import say

_SYNC_SECONDS, _BLOCK = 1.0, 2**16


class JournalFile(JournalFileBackend):
    """Optuna's journal file, forced to the disk once a second instead of at every line.

    Optuna writes about ten lines a trial and waits for the disk after each, which takes longer than a trial trains here. A
    process that is killed loses nothing by this; a machine that loses power loses the last second.

    Args:
        path: Where the journal is kept. A last line that a kill left half-written is cut off, since Optuna would fail at every
            later load.
    """

    def __init__(self, path: Path) -> None:
        self._lock = JournalFileSymlinkLock(str(path))
        self._path, self._synced = path, time.monotonic()
        if path.exists():
            self._repair()
        super().__init__(str(path), lock_obj=self._lock)

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        """Writes all lines or none.

        A half-written line at the end, left by a process that was killed or whose disk was full, is cut off first: lines behind
        it could not be read.
        """
        unwritten = memoryview("".join(json.dumps(log, separators=(",", ":")) + "\n" for log in logs).encode())
        self._lock.acquire()
        try:
            with self._path.open("r+b", buffering=0) as file:
                end = _end_of_lines(file)
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
        finally:
            self._lock.release()

    def sync(self) -> None:
        """Forces everything written to the disk."""
        with self._path.open("ab") as file:
            os.fsync(file.fileno())

    def _repair(self) -> None:
        self._lock.acquire()
        try:
            content = self._path.read_bytes()
            end = _end_of_json(content)
            if end < len(content):
                with self._path.open("r+b") as file:
                    file.truncate(end)
                say(f"The journal ended in a half-written line ({len(content) - end} bytes); it was cut off.")
        finally:
            self._lock.release()


def _end_of_json(content: bytes) -> int:
    """Number of bytes up to the end of the last complete line that holds JSON."""
    end = content.rfind(b"\n") + 1
    while end and not _is_json(content[content.rfind(b"\n", 0, end - 1) + 1 : end]):
        end = content.rfind(b"\n", 0, end - 1) + 1
    return end


def _end_of_lines(file: io.FileIO) -> int:
    """Number of bytes up to the end of the last complete line."""
    at, block = file.seek(0, os.SEEK_END), 1
    while at:
        start = max(0, at - block)
        file.seek(start)
        newline = file.read(at - start).rfind(b"\n")
        if newline >= 0:
            return start + newline + 1
        at, block = start, _BLOCK
    return 0


def _is_json(line: bytes) -> bool:
    try:
        json.loads(line)
    except ValueError:
        return False
    return True
