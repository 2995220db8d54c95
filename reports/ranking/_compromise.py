"""What sharing a model costs each output, and how the front grew."""

from __future__ import annotations

import numpy as np
import pandas as pd

from reports.ranking._front import hypervolume
from reports.ranking._scale import Scale, signs
from search_spaces import names

COMPROMISE_COLUMNS = {
    names.OBJECTIVE: "Name of the objective.",
    names.BEST: "Best value of any candidate on this objective, whatever it gives up on the others.",
    names.BEST_TRIAL: "Number of the trial that reached it.",
    names.ALONE: "Value of the baseline that trains the objective's output alone; empty where there is none.",
    names.PICKED: "Value of the pick.",
    names.DIFFERENCE: "Pick minus best, in the objective's own unit: the price of compromise.",
}
HYPERVOLUME_COLUMNS = {
    names.TRIAL: "Number of the trial.",
    names.HYPERVOLUME: "Hypervolume of the front of the trials up to this one; 1 is every output as good as when trained alone.",
}


def compromise(ranking: pd.DataFrame, trial: int) -> pd.DataFrame:
    """What the pick gives up on each objective.

    Args:
        ranking: Ranking table, as `reports.rank` gives it.
        trial: Number of the pick, a ranked trial.

    Returns:
        One row per objective; `reports.describe_columns` documents the columns.

    Example:
        >>> import reports
        >>> reports.compromise(reports.rank(study), trial=4)[["objective", "best", "picked", "difference"]].round(3)
               objective   best  picked  difference
        0     urgent/auc  0.991   0.991         0.0
        1  kind/accuracy  0.475   0.475         0.0
    """
    meta = ranking.attrs["study"]
    candidates = ranking[ranking[names.RANK].notna()]
    pick = candidates[candidates[names.TRIAL] == trial].iloc[0]
    rows = []
    for objective, sign in zip(meta["objectives"], signs(meta), strict=True):
        name = objective["name"]
        best = candidates.loc[(candidates[name] * sign).idxmax()]
        alone = ranking.loc[ranking[names.BASELINE] == names.single(objective["output"]), name].dropna()
        rows.append(
            (name, best[name], best[names.TRIAL], alone.iloc[0] if len(alone) else np.nan, pick[name], pick[name] - best[name])
        )
    return pd.DataFrame(rows, columns=list(COMPROMISE_COLUMNS)).astype({names.BEST_TRIAL: "int64"})


def hypervolume_history(ranking: pd.DataFrame) -> pd.DataFrame:
    """The hypervolume after each candidate, in the order of their numbers.

    Args:
        ranking: Ranking table, as `reports.rank` gives it. Its scale is that of the
            finished study, so that the last value is the ranking's own hypervolume.

    Returns:
        One row per candidate; `reports.describe_columns` documents the columns.

    Example:
        >>> import reports
        >>> reports.hypervolume_history(reports.rank(study)).round(3)
           trial  hypervolume
        0      0        0.678
        1      1        0.678
        2      4        3.450
        3      5        3.450
        4      6        3.450
        5      7        3.450
        6      8        3.450
        7      9        3.450
    """
    meta = ranking.attrs["study"]
    objectives = [objective["name"] for objective in meta["objectives"]]
    candidates = ranking[ranking[names.RANK].notna()].sort_values(names.TRIAL)
    costs = -Scale.from_dict(ranking.attrs["scale"]).normalise(candidates[objectives].to_numpy())
    front, volumes, reference = np.empty((0, len(objectives))), [], np.zeros(len(objectives))
    volume = 0.0
    for cost in costs:
        if not (front <= cost).all(axis=1).any():
            front = np.vstack([front[~(cost <= front).all(axis=1)], cost])
            volume = hypervolume(front, reference)
        volumes.append(volume)
    table = pd.DataFrame({names.TRIAL: candidates[names.TRIAL].to_numpy(), names.HYPERVOLUME: volumes})
    return table.astype({names.TRIAL: "int64", names.HYPERVOLUME: "float64"})
