"""Seconds of one search, everything included; each function here is called in a process of its own."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.contenders import CONTENDERS
from benchmarks.flops import trial_flops
from benchmarks.fresh import BenchmarkError
from benchmarks.models import WORKLOADS
from benchmarks.watch import Watch, watching


def time_search(engine: str, model: str, trials: int, rows: int | None = None, epochs: int | None = None) -> dict[str, Any]:
    """Times a search from its first line to its last: building, tracing, compiling, training, measuring, sampling, storing.

    A search of one trial goes before it and is not timed, so that what a process does once is not counted against a handful of
    trials; the fused engine, which traces once for many trials, is timed from cold.

    Args:
        engine: A key of `CONTENDERS`.
        model: A key of `WORKLOADS`.
        trials: How many; this project's baselines are among them, so it trains at least five.
        rows: Fewer rows than the workload has.
        epochs: Another number than the workload's.

    Returns:
        `trials`, `seconds`, `seconds_per_trial`, `flops_per_trial`; and for this project `seconds_to_first_trial`.

    Raises:
        BenchmarkError: Not every trial was completed.
    """
    workload = WORKLOADS[model].smaller(rows, epochs)
    data = workload.load()
    if engine != "fused":
        with tempfile.TemporaryDirectory() as folder:
            CONTENDERS[engine](workload, data, 1, Path(folder))
    with tempfile.TemporaryDirectory() as folder, watching() as watch:
        began = time.perf_counter()
        done = len(CONTENDERS[engine](workload, data, trials, Path(folder)))
        seconds = time.perf_counter() - began
    if done < trials or len(watch.finished) > done:
        raise BenchmarkError(f"{engine} completed {done} of {max(trials, len(watch.finished))} trials of {model}")
    measured = {"trials": done, "seconds": seconds, "seconds_per_trial": seconds / done}
    first = {"seconds_to_first_trial": watch.finished[0] - began} if watch.finished else {}
    return {"engine": engine, "model": model, **measured, **first, "flops_per_trial": trial_flops(workload, data)}


def sampler_share(engine: str, model: str, trials: int, rows: int | None = None, epochs: int | None = None) -> dict[str, Any]:
    """How much of a search's time its sampler (TPE) and storage (a journal file) take.

    Args:
        engine: `fused` or `fit`.
        model: A key of `WORKLOADS`.
        trials: How many.
        rows: Fewer rows than the workload has.
        epochs: Another number than the workload's.

    Returns:
        `seconds` of the search; `asking`, inside `Study.next`; `storing`, inside `Study.finish`; `waiting`, the part of both
        on the main thread, which training waits for; `share` and `share_waiting` of the whole.
    """
    workload = WORKLOADS[model].smaller(rows, epochs)
    data = workload.load()
    with tempfile.TemporaryDirectory() as folder, watching() as watch:
        began = time.perf_counter()
        done = len(CONTENDERS[engine](workload, data, trials, Path(folder)))
        seconds = time.perf_counter() - began
    return {"engine": engine, "model": model, "trials": done, "seconds": seconds, **_shares(watch, seconds)}


def _shares(watch: Watch, seconds: float) -> dict[str, float]:
    inside = {"asking": watch.asking, "storing": watch.storing, "waiting": watch.waiting}
    return inside | {"share": (watch.asking + watch.storing) / seconds, "share_waiting": watch.waiting / seconds}
