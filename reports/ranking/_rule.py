"""The rule that picks one candidate: the best score, or a stated preference, among those that meet what is required.

Everything here is to be maximised, and works on many drawn sets of values at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from reports.ranking._scale import signs
from search_spaces import Problems, nearest

_AUGMENTATION = 1e-3


@dataclass(frozen=True)
class Rule:
    """What is asked of the pick.

    Attributes:
        importance: Of each objective, shape (objectives,); None: the best score wins.
        bounds: What each objective must reach at least, shape (objectives,), −inf where nothing is required.
    """

    importance: np.ndarray | None
    bounds: np.ndarray

    def meets(self, values: np.ndarray) -> np.ndarray:
        """Which candidates reach the bounds, of values of shape (…, objectives)."""
        return np.asarray((values >= self.bounds).all(axis=-1), dtype=bool)

    def choose(self, values: np.ndarray, score: np.ndarray) -> np.ndarray:
        """The pick of each set of candidates.

        Args:
            values: Shape (…, candidates, objectives), more is better.
            score: Shape (…, candidates), what is maximised where there is no preference.

        Returns:
            Position of the pick, shape (…); −1 where no candidate meets what is required. Of equal ones the first.
        """
        merit = score if self.importance is None else -achievement(values, fronts(values), self.importance)
        meets = self.meets(values)
        picked: np.ndarray = np.where(meets.any(axis=-1), np.where(meets, merit, -np.inf).argmax(axis=-1), -1)
        return picked


def rule_of(prefer: Mapping[str, float] | None, require: Mapping[str, float] | None, meta: Mapping[str, Any]) -> Rule:
    """The rule for preferences and requirements by output or objective, in the objectives' own units.

    Raises:
        InputError: Unknown names or wrong numbers.
    """
    weights, limits = by_objective(prefer, meta, "prefer"), by_objective(require, meta, "require")
    columns = [objective["name"] for objective in meta["objectives"]]
    bounds = np.array([limits.get(name, np.nan) for name in columns]) * signs(meta)
    importance = np.array([weights.get(name, 1.0) for name in columns]) if weights else None
    return Rule(importance, np.where(np.isnan(bounds), -np.inf, bounds))


def by_objective(given: Mapping[str, float] | None, meta: Mapping[str, Any], what: str) -> dict[str, float]:
    """Numbers by output or objective as numbers by objective.

    Raises:
        InputError: Unknown names or wrong numbers, all at once.
    """
    problems = Problems(f"{what} cannot be used")
    found: dict[str, float] = {}
    outputs = {objective["output"] for objective in meta["objectives"]}
    known = [*sorted(outputs), *(objective["name"] for objective in meta["objectives"])]
    for key, value in (given or {}).items():
        if key not in known:
            problems.add(f"unknown output {key!r}; {nearest(key, known)}")
        if isinstance(value, bool) or not isinstance(value, int | float) or (what == "prefer" and value <= 0):
            problems.add(f"{key!r} needs a number{' above 0' if what == 'prefer' else ''}, got {value!r}")
        found |= {o["name"]: value for o in meta["objectives"] if key in (o["output"], o["name"])}
    problems.raise_any()
    return found


def achievement(values: np.ndarray, front: np.ndarray, importance: np.ndarray) -> np.ndarray:
    """The augmented achievement scalarising function, less is better (Wierzbicki 1980).

    max_k w_k d_k + ρ Σ_k w_k d_k, where d_k is what the candidate lacks of the front's best in objective k, as a share of the
    front's range.

    Args:
        values: Shape (…, candidates, objectives), more is better.
        front: Which candidates are on the front, shape (…, candidates).
        importance: w, shape (objectives,).

    Returns:
        Shape (…, candidates).
    """
    on_front = front[..., None]
    ideal = np.where(on_front, values, -np.inf).max(axis=-2, keepdims=True)
    nadir = np.where(on_front, values, np.inf).min(axis=-2, keepdims=True)
    lacking = importance * (ideal - values) / np.where(ideal > nadir, ideal - nadir, 1.0)
    total: np.ndarray = lacking.max(axis=-1) + _AUGMENTATION * lacking.sum(axis=-1)
    return total


def fronts(values: np.ndarray) -> np.ndarray:
    """Which candidates of each set no other one dominates.

    Args:
        values: Shape (…, candidates, objectives), more is better.

    Returns:
        Shape (…, candidates).
    """
    one, other = values[..., :, None, :], values[..., None, :, :]
    dominates = np.all(one >= other, axis=-1) & np.any(one > other, axis=-1)
    return np.asarray(~np.any(dominates, axis=-2), dtype=bool)
