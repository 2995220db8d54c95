"""What each searched parameter does: weights, losses and other choices, and how much each one matters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from reports.ranking._scale import signs
from search_spaces import names, quiet_optuna

if TYPE_CHECKING:
    import optuna

WEIGHT_COLUMNS = {
    names.OUTPUT: "Name of the output whose weight it is.",
    names.OBJECTIVE: "Name of the objective.",
    names.SHARE: "Median share of the output's weight among these trials.",
    names.MEDIAN: "Median of the objective among these trials, in its own unit.",
    names.TRIALS: "Number of trials: the searched ones, sorted by the share, in groups of equal size.",
}
IMPORTANCE_COLUMNS = {
    names.PARAMETER: "Name of the searched parameter.",
    names.OBJECTIVE: "Name of the objective.",
    names.IMPORTANCE: "Part, from 0 to 1, of what decides whether a trial is among the best tenth (at least five) on this "
    "objective: PED-ANOVA (Watanabe et al. 2023). All parameters together give 1.",
}
CHOICE_COLUMNS = {
    names.PARAMETER: "Name of the searched parameter.",
    names.VALUE: "What was chosen.",
    names.TRIALS: "Number of complete trials that chose it.",
    names.FRONT: "Number of those on the front.",
}
"""The first columns of the choices; for each objective its median and its best value follow."""

_GROUPS = 8
_LEAST_IN_GROUP = 3
_LEAST_FOR_IMPORTANCE = 20
_BEST = 5


def searched(ranking: pd.DataFrame) -> pd.DataFrame:
    """The complete trials that the sampler chose; baselines would mislead about what the search found."""
    return ranking[ranking[names.RANK].notna() & (ranking[names.BASELINE] == "")]


def weight_effects(ranking: pd.DataFrame) -> pd.DataFrame:
    """The trend of each objective along the share of each output's weight.

    Other choices vary along with the share, and the sampler prefers what did well: it shows where the search was, and how
    that went, not what the share alone would do.

    Args:
        ranking: Of `rank`.

    Returns:
        One row per output, objective and group of trials; `reports.describe_columns` documents the columns. Empty where
        there are fewer than two groups, or a single output.
    """
    meta, trials = ranking.attrs["study"], searched(ranking)
    groups = min(_GROUPS, len(trials) // _LEAST_IN_GROUP)
    rows = []
    for output in meta["outputs"] if groups > 1 and len(meta["outputs"]) > 1 else []:
        ordered = trials.sort_values([names.share(output), names.TRIAL])
        for rank in np.array_split(np.arange(len(ordered)), groups):
            part = ordered.iloc[rank]
            share = part[names.share(output)].median()
            rows += [(output, o["name"], share, part[o["name"]].median(), len(part)) for o in meta["objectives"]]
    return pd.DataFrame(rows, columns=list(WEIGHT_COLUMNS)).astype(
        {names.SHARE: "float64", names.MEDIAN: "float64", names.TRIALS: "int64"}
    )


def choice_effects(ranking: pd.DataFrame) -> pd.DataFrame:
    """How the trials did that chose each loss, optimizer or other value out of a few.

    Args:
        ranking: Of `rank`.

    Returns:
        parameter, value, trials, front, then for each objective its median and its best value in its own unit; one row for
        each value of each parameter that took between two and twelve. `reports.describe_columns` documents the columns.
    """
    meta, trials = ranking.attrs["study"], searched(ranking)
    prefixes = (names.LOSS_PREFIX, names.HYPERPARAMETER_PREFIX)
    chosen = [column for column in ranking.columns if column == names.OPTIMIZER or column.startswith(prefixes)]
    columns = [*CHOICE_COLUMNS, *(name for o in meta["objectives"] for name in choice_columns(o["name"]))]
    rows = []
    for column in chosen:
        parts = trials.groupby(trials[column].astype("string"), sort=True)
        if not 2 <= parts.ngroups <= 12:
            continue
        for value, part in parts:
            row = [column, str(value), len(part), int(part[names.FRONT].sum())]
            for objective, sign in zip(meta["objectives"], signs(meta), strict=True):
                values = part[objective["name"]]
                row += [values.median(), values.max() if sign > 0 else values.min()]
            rows.append(row)
    table = pd.DataFrame(rows, columns=columns)
    table.attrs = {"study": meta}
    return table


def choice_columns(objective: str) -> tuple[str, str]:
    """Names of the two columns that the table of choices has for an objective."""
    return f"median {objective}", f"best {objective}"


def importances(study: optuna.Study, ranking: pd.DataFrame) -> pd.DataFrame:
    """How much each searched parameter decides about each objective, by Optuna's PED-ANOVA.

    Args:
        study: A study that loss-weight-tuner ran.
        ranking: Of `rank`.

    Returns:
        parameter, objective, importance, the most important ones (over all objectives) first; empty where fewer than 20
        trials were searched, since the best tenth must hold some.
    """
    trials = searched(ranking)
    table = pd.DataFrame(columns=list(IMPORTANCE_COLUMNS)).astype({names.IMPORTANCE: "float64"})
    if len(trials) < _LEAST_FOR_IMPORTANCE:
        return table
    from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances

    meta, stored = ranking.attrs["study"], study.get_trials(deepcopy=False)
    evaluator = PedAnovaImportanceEvaluator(target_quantile=max(0.1, _BEST / len(trials)))
    found = []
    for objective, sign in zip(meta["objectives"], signs(meta), strict=True):
        copy = _single_objective([stored[number] for number in trials[names.TRIAL]], -sign * trials[objective["name"]].to_numpy())
        measured = get_param_importances(copy, evaluator=evaluator)
        found += [(parameter, objective["name"], value) for parameter, value in measured.items()]
    table = pd.DataFrame(found, columns=list(IMPORTANCE_COLUMNS))
    whole = table.groupby(names.PARAMETER)[names.IMPORTANCE].transform("sum")
    order = np.lexsort((table[names.PARAMETER], -whole.to_numpy()))
    return table.iloc[order].reset_index(drop=True)


def _single_objective(trials: list[optuna.trial.FrozenTrial], values: np.ndarray) -> optuna.Study:
    """A study in memory with these trials' parameters and other values, less is better."""
    import optuna

    with quiet_optuna():
        copy = optuna.create_study()
    copy.add_trials(
        optuna.trial.create_trial(params=trial.params, distributions=trial.distributions, value=float(value))
        for trial, value in zip(trials, values, strict=True)
    )
    return copy
