"""The ranking: every trial in one table, best first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from reports.ranking._delta_m import delta_m
from reports.ranking._frame import ENGINE, is_policy_trial, study_frame
from reports.ranking._front import contributions, hypervolume, non_dominated
from reports.ranking._scale import Scale, scale_of
from search_spaces import InputError, names

if TYPE_CHECKING:
    import optuna


def rank(study: optuna.Study | pd.DataFrame) -> pd.DataFrame:
    """Ranks the trials of a study by what they reached on all objectives together.

    Complete candidates come first, by Δm from best to worst (where Δm is empty, by the mean of the normalised objectives), equal
    ones by trial number. Δm grows with every objective, so rank 1 is always on the front. After them, without a rank,
    come the baselines that are references and no candidates: `single:<output>`, then `policy:<name>`, best first; and last the
    trials that did not finish.

    Args:
        study: A study that loss-weight-tuner ran, or the table of `study_frame`.

    Returns:
        One row per trial; `describe_columns` documents the columns. `attrs["scale"]` says what the hypervolume is measured
        against, `attrs["hypervolume"]` the hypervolume of the front, `attrs["delta_m"]` why Δm is empty, if it is.

    Raises:
        InputError: Not a study of this tool.

    Example:
        >>> import reports
        >>> ranking = reports.rank(study)
        >>> ranking[["rank", "trial", "urgent/auc", "kind/accuracy", "delta_m"]].head(3).round(3)
           rank  trial  urgent/auc  kind/accuracy  delta_m
        0     1      4       0.991          0.475   24.438
        1     2      9       0.804          0.350   -4.095
        2     3      0       0.862          0.325   -4.376
    """
    frame = study if isinstance(study, pd.DataFrame) else study_frame(study)
    if "study" not in frame.attrs:
        raise InputError("expected a table of study_frame, this one lacks attrs['study']; pass the study itself")
    meta = frame.attrs["study"]
    frame = frame[frame[names.REPLICATE_OF].isna() & frame[names.STATE].map(names.was_run).astype(bool)].reset_index(drop=True)
    complete = frame[frame[names.STATE] == names.COMPLETE]
    scale = scale_of(complete, meta)
    costs, (improvement, reason) = _costs(complete, scale, meta), delta_m(complete, meta)
    measured = frame.assign(**_measures(frame, complete, costs, improvement))
    order = ["_group", "_score", "_name", names.TRIAL]
    ordered = measured.sort_values(order, ascending=[True, False, True, True], kind="stable").reset_index(drop=True)
    ranks = pd.Series(np.arange(1, len(ordered) + 1), dtype="Int64").where(ordered["_group"] == 0)
    result = ordered.assign(**{names.RANK: ranks})[_order(frame, meta)]
    volume = hypervolume(costs[is_candidate(complete)], np.zeros(costs.shape[1]))
    result.attrs.update(study=meta, scale=scale.to_dict(_objectives(meta)), hypervolume=volume, delta_m=reason)
    return result


def front_summary(study: optuna.Study | pd.DataFrame) -> tuple[int, float]:
    """Size of the front and its hypervolume, for a line of progress.

    Args:
        study: A study that loss-weight-tuner ran, or the table of `study_frame`.

    Example:
        >>> import reports
        >>> size, volume = reports.front_summary(study)
        >>> size, round(volume, 3)
        (1, 3.45)
    """
    frame = study if isinstance(study, pd.DataFrame) else study_frame(study)
    meta = frame.attrs["study"]
    complete = frame[(frame[names.STATE] == names.COMPLETE) & frame[names.REPLICATE_OF].isna()]
    if not len(complete):
        return 0, 0.0
    costs = _costs(complete[is_candidate(complete)], scale_of(complete, meta), meta)
    return int(non_dominated(costs).sum()), hypervolume(costs, np.zeros(len(meta["objectives"])))


def is_candidate(frame: pd.DataFrame) -> pd.Series:
    """Which rows could be deployed: all but outputs trained alone and weighting policies."""
    return frame[names.BASELINE].map(names.is_deployable).astype(bool)


def _measures(frame: pd.DataFrame, complete: pd.DataFrame, costs: np.ndarray, improvement: np.ndarray) -> dict[str, Any]:
    """The computed columns, aligned with the frame; `_group`, `_score` and `_name` order the rows.

    Args:
        frame: The trials of the search.
        complete: Those of them that are complete.
        costs: Their normalised objectives as costs, shape (complete, objectives).
        improvement: Their Δm, shape (complete,).
    """
    rows, candidate = frame.index.get_indexer(complete.index), is_candidate(complete).to_numpy()
    front, group = np.zeros(len(frame), dtype=bool), np.full(len(frame), 3)
    volume, delta, score = np.full((3, len(frame)), np.nan)
    front[rows[candidate]] = non_dominated(costs[candidate])
    volume[rows[candidate]] = contributions(costs[candidate], np.zeros(costs.shape[1]))
    delta[rows] = improvement
    group[rows] = np.where(candidate, 0, np.where(is_policy_trial(complete), 2, 1))
    by_delta_m = candidate.any() and not np.isnan(improvement[candidate]).any()
    score[rows] = improvement if by_delta_m else -costs.mean(axis=1)
    return {
        names.FRONT: front,
        names.HYPERVOLUME_CONTRIBUTION: volume,
        names.DELTA_M: delta,
        "_group": group,
        "_score": np.where(np.isin(group, (0, 2)), score, 0.0),
        "_name": frame[names.BASELINE].where(group > 0, ""),
    }


def _costs(frame: pd.DataFrame, scale: Scale, meta: Mapping[str, Any]) -> np.ndarray:
    """Normalised objectives as costs: 0 is the nadir, −1 as good as alone."""
    values: np.ndarray = -scale.normalise(frame[_objectives(meta)].to_numpy())
    return values


def _objectives(meta: Mapping[str, Any]) -> list[str]:
    return [str(objective["name"]) for objective in meta["objectives"]]


def _order(frame: pd.DataFrame, meta: Mapping[str, Any]) -> list[str]:
    objectives = [name for one in _objectives(meta) for name in (one, names.fold_sd(one)) if name in frame.columns]
    ends = [*objectives, names.EPOCHS, names.SECONDS, names.STATE, names.REASON]
    left_out = [ENGINE, names.TRIAL, names.BASELINE, names.SEED, names.REPLICATE_OF, *map(names.test, _objectives(meta))]
    chosen = [column for column in frame.columns if column not in (*ends, *left_out)]
    computed = [names.FRONT, names.HYPERVOLUME_CONTRIBUTION, names.DELTA_M]
    return [names.RANK, names.TRIAL, names.BASELINE, *chosen, *objectives, *computed, *ends[len(objectives) :]]
