"""The rule that decides between candidates: the best score, or a stated preference, among those that meet what is required.

More is better everywhere here, and each function works on many sets of values at once.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

import numpy as np

from reports.ranking._scale import Scale, signs
from search_spaces import Problems, nearest

_AUGMENTATION = 1e-3


@dataclass(frozen=True)
class Rule:
    """A stated preference and requirements, which decide between candidates.

    Attributes:
        importance: Importance of each objective, shape (objectives,); None where the best score decides.
        bounds: Value that each objective must reach at least, shape (objectives,); −inf where nothing is required.
        reference: What each output reached when trained alone, shape (objectives,).
        span: How far the worst baseline is from it, shape (objectives,).
    """

    importance: np.ndarray | None
    bounds: np.ndarray
    reference: np.ndarray
    span: np.ndarray

    def meets(self, values: np.ndarray) -> np.ndarray:
        """Which candidates reach all bounds; `values` has shape (…, objectives)."""
        return np.asarray((values >= self.bounds).all(axis=-1), dtype=bool)

    def best_positions(self, values: np.ndarray, score: np.ndarray) -> np.ndarray:
        """Position of the best candidate in each set of candidates.

        Args:
            values: Shape (…, candidates, objectives), more is better.
            score: Shape (…, candidates); decides, more is better, where there is no preference.

        Returns:
            Positions, shape (…); −1 where no candidate meets what is required. Of equal candidates the first.
        """
        merit = score if self.importance is None else -self.lacking(values)
        meets = self.meets(values)
        best: np.ndarray = np.where(meets, merit, -np.inf).argmax(axis=-1)
        return np.where(meets.any(axis=-1), best, -1)

    def lacking(self, values: np.ndarray) -> np.ndarray:
        """What candidates lack by the preference, less is better; shape (…, candidates). No other candidate changes it."""
        assert self.importance is not None
        return achievement((self.reference - values) / self.span, self.importance)


def rule_of(
    prefer: Mapping[str, float] | None, require: Mapping[str, float] | None, meta: Mapping[str, Any], scale: Scale
) -> Rule:
    """Makes the rule from preferences and requirements, given by output or by objective in the objectives' own units.

    Args:
        prefer: Importance of each output or objective.
        require: The value that each output or objective must reach.
        meta: The study's meta data.
        scale: The study's scale, on which a preference is measured.

    Raises:
        InputError: Unknown names or wrong numbers.
    """
    weights, limits = by_objective(prefer, meta, "prefer"), by_objective(require, meta, "require")
    columns = [objective["name"] for objective in meta["objectives"]]
    bounds = np.array([limits.get(name, np.nan) for name in columns]) * signs(meta)
    importance = np.array([weights.get(name, 1.0) for name in columns]) if weights else None
    span = np.abs(scale.ideal - scale.nadir)
    floor = np.where(np.isnan(bounds), -np.inf, bounds)
    return Rule(importance, floor, scale.ideal * signs(meta), np.where(span == 0, 1.0, span))


def by_objective(numbers: Mapping[str, float] | None, meta: Mapping[str, Any], argument: str) -> dict[str, float]:
    """Turns numbers by output or objective into numbers by objective.

    Args:
        numbers: A number for some outputs or objectives, by name.
        meta: The study's meta data.
        argument: Name of the argument, `prefer` or `require`, for the errors.

    Raises:
        InputError: Unknown names or wrong numbers, all at once.
    """
    problems = Problems(f"{argument} cannot be used")
    by_name: dict[str, float] = {}
    for key, value in _pairs(numbers, argument, problems):
        _check_number(key, value, argument, problems)
        for name in _objectives_called(key, meta, problems):
            if name in by_name:
                problems.add(f"{name!r} is given twice, by its own name and by its output; give it once")
            by_name[name] = value
    problems.raise_any()
    return {name: float(value) for name, value in by_name.items()}


def check_trial(trial: Any, prefer: Any = None, require: Any = None) -> None:
    """A trial to take as it is must be a number, and no rule may be given beside it.

    Raises:
        InputError: It is something else, or there is a rule too; both at once.
    """
    problems = Problems("no trial can be chosen")
    if isinstance(trial, bool) or not isinstance(trial, Integral):
        problems.add(f"trial must be the number of a trial, got {trial!r:.80}")
    rules = [name for name, rule in (("prefer", prefer), ("require", require)) if rule]
    if rules:
        problems.add(
            f"trial={trial!r:.80} takes this trial as it is, so {' and '.join(rules)} cannot be given too; give one of them"
        )
    problems.raise_any()


def _pairs(numbers: Any, argument: str, problems: Problems) -> list[tuple[Any, Any]]:
    if isinstance(numbers, Mapping):
        return list(numbers.items())
    if numbers is not None:
        problems.add(f"expected a dictionary of numbers by output, for example {argument}={{'output': 1}}, got {numbers!r:.80}")
    return []


def _check_number(key: Any, value: Any, argument: str, problems: Problems) -> None:
    number = not isinstance(value, bool) and isinstance(value, Real) and math.isfinite(value)
    if not number or (argument == "prefer" and value <= 0):
        problems.add(f"{key!r} needs a finite number{' above 0' if argument == 'prefer' else ''}, got {value!r:.80}")


def _objectives_called(key: Any, meta: Mapping[str, Any], problems: Problems) -> list[str]:
    """The objectives that a name means: the objective of that name, or all of the output of that name."""
    objectives = meta["objectives"]
    called = [o["name"] for o in objectives if key in (o["output"], o["name"])]
    if not called:
        accepted = [*sorted({o["output"] for o in objectives}), *(o["name"] for o in objectives)]
        problems.add(f"unknown output {key!r}; {nearest(key, accepted)}")
    return called


def achievement(lacking: np.ndarray, importance: np.ndarray) -> np.ndarray:
    """The augmented achievement scalarising function, less is better (Wierzbicki 1980).

    max_k c_k + ρ Σ_k w_k d_k, where c_k is w_k d_k of what is lacking, and d_k / w_k of what is more than the reference: an
    important objective counts more in both.

    Args:
        lacking: d, what candidates lack of a reference point on a scale of its own, below 0 where they have more; shape
            (…, candidates, objectives).
        importance: w, shape (objectives,).

    Returns:
        Shape (…, candidates).
    """
    counted = np.where(lacking > 0, lacking * importance, lacking / importance)
    total: np.ndarray = counted.max(axis=-1) + _AUGMENTATION * (lacking * importance).sum(axis=-1)
    return total


def fronts(values: np.ndarray) -> np.ndarray:
    """Which candidates of each set are not dominated by another one of it.

    Args:
        values: Shape (…, candidates, objectives), more is better.

    Returns:
        Shape (…, candidates).
    """
    by_candidate = np.ascontiguousarray(np.moveaxis(values, (-1, -2), (0, 1)))  # long last axes, on which NumPy is fast
    dominated = np.zeros(by_candidate.shape[1:], dtype=bool)
    for one in range(len(dominated)):
        rival = by_candidate[:, one : one + 1]
        dominated |= np.logical_and.reduce(rival >= by_candidate) & np.logical_or.reduce(rival > by_candidate)
    return np.moveaxis(~dominated, 0, -1)
