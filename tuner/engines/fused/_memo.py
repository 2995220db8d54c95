"""Remembers measurements in a file of the study's folder."""

from __future__ import annotations

import json
import os
import platform
from contextlib import suppress
from pathlib import Path
from typing import Any

from search_spaces import write_atomically


class Memo:
    """Plain values by program and kind of machine, kept in a file.

    Args:
        path: Where the file is kept; None keeps the values in memory alone.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._values: dict[str, Any] = _read(path)

    def get(self, key: str) -> Any:
        """The value under this key on this kind of machine; None where there is none."""
        return self._values.get(f"{_machine()} {key}")

    def keep(self, key: str, value: Any) -> Any:
        """Stores a value and replaces the file, whole or not at all; returns the value."""
        self._values[f"{_machine()} {key}"] = value
        if self._path is not None:
            with suppress(OSError):  # a full or read-only disk: it is measured again next time
                write_atomically(self._path, json.dumps(self._values, indent=1))
        return value


def _read(path: Path | None) -> dict[str, Any]:
    try:
        values = json.loads(path.read_text(encoding="utf-8")) if path is not None else {}
    except (OSError, ValueError):  # none yet, or damaged: it is measured again
        return {}
    return values if isinstance(values, dict) else {}


def _machine() -> str:
    return f"{platform.machine()}, {os.cpu_count()} cores"
