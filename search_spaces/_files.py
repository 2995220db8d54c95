"""Files that are written completely or not at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4


def write_atomically(path: Path, content: str | Callable[[Path], Any]) -> None:
    """Writes a file under another name and renames it when it is complete, so that nobody reads half of it.

    Args:
        path: Path of the file.
        content: The text, written in UTF-8; or a function that writes the file at the path it is given.

    Raises:
        OSError: The file cannot be written; the error names it.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "best.json"
        >>> write_atomically(path, "{}")
        >>> path.read_text()
        '{}'
    """
    beside = path.with_name(f".{path.stem}.{uuid4().hex}{path.suffix}")
    try:
        if isinstance(content, str):
            beside.write_text(content, encoding="utf-8")
        else:
            content(beside)
        beside.replace(path)
    except BaseException as error:
        beside.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.filename in (None, str(beside)):
            error.filename = str(path)
        raise
