"""One row out of the ranking: by rank, by preference, by requirement, or by number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from reports._scale import signs
from search_spaces import InputError, Problems, names, nearest

_AUGMENTATION = 1e-3


def pick(
    ranking: pd.DataFrame,
    prefer: Mapping[str, float] | None = None,
    require: Mapping[str, float] | None = None,
    trial: int | None = None,
) -> pd.Series:
    """The row to go on with.

    Args:
        ranking: Of `rank`.
        prefer: Importance of each output (or objective), above 0; those left out count 1. The augmented achievement
            scalarising function of Wierzbicki (1980) is minimised on objectives normalised by the front's ideal and nadir.
        require: The value that each output (or objective) must reach at least, or at most where less is better.
        trial: Number of a complete trial.

    Returns:
        The row; without preference the best rank among those that meet what is required.

    Raises:
        InputError: Unknown names, no complete trial, or none that meets what is required.
    """
    meta = ranking.attrs["study"]
    candidates = ranking[ranking[names.RANK].notna()]
    if trial is not None:
        return _by_number(ranking, candidates, trial)
    if candidates.empty:
        raise InputError("no trial is complete yet, so there is nothing to choose from")
    candidates = _meeting(candidates, _by_objective(require, meta, "require"), meta)
    weights = _by_objective(prefer, meta, "prefer")
    if not weights:
        return candidates.iloc[0]
    return candidates.iloc[int(np.argmin(_achievement(candidates, ranking, weights, meta)))]


def _by_number(ranking: pd.DataFrame, candidates: pd.DataFrame, trial: int) -> pd.Series:
    rows = candidates[candidates[names.TRIAL] == trial]
    if len(rows):
        return rows.iloc[0]
    there = ranking[ranking[names.TRIAL] == trial]
    state = "there is none" if there.empty else f"it is {there.iloc[0][names.BASELINE] or there.iloc[0][names.STATE]}"
    raise InputError(f"trial {trial} cannot be chosen: {state}; choose a trial that has a rank")


def _by_objective(given: Mapping[str, float] | None, meta: Mapping[str, Any], what: str) -> dict[str, float]:
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


def _meeting(candidates: pd.DataFrame, bounds: Mapping[str, float], meta: Mapping[str, Any]) -> pd.DataFrame:
    sign = dict(zip((o["name"] for o in meta["objectives"]), signs(meta), strict=True))
    meets = pd.Series(True, index=candidates.index)
    for name, bound in bounds.items():
        meets &= candidates[name] * sign[name] >= bound * sign[name]
    if not meets.any():
        best = ", ".join(f"{n} {(candidates[n] * sign[n]).max() * sign[n]:.4g} (required {b:g})" for n, b in bounds.items())
        raise InputError(f"no trial meets everything that is required; the best of each alone: {best}")
    return candidates[meets]


def _achievement(
    candidates: pd.DataFrame, ranking: pd.DataFrame, weights: Mapping[str, float], meta: Mapping[str, Any]
) -> np.ndarray:
    columns = [objective["name"] for objective in meta["objectives"]]
    sign = signs(meta)
    front = ranking.loc[ranking[names.FRONT], columns].to_numpy() * sign
    ideal, nadir = front.max(axis=0), front.min(axis=0)
    span = np.where(ideal > nadir, ideal - nadir, 1.0)
    lacking = (ideal - candidates[columns].to_numpy() * sign) / span
    importance = np.array([weights.get(name, 1.0) for name in columns])
    weighted = importance * lacking
    total: np.ndarray = weighted.max(axis=1) + _AUGMENTATION * weighted.sum(axis=1)
    return total
