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
        path: Of the file; a last line that a kill left half-written is cut off, since Optuna would fail at every later load.
    """

    def __init__(self, path: Path) -> None:
        self._held = JournalFileSymlinkLock(str(path))
        self._path, self._synced = path, time.monotonic()
        if path.exists():
            self._repair()
        super().__init__(str(path), lock_obj=self._held)

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        """Writes lines; where it cannot write all of them, none stays.

        What another process that was killed, or whose disk was full, left half-written at the end is cut off first: lines behind
        it could not be read.
        """
        rest = memoryview("".join(json.dumps(log, separators=(",", ":")) + "\n" for log in logs).encode())
        self._held.acquire()
        try:
            with self._path.open("r+b", buffering=0) as file:
                end = _end_of_lines(file)
                file.truncate(end)
                file.seek(end)
                try:
                    while rest:
                        rest = rest[file.write(rest) :]
                except BaseException:
                    file.truncate(end)
                    raise
                if time.monotonic() - self._synced > _SYNC_SECONDS:
                    os.fsync(file.fileno())
                    self._synced = time.monotonic()
        finally:
            self._held.release()

    def sync(self) -> None:
        """Forces everything written to the disk."""
        with self._path.open("ab") as file:
            os.fsync(file.fileno())

    def _repair(self) -> None:
        self._held.acquire()
        try:
            content = self._path.read_bytes()
            whole = content[: content.rfind(b"\n") + 1]
            while whole and not _is_json(whole[whole.rfind(b"\n", 0, -1) + 1 :]):
                whole = whole[: whole.rfind(b"\n", 0, -1) + 1]
            if len(whole) < len(content):
                with self._path.open("r+b") as file:
                    file.truncate(len(whole))
                say(f"The journal ended in a half-written line ({len(content) - len(whole)} bytes); it was cut off.")
        finally:
            self._held.release()


def _end_of_lines(file: io.FileIO) -> int:
    """Number of bytes up to the end of the last whole line."""
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
