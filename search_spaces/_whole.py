"""Files that are whole or not there at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4


def whole(path: Path, write: Callable[[Path], Any]) -> None:
    """Writes a file beside its place and moves it there when it is complete; whoever may read the folder may read it."""
    beside = path.with_name(f".{path.stem}.{uuid4().hex}{path.suffix}")
    try:
        write(beside)
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def written(content: str) -> Callable[[Path], Any]:
    """Writes this text, in UTF-8."""
    return lambda path: path.write_text(content, encoding="utf-8")
