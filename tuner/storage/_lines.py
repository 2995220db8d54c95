"""The lines of a journal: which of them are complete, and which are none of a journal's."""

from __future__ import annotations

import io
import json
import os
from typing import Any

from search_spaces import InputError

_BLOCK = 2**16
_OPENING = b'{"op_code":'


def logs_of(content: bytes, first_line: int, where: str) -> list[tuple[dict[str, Any], int]]:
    """The logs in a part of a journal, each with its number of bytes. Torn lines at the end are passed over.

    Args:
        content: From the beginning of a line on.
        first_line: Number of its first line, from 1.
        where: Path of the journal, for the error.

    Raises:
        InputError: A broken line before a whole one; or the first line is none of a journal's.
    """
    found: list[tuple[dict[str, Any], int]] = []
    broken = 0
    for number, line in enumerate(io.BytesIO(content), start=first_line):
        log = parsed(line) if line.endswith(b"\n") else None
        if log is None:
            broken = broken or number
        elif broken:
            raise InputError(_told(where, broken))
        else:
            found.append((log, len(line)))
    if broken == 1 and not _is_opening(content):
        raise InputError(_told(where, 1))
    return found


def parsed(line: bytes) -> dict[str, Any] | None:
    """The log that a line holds; None where it holds none."""
    try:
        log = json.loads(line)
    except ValueError:
        return None
    return log if isinstance(log, dict) and isinstance(log.get("op_code"), int) else None


def end_of_logs(content: bytes) -> int:
    """Number of bytes up to the end of the last line that holds a log."""
    end = content.rfind(b"\n") + 1
    while end and parsed(content[content.rfind(b"\n", 0, end - 1) + 1 : end]) is None:
        end = content.rfind(b"\n", 0, end - 1) + 1
    return end


def end_of_lines(file: io.FileIO) -> int:
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


def _is_opening(content: bytes) -> bool:
    """Whether a first line that is not complete can be the beginning of a journal's."""
    return content.startswith(_OPENING) or _OPENING.startswith(content)


def _told(where: str, line: int) -> str:
    return (
        f"line {line} of {where!r} is none of a study's journal, so that what follows cannot be read; nothing was changed. "
        "Restore the file from a copy, or give another directory or project_name"
    )
