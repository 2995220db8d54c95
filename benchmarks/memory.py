"""Resident memory over many trials: it must not grow with their number.

Run as `python -m benchmarks.memory [--quick]`. Each engine runs one study of a small model in a process of its own, which notes
its resident memory after every finished trial.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psutil

from benchmarks import results
from benchmarks.fresh import call

FULL = {"fused": 1_000, "fit": 200}
QUICK = {"fused": 100, "fit": 20}
SHARES = (0.1, 0.25, 0.5, 1.0)
ROWS, EPOCHS = 1_024, 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures, prints the table and writes `memory.json`."""
    asked = _parser().parse_args(arguments)
    trials = QUICK if asked.quick else FULL
    summaries = {}
    for engine in asked.engine:
        resident = call("benchmarks.memory:resident", engine=engine, trials=asked.trials or trials[engine])
        summaries[engine] = summary(resident)
    everything = results.add(asked.results / "memory.json", summaries)
    rows = {engine: _cells(everything[engine]) for engine in FULL if engine in everything}
    columns = ["engine", "trials", *(f"MB after {share:.0%}" for share in SHARES), f"growth from {SHARES[0]:.0%}"]
    results.print_table("Resident memory", rows, columns)
    return 0


def resident(engine: str, trials: int) -> list[float]:
    """Megabytes (2**20 bytes) resident after each trial of a study of the mlp on few rows."""
    from benchmarks.contenders import CONTENDERS
    from benchmarks.models import WORKLOADS
    from benchmarks.watch import watching

    workload = WORKLOADS["mlp"].smaller(ROWS, EPOCHS)
    process, seen = psutil.Process(), []
    with tempfile.TemporaryDirectory() as folder, watching(lambda: seen.append(process.memory_info().rss / 2**20)):
        CONTENDERS[engine](workload, workload.load(), trials, Path(folder))
    return seen


def summary(resident: Sequence[float]) -> dict[str, Any]:
    """What the table shows.

    Args:
        resident: Megabytes after each trial.

    Returns:
        `trials`; `megabytes` by share of the trials done; `growth` in megabytes from the first of these shares to the end.
    """
    after = {f"{share:.0%}": round(resident[max(0, round(len(resident) * share) - 1)], 1) for share in SHARES}
    first, *_, last = after.values()
    return {"trials": len(resident), "megabytes": after, "growth": round(last - first, 1)}


def _cells(engine: dict[str, Any]) -> list[str]:
    return [
        str(engine["trials"]),
        *(f"{megabytes:.0f}" for megabytes in engine["megabytes"].values()),
        f"{engine['growth']:+.0f}",
    ]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.memory", description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of the trials")
    parser.add_argument("--engine", nargs="+", choices=FULL, default=list(FULL), help="only these engines")
    parser.add_argument("--trials", type=int, help=f"of each study ({FULL['fused']} fused, {FULL['fit']} fit)")
    parser.add_argument("--results", type=Path, default=results.FOLDER, help="folder of the results")
    return parser


if __name__ == "__main__":
    sys.exit(main())
