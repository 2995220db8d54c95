"""Whether two searches compute the same: the differences between their numbers, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

MODEL_TOLERANCE, HALF_TOLERANCE, FORMULA_TOLERANCE = 5e-3, 5e-2, 1e-3
"""Of the largest number. Machines differ by rounding alone: a layer in float32 by about 1e-6, on a graphics card in TF32 by
about 5e-4, in 16 bits by about 4e-3, some of them after each other by a few times that. Losses and objectives get the same
numbers on all machines, and only add them up in another order."""
_LEAST = 1e-6
"""Where all numbers are smaller than this, they are compared as if one were as large."""

Numbers = Mapping[str, Any]


def model_differences(stored: Numbers, new: Numbers) -> list[str]:
    """How the models of two searches differ, one line each.

    Args:
        stored: What `computation` gave when the study began.
        new: What it gives now.
    """
    tolerance = HALF_TOLERANCE if stored["half"] or new["half"] else MODEL_TOLERANCE
    frozen = list(_frozen(stored["trainable"], new["trainable"]))
    predicted = list(_answers("the model predicts otherwise", stored["inference"], new["inference"], tolerance))
    trained = list(_answers("in training the model computes otherwise", stored["training"], new["training"], tolerance))
    return frozen + (predicted or trained)


def formula_differences(stored: Numbers, new: Numbers) -> list[str]:
    """How losses and objectives of the same name differ, one line each."""
    losses = [
        (f"loss {label} of output {output!r}", value, new["losses"].get(output, {}).get(label))
        for output, by_label in stored["losses"].items()
        for label, value in by_label.items()
    ]
    objectives = [(f"objective {name!r}", value, new["objectives"].get(name)) for name, value in stored["objectives"].items()]
    return [
        f"{what} gives {now:.4g}, gave {then:.4g}"
        for what, then, now in losses + objectives
        if _gap([then], [now]) > FORMULA_TOLERANCE
    ]


def _frozen(stored: str, new: str) -> Iterator[str]:
    if stored == new:
        return
    if stored.count("0") != new.count("0"):
        yield f"layer variables frozen: {stored.count('0')}, now {new.count('0')}"
    else:
        yield f"other layer variables are frozen, {new.count('0')} as before"


def _answers(what: str, stored: Numbers, new: Numbers, tolerance: float) -> Iterator[str]:
    predictions = new.get("predictions", {})
    for output, then in stored.get("predictions", {}).items():
        now = predictions.get(output, [])
        if _gap(then, now) > tolerance:
            yield f"{what}: output {output!r} by {max(_distances(then, now)):.2g}"
    for key, name in (("added", "what layers add to the loss"), ("moved", "how far the state of layers moves")):
        if _gap([stored.get(key)], [new.get(key)]) > tolerance:
            yield f"{what}: {name} comes to {new[key]:.4g}, came to {stored[key]:.4g}"


def _gap(then: Sequence[float | None], now: Sequence[float | None]) -> float:
    """The largest difference as a share of the largest number; 0 where there is nothing to compare."""
    largest = max((abs(number) for number in [*then, *now] if number is not None), default=0.0)
    return max(_distances(then, now), default=0.0) / max(largest, _LEAST)


def _distances(then: Sequence[float | None], now: Sequence[float | None]) -> list[float]:
    pairs = zip(then, now, strict=False)
    return [abs(one - other) for one, other in pairs if one is not None and other is not None]
