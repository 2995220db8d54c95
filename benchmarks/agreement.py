"""Contenders are timed only where they agree on the results: one fixed candidate, rows in order, the same seed.

The reference is compile and fit by hand, and every contender must give its values. All of them train in double precision: in
single precision two orders of summation may lead apart under a large learning rate, although both are right.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import keras
import numpy as np

from benchmarks.contenders import CONTENDERS
from benchmarks.data import Data
from benchmarks.models import WORKLOADS
from benchmarks.rivals import fit_arguments
from benchmarks.workload import FIXED, SEED, Workload

SAME = 1e-6  # predictions in batches of another size differ in their last bit


def agree(model: str, engines: Sequence[str], rows: int | None = None, epochs: int | None = None) -> dict[str, Any]:
    """Trains the fixed candidate with every contender.

    Args:
        model: A key of `WORKLOADS`.
        engines: Keys of `CONTENDERS`.
        rows: Fewer rows than the workload has.
        epochs: Another number than the workload's.

    Returns:
        `reference` (values after the last epoch), `differences` by contender, and `problems`: a sentence for each that
        disagrees.
    """
    workload = WORKLOADS[model].smaller(rows, epochs)
    data = workload.load()
    with double_precision():
        history = by_hand(workload, data)
        results = {engine: _fixed(engine, workload, data) for engine in engines}
    return compare(history, results)


@contextmanager
def double_precision() -> Iterator[None]:
    """Keras computes in float64 inside the block."""
    before = keras.config.floatx(), keras.config.dtype_policy()
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")
    try:
        yield
    finally:
        keras.config.set_floatx(before[0])
        keras.config.set_dtype_policy(before[1])


def by_hand(workload: Workload, data: Data) -> list[list[float]]:
    """The objectives after each epoch of compile and fit, written out."""
    keras.utils.set_random_seed(SEED)
    model = workload.compile(workload.build(), FIXED)
    history = model.fit(data.x, data.y, **fit_arguments(workload, data, shuffle=False)).history
    return np.transpose([history[key] for key in workload.history_keys()]).tolist()


def compare(history: Sequence[Sequence[float]], results: Mapping[str, Sequence[float]]) -> dict[str, Any]:
    """Compares the results of each contender with the reference.

    Args:
        history: The reference's objectives after each epoch.
        results: Each contender's objectives.

    Returns:
        The same as `agree`.
    """
    differences, problems = {}, []
    for engine, values in results.items():
        expected = _expected(engine, history)
        difference = float(np.abs(np.subtract(expected, values)).max()) if values else math.inf  # NaN stays NaN
        differences[engine] = difference
        if not difference <= SAME:  # so NaN disagrees
            problems.append(
                f"{engine} does not agree with compile and fit by hand: it has {_shown(values)}, expected {_shown(expected)} "
                f"to {SAME:g}"
            )
    return {"reference": list(history[-1]), "differences": differences, "problems": problems}


def _fixed(engine: str, workload: Workload, data: Data) -> list[float]:
    with tempfile.TemporaryDirectory() as folder:
        values = CONTENDERS[engine](workload, data, 1, Path(folder), shuffle=False, fixed=FIXED)
    return values[0] if values else []


def _expected(engine: str, history: Sequence[Sequence[float]]) -> Sequence[float]:
    """The last epoch's values; KerasTuner keeps those of the epoch that is best by its one objective."""
    return max(history, key=lambda values: values[0]) if engine.startswith("kerastuner") else history[-1]


def _shown(values: Sequence[float]) -> str:
    return "[" + ", ".join(f"{value:.7f}" for value in values) + "]" if values else "no complete trial"
