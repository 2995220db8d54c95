"""Whole confirmations, call after call: what they cost, what they find, and how often they find what is not there.

A vectorised twin of `confirm` and its verdict, for two schemes. `one stage`: every candidate gets all seeds, the means over them
choose the pick, and the same seeds judge all candidates (the scheme of 0.1.0). `two stages`: some seeds choose, fresh ones judge
the pick alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from reports.confirmation import interval, p_values, verdict_level

STUDIES, QUICK = 20_000, 400
FINALISTS, ALONE = 5, 2  # outputs trained alone cost trainings, and are never chosen
CHOOSING, JUDGING = 3, 9  # seeds of a first call
ONE_STAGE_SEEDS = 10
FALSE_GAINS, COVERAGE = 0.05, (0.945, 0.955)
_SHARED, _SEED, _OBJECTIVES = 0.4, 20_251, 2
_LOOKS, _PICKS, _MOST_SEEDS = 4, 3, 40
_FIRST = 2  # current, equal, then the finalists, the first of which has the effects

EFFECTS = {
    **{f"gain of {size} on one output": (size, 0.0) for size in (1.0, 1.5, 2.0)},
    **{f"gain of {size} on both outputs": (size, size) for size in (1.0, 1.5, 2.0)},
}


class Studies:
    """Studies of one kind, whose replicates are drawn when they are asked for.

    Args:
        studies: How many.
        effects: What the first finalist truly gains on each output, in standard deviations of a paired difference.
    """

    def __init__(self, studies: int, effects: Sequence[float] = (0.0, 0.0)) -> None:
        self._random = np.random.default_rng(_SEED)
        self._spread = self._random.uniform(0.7, 1.4, (studies, _FIRST + FINALISTS, 1, 1))  # some are noisier than others
        unit = np.sqrt((1 - _SHARED) * (self._spread[:, _FIRST, 0] ** 2 + self._spread[:, 0, 0] ** 2))
        self.truth = np.zeros((studies, _FIRST + FINALISTS, _OBJECTIVES))
        self.truth[:, _FIRST] = unit * effects

    def replicates(self, seeds: int) -> np.ndarray:
        """Values with seeds that no earlier call has drawn, more is better; shape (studies, candidates, objectives, seeds)."""
        size = (*self.truth.shape[:2], _OBJECTIVES, seeds)
        shared = self._random.standard_normal((size[0], 1, *size[2:]))
        own = self._spread * self._random.standard_normal(size)
        values: np.ndarray = self.truth[..., None] + np.sqrt(_SHARED) * shared + np.sqrt(1 - _SHARED) * own
        return values


def confirmations(quick: bool) -> list[dict[str, Any]]:
    """The rows of the part: trainings, false gains, coverage of the pick's intervals, and power, by scheme."""
    studies = QUICK if quick else STUDIES
    candidates = _FIRST + FINALISTS + ALONE
    rows = [
        _row("trainings", "one stage", "one call", candidates * ONE_STAGE_SEEDS),
        _row("trainings", "two stages", "one call", candidates * CHOOSING + 2 * JUDGING, candidates * ONE_STAGE_SEEDS / 2),
    ]
    null = Studies(studies)
    rows += [_row("false gains", "one stage", "one call", _one_stage(null, [ONE_STAGE_SEEDS])[0].mean())]
    many = range(ONE_STAGE_SEEDS, _MOST_SEEDS + 1)
    rows += [_row("false gains", "one stage", "seeds raised until there is a gain", _one_stage(null, many)[0].mean())]
    for of, looks, picks in (("one call", 1, 1), ("seeds raised until there is a gain", _LOOKS, 1),
                             ("seeds raised, then other picks", _LOOKS, _PICKS)):  # fmt: skip
        claimed = _two_stages(null, looks, picks)[0].mean()
        rows.append(_row("false gains", "two stages", of, claimed, 1.0 if quick else FALSE_GAINS))
    rows += [*_coverage("one stage", _one_stage(null, [ONE_STAGE_SEEDS])[1], None)]
    rows += [*_coverage("two stages", _two_stages(null, 1, 1)[1], (0.8, 1.0) if quick else COVERAGE)]
    for name, effects in EFFECTS.items():
        for scheme, found in _POWER.items():
            rows.append(_row("power", scheme, name, found(Studies(studies, effects)).mean()))
    return rows


def _one_stage(studies: Studies, looks: Sequence[int]) -> tuple[np.ndarray, dict[str, float]]:
    """Where the pick is called better at any look, and the coverage of its intervals at the last one."""
    values, claimed = studies.replicates(max(looks)), np.zeros(len(studies.truth), dtype=bool)
    for seeds in looks:
        seen = values[..., :seeds]
        pick = seen.mean(axis=(2, 3)).argmax(axis=1)
        claimed |= of_candidate(_better_of_all(seen), pick)
    return claimed, _covered(of_candidate(values, pick), values[:, 0], of_candidate(studies.truth, pick), studies.truth[:, 0])


def _two_stages(studies: Studies, looks: int, picks: int) -> tuple[np.ndarray, dict[str, float]]:
    """Where any verdict calls a pick better, and the coverage of the first pick's intervals at its first verdict."""
    order = np.argsort(-studies.replicates(CHOOSING).mean(axis=(2, 3)), axis=1)
    claimed, covered = np.zeros(len(order), dtype=bool), {}
    for place in range(picks):
        pick, values = order[:, place], studies.replicates(JUDGING * 2 ** (looks - 1))
        own, current = of_candidate(values, pick), values[:, 0]
        for step in range(looks):
            seeds = JUDGING * 2**step
            better = is_better(own[..., :seeds] - current[..., :seeds], verdict_level(place, step)).any(axis=1)
            claimed |= better & (pick > 0)
        if place == 0:
            first = slice(None, JUDGING)
            truth = of_candidate(studies.truth, pick), studies.truth[:, 0]
            covered = _covered(own[..., first], current[..., first], *truth, judged=pick > 0)
    return claimed, covered


def is_better(differences: np.ndarray, level: float) -> np.ndarray:
    """Which comparisons are significant gains after Holm's correction over the middle axes; those of each study are a family.

    Args:
        differences: Shape (studies, …, seeds).
        level: Two-sided level of the family.
    """
    flat = differences.reshape(len(differences), -1, differences.shape[-1])
    p = np.nan_to_num(p_values(flat), nan=1.0)
    order = np.argsort(p, axis=1)
    scaled = np.take_along_axis(p, order, axis=1) * np.arange(p.shape[1], 0, -1)
    adjusted = np.empty_like(p)
    np.put_along_axis(adjusted, order, np.maximum.accumulate(scaled, axis=1), axis=1)
    return np.asarray((adjusted < level) & (flat.mean(axis=-1) > 0)).reshape(differences.shape[:-1])


def _better_of_all(values: np.ndarray) -> np.ndarray:
    """Which candidates are called better on something, all of them one family; shape (studies, candidates)."""
    better = is_better(values[:, 1:] - values[:, :1], verdict_level(0, 0)).any(axis=2)
    return np.column_stack([np.zeros(len(values), dtype=bool), better])


def of_candidate(values: np.ndarray, candidate: np.ndarray) -> np.ndarray:
    """What belongs to one candidate of each study; the axis of candidates is the second."""
    chosen: np.ndarray = values[np.arange(len(values)), candidate]
    return chosen


def _covered(
    own: np.ndarray, current: np.ndarray, truth: np.ndarray, reference: np.ndarray, judged: np.ndarray | None = None
) -> dict[str, float]:
    """The shares of 95 % intervals that hold the pick's true means and its true differences to current."""
    rows = slice(None) if judged is None else judged
    pairs = {"mean": (own, truth), "difference": (own - current, truth - reference)}
    shares = {}
    for name, (values, true) in pairs.items():
        found = interval(values[rows])
        shares[name] = float(((found.low <= true[rows]) & (true[rows] <= found.high)).mean())
    return shares


def _coverage(scheme: str, shares: dict[str, float], promised: tuple[float, float] | None) -> Iterator[dict[str, Any]]:
    for of, share in shares.items():
        row = _row("coverage", scheme, f"the pick's {of}", share)
        if promised is not None:
            row |= {"promised": f"{promised[0]} to {promised[1]}", "holds": promised[0] <= share <= promised[1]}
        yield row


def _given_finalist(studies: Studies) -> np.ndarray:
    return np.asarray(_better_of_all(studies.replicates(ONE_STAGE_SEEDS))[:, _FIRST])


_POWER: dict[str, Callable[[Studies], np.ndarray]] = {
    "one stage, the finalist itself": _given_finalist,
    "one stage": lambda studies: _one_stage(studies, [ONE_STAGE_SEEDS])[0],
    "two stages": lambda studies: _two_stages(studies, 1, 1)[0],
}


def _row(what: str, scheme: str, of: str, value: float, most: float | None = None) -> dict[str, Any]:
    promised, holds = ("", None) if most is None else (f"at most {most:g}", bool(value <= most))
    return {"what": what, "scheme": scheme, "of": of, "value": round(float(value), 4), "promised": promised, "holds": holds}
