"""Checks on arrays that need no model: numbers, equal lengths, no NaN."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np

from search_spaces import Problems

_SHOWN = 12
Targets = Mapping[str, np.ndarray]
Weights = Mapping[str, np.ndarray | None]


def check_numbers(targets: Targets, weights: Weights, problems: Problems) -> None:
    """Targets and weights must be numbers."""
    for argument, arrays in (("y", targets), ("sample_weight", weights)):
        for output, array in arrays.items():
            if array is not None and array.dtype.kind not in "biuf":
                hint = "; give classes as numbers or one-hot rows" if argument == "y" else ""
                got = "texts or objects" if array.dtype.hasobject else f"an array of {array.dtype}"
                problems.add(f"{argument}[{output!r}] must hold numbers, got {got}{hint}")


def check_lengths(inputs: Any, targets: Targets, weights: Weights, problems: Problems) -> None:
    """All arrays must have the same number of rows, and at least one."""
    arrays = _named(inputs, targets)
    arrays += [(f"sample_weight[{output!r}]", weight) for output, weight in weights.items() if weight is not None]
    lengths = {name: (len(array) if array.ndim else 0) for name, array in arrays}
    if len(set(lengths.values())) > 1:
        sentences = [f"{name} has {length}" for name, length in lengths.items()]
        more = f" and {len(sentences) - _SHOWN} more" if len(sentences) > _SHOWN else ""
        problems.add(f"arrays of different lengths: {', '.join(sentences[:_SHOWN])}{more}")
    elif not any(lengths.values()):
        problems.add("there are no rows")


def check_finite(inputs: Any, targets: Targets, weights: Weights, problems: Problems) -> None:
    """No array may hold NaN or infinite values, and no weight may be negative."""
    for name, array in _named(inputs, targets):
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            rows = int((~np.isfinite(array)).reshape(len(array), -1).any(axis=1).sum())
            hint = "; replace them, and give such rows a sample_weight of 0" if name.startswith("y") else "; replace them"
            problems.add(f"{name} holds NaN or infinite values in {rows} of {len(array)} rows{hint}")
    for output, weight in weights.items():
        if weight is not None and not (np.isfinite(weight).all() and (weight >= 0).all()):
            problems.add(f"sample_weight for {output!r} must be finite and not negative")


def _named(inputs: Any, targets: Targets) -> list[tuple[str, np.ndarray]]:
    return _named_inputs(inputs) + [(f"y[{output!r}]", target) for output, target in targets.items()]


def _named_inputs(inputs: Any) -> list[tuple[str, np.ndarray]]:
    if isinstance(inputs, Mapping):
        return [(f"x[{name!r}]", array) for name, array in inputs.items()]
    leaves = keras.tree.flatten(inputs)
    return [("x", leaves[0])] if len(leaves) == 1 else [(f"x[{at}]", leaf) for at, leaf in enumerate(leaves)]
