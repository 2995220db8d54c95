"""A benchmark made of parts that can each be run alone; each answers one question with rows of plain data."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks import results


@dataclass(frozen=True)
class Part:
    """One question, answered by a simulation or by the real thing.

    Attributes:
        question: What the part asks, in one sentence.
        run: Takes whether to be quick; returns rows of plain data. A row's `holds` says whether it is as promised, None where
            the row only shows something.
    """

    question: str
    run: Callable[[bool], list[dict[str, Any]]]


def run(parts: Mapping[str, Part], name: str, about: str, file: Path, arguments: Sequence[str] | None = None) -> int:
    """Runs the parts that are named, prints their tables and puts their rows into the results file, beside the others'.

    Args:
        parts: By name.
        name: The name of the benchmark's module.
        about: What it measures.
        file: Where the results are kept.
        arguments: What follows the module on the command line.

    Returns:
        0 where everything holds, else 1.
    """
    parser = argparse.ArgumentParser(prog=f"python -m benchmarks.{name}", description=about)
    parser.add_argument("parts", nargs="*", choices=[[], *parts], help="all where left out")
    parser.add_argument("--quick", action="store_true", help="less of everything, to see that it runs")
    options = parser.parse_args(arguments)
    failed = 0
    for part in options.parts or parts:
        began = time.perf_counter()
        rows = parts[part].run(options.quick)
        _print_rows(parts[part].question, rows)
        answer = {"quick": options.quick, "seconds": round(time.perf_counter() - began, 1), "rows": rows}
        results.write(file, results.read(file) | {part: answer})
        failed += sum(row["holds"] is False for row in rows)
    return int(failed > 0)


def _print_rows(title: str, rows: Sequence[dict[str, Any]]) -> None:
    table = Table(title=title)
    columns = list(dict.fromkeys(column for row in rows for column in row))
    for column in columns:
        table.add_column(column)
    for row in rows:
        table.add_row(*(_cell(row.get(column)) for column in columns))
    Console(width=None if sys.stdout.isatty() else 160).print(table)


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "NO"
    return "" if value is None else (f"{value:.3f}" if isinstance(value, float) else str(value))
