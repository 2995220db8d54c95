"""The trial to go on with, by rank, preference, requirement or number: `choose` gives its number, `pick` its row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from reports.confirmation import replicate_results
from reports.ranking import Scale, by_objective, check_trial, rank, rule_of, signs
from search_spaces import InputError, names

if TYPE_CHECKING:
    import optuna


def pick(
    ranking: pd.DataFrame,
    prefer: Mapping[str, float] | None = None,
    require: Mapping[str, float] | None = None,
    trial: int | None = None,
) -> pd.Series:
    """The row of a ranking to go on with. Replicates are not looked at: `choose` does that, and gives a trial's number.

    Args:
        ranking: Ranking table, as `reports.rank` gives it.
        prefer: Importance of each output (or objective), above 0; those left out count 1. The augmented achievement
            scalarising function of Wierzbicki (1980) is minimised on the study's scale: what an output reached when trained
            alone is the reference, the worst baseline is one away. Other trials do not move it; only where a baseline is missing,
            the best and the worst trial take its place (`attrs["scale"]["source"]` is `trials`).
        require: The value that each output (or objective) must reach at least, or at most where less is better.
        trial: Number of a complete trial, to take it as it is; neither `prefer` nor `require` goes with it.

    Returns:
        The row; without preference the best rank among those that meet what is required.

    Raises:
        InputError: Unknown names, no complete trial, or none that meets what is required.

    Example:
        >>> import reports
        >>> row = reports.pick(reports.rank(study), prefer={"kind": 3})
        >>> int(row["trial"]), float(row["kind/accuracy"].round(3))
        (4, 0.475)
    """
    meta = ranking.attrs["study"]
    candidates = ranking[ranking[names.RANK].notna()]
    if trial is not None:
        check_trial(trial, prefer, require)
        return _by_number(ranking, candidates, trial)
    if candidates.empty:
        raise InputError("no trial is complete yet, so there is nothing to choose from")
    meeting = _meeting(candidates, by_objective(require, meta, "require"), meta)
    rule = rule_of(prefer, require, meta, Scale.from_dict(ranking.attrs["scale"]))
    if rule.importance is None:
        return candidates[meeting].iloc[0]
    columns = [objective["name"] for objective in meta["objectives"]]
    lacking = rule.lacking(candidates[columns].to_numpy() * signs(meta))
    return candidates.iloc[int(np.argmin(np.where(meeting, lacking, np.inf)))]


def choose(
    study: optuna.Study | pd.DataFrame,
    prefer: Mapping[str, float] | None = None,
    require: Mapping[str, float] | None = None,
    trial: int | None = None,
) -> int:
    """The number of the trial to go on with: by the means of replicates where there are any, else by the ranking.

    Args:
        study: A study that loss-weight-tuner ran, or the table of `study_frame`.
        prefer: Importance of each output (or objective).
        require: The value that each output (or objective) must reach at least (at most, where less is better).
        trial: A trial's number, to take it as it is; neither `prefer` nor `require` goes with it.

    Returns:
        The trial's number. Without `prefer` the highest Δm is chosen.

    Raises:
        InputError: Unknown names, no complete trial, or none that meets what is required.

    Example:
        >>> import reports
        >>> reports.choose(study)
        4
    """
    results = replicate_results(study) if trial is None else None
    if results is not None:
        return results.best_trial(prefer, require)
    return int(pick(rank(study), prefer, require, trial)[names.TRIAL])


def _by_number(ranking: pd.DataFrame, candidates: pd.DataFrame, trial: int) -> pd.Series:
    rows = candidates[candidates[names.TRIAL] == trial]
    if len(rows):
        return rows.iloc[0]
    unranked = ranking[ranking[names.TRIAL] == trial]
    state = "there is none" if unranked.empty else f"it is {unranked.iloc[0][names.BASELINE] or unranked.iloc[0][names.STATE]}"
    if len(unranked) and names.is_policy(unranked.iloc[0][names.BASELINE]):
        state += ", whose weights change at every step, so that no fixed weights describe it"
    raise InputError(f"trial {trial} cannot be chosen: {state}; choose a trial that has a rank")


def _meeting(candidates: pd.DataFrame, bounds: Mapping[str, float], meta: Mapping[str, Any]) -> np.ndarray:
    sign = dict(zip((o["name"] for o in meta["objectives"]), signs(meta), strict=True))
    meets = np.ones(len(candidates), dtype=bool)
    for name, bound in bounds.items():
        meets &= (candidates[name] * sign[name] >= bound * sign[name]).to_numpy()
    if not meets.any():
        best = ", ".join(f"{n} {(candidates[n] * sign[n]).max() * sign[n]:.4g} (required {b:g})" for n, b in bounds.items())
        raise InputError(f"no trial meets everything that is required; the best of each alone: {best}")
    return meets
