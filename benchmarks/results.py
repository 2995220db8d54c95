"""Results as files that partial runs add to, and as tables."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

FOLDER = Path(__file__).parent / "results"


def read(path: Path) -> dict[str, Any]:
    """What the file holds; nothing where there is none yet."""
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def write(path: Path, content: Mapping[str, Any]) -> None:
    """Writes the file completely or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    part.replace(path)


def merge(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """The old content with the new in its place, key by key at every level."""
    merged = dict(old)
    for key, value in new.items():
        both = isinstance(value, Mapping) and isinstance(merged.get(key), Mapping)
        merged[key] = merge(merged[key], value) if both else value
    return merged


def add(path: Path, content: Mapping[str, Any]) -> dict[str, Any]:
    """Merges the content into the file; returns all that the file holds then."""
    merged = merge(read(path), content)
    write(path, merged)
    return merged


def print_table(title: str, rows: Mapping[str, Sequence[str]], columns: Sequence[str]) -> None:
    """A table with one named row each."""
    table = Table(title=title, title_justify="left")
    for at, column in enumerate(columns):
        table.add_column(column, justify="left" if at == 0 else "right")
    for name, cells in rows.items():
        table.add_row(name, *cells)
    Console(width=max(100, Console().width)).print(table)
