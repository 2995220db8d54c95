"""Whether the decisions hold: parts that can each be run alone, on studies whose truth is known.

python -m benchmarks.trust                  # all parts
python -m benchmarks.trust intervals --quick
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks._bike import bike
from benchmarks._census import census_income
from benchmarks._fashion import fashion
from benchmarks._intervals import intervals
from benchmarks._reconstruct import reconstruct
from benchmarks._two_digits import null

RESULTS = Path(__file__).parent / "results" / "trust.json"


@dataclass(frozen=True)
class Part:
    """One question, answered by a simulation or by training.

    Attributes:
        question: In one sentence.
        run: Takes whether to be quick; returns rows of plain data. A row's `holds` says whether it is as promised, None where
            the row only shows something.
    """

    question: str
    run: Callable[[bool], list[dict[str, Any]]]


PARTS = {
    "intervals": Part("Do 95 % intervals cover the truth, and is a gain claimed only where there is one?", intervals),
    "bike": Part("Rank-one regression: does the search find the weights that a closed form gives?", bike),
    "null": Part("Two digits, where equal weights are the best ones: how often is a gain claimed?", null),
    "reconstruct": Part("Classify and reconstruct: how much of the price of sharing do the weights win back?", reconstruct),
    "census": Part("Census-Income: the pick beside published figures.", census_income),
    "fashion": Part("Multi-Fashion: the hypervolume of the front beside published figures.", fashion),
}


def main(arguments: Sequence[str] | None = None, results: Path = RESULTS) -> int:
    """Runs the parts that are named, prints their tables and merges their rows into the results file.

    Returns:
        0 where everything holds, else 1.
    """
    parser = argparse.ArgumentParser(prog="python -m benchmarks.trust", description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", choices=[[], *PARTS], help="all where left out")
    parser.add_argument("--quick", action="store_true", help="fewer studies, to see that it runs")
    given = parser.parse_args(arguments)
    failed = 0
    for name in given.parts or PARTS:
        began = time.perf_counter()
        rows = PARTS[name].run(given.quick)
        print_rows(PARTS[name].question, rows)
        merge(results, name, {"quick": given.quick, "seconds": round(time.perf_counter() - began, 1), "rows": rows})
        failed += sum(row["holds"] is False for row in rows)
    return int(failed > 0)


def merge(path: Path, part: str, found: dict[str, Any]) -> None:
    """Replaces one part of the results file and keeps the others."""
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(known | {part: found}, indent=2) + "\n", encoding="utf-8")


def print_rows(title: str, rows: Sequence[dict[str, Any]]) -> None:
    """A table in the terminal, a column per key."""
    table = Table(title=title)
    for column in rows[0]:
        table.add_column(column)
    for row in rows:
        table.add_row(*(_cell(value) for value in row.values()))
    Console(width=None if sys.stdout.isatty() else 160).print(table)


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "NO"
    return "" if value is None else (f"{value:.3f}" if isinstance(value, float) else str(value))


if __name__ == "__main__":
    sys.exit(main())
