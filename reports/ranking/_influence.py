"""The effect of each searched parameter: weights, losses and other choices, and how much each one matters."""

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
"""The first columns of `choice_effects`; two for each objective follow, named by `choice_columns`."""

_GROUPS = 8
_LEAST_IN_GROUP = 3
_LEAST_FOR_IMPORTANCE = 20
_BEST = 5


def searched(ranking: pd.DataFrame) -> pd.DataFrame:
    """Rows of the complete trials that the sampler chose, without baselines."""
    return ranking[ranking[names.RANK].notna() & (ranking[names.BASELINE] == "")]


def weight_effects(ranking: pd.DataFrame) -> pd.DataFrame:
    """The trend of each objective along the share of each output's weight.

    Other choices vary along with the share, and the sampler tries more often what did well. So the trend shows where the
    search went and what it reached, not what the share alone would do.

    Args:
        ranking: Ranking table, as `reports.rank` gives it.

    Returns:
        One row per output, objective and group of trials; `reports.describe_columns` documents the columns. Empty where
        there are fewer than two groups, or a single output.

    Example:
        >>> import reports
        >>> reports.weight_effects(reports.rank(study)).head(2).round(3)
           output      objective  share  median  trials
        0  urgent     urgent/auc  0.223   0.743       3
        1  urgent  kind/accuracy  0.223   0.300       3
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
    """What the trials reached that chose each loss, optimizer or other value out of a few.

    Args:
        ranking: Ranking table, as `reports.rank` gives it.

    Returns:
        One row for each value of each parameter that took between two and twelve values. Columns: parameter, value, trials,
        front, then for each objective its median and its best value in its own unit.

    Example:
        >>> import reports
        >>> list(reports.choice_effects(reports.rank(study)).columns)
        ['parameter', 'value', 'trials', 'front', 'median urgent/auc', 'best urgent/auc',
         'median kind/accuracy', 'best kind/accuracy']
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
    """How much each searched parameter matters for each objective, by Optuna's PED-ANOVA.

    Args:
        study: A study that loss-weight-tuner ran.
        ranking: Ranking table, as `reports.rank` gives it.

    Returns:
        Columns: parameter, objective, importance. The parameters that matter most over all objectives come first. Empty
        where fewer than 20 trials were searched, since the best tenth must hold some.

    Example:
        >>> import reports
        >>> len(reports.importances(study, reports.rank(study)))  # this study has too few trials
        0
    """
    trials = searched(ranking)
    table = pd.DataFrame(columns=list(IMPORTANCE_COLUMNS)).astype({names.IMPORTANCE: "float64"})
    if len(trials) < _LEAST_FOR_IMPORTANCE:
        return table
    from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances

    meta, stored = ranking.attrs["study"], study.get_trials(deepcopy=False)
    evaluator = PedAnovaImportanceEvaluator(target_quantile=max(0.1, _BEST / len(trials)))
    rows = []
    for objective, sign in zip(meta["objectives"], signs(meta), strict=True):
        copy = _single_objective([stored[number] for number in trials[names.TRIAL]], -sign * trials[objective["name"]].to_numpy())
        by_parameter = get_param_importances(copy, evaluator=evaluator)
        rows += [(parameter, objective["name"], value) for parameter, value in by_parameter.items()]
    table = pd.DataFrame(rows, columns=list(IMPORTANCE_COLUMNS))
    total = table.groupby(names.PARAMETER)[names.IMPORTANCE].transform("sum")
    order = np.lexsort((table[names.PARAMETER], -total.to_numpy()))
    return table.iloc[order].reset_index(drop=True)


def _single_objective(trials: list[optuna.trial.FrozenTrial], values: np.ndarray) -> optuna.Study:
    """A study in memory: the parameters of these trials with one value each, less is better."""
    import optuna

    with quiet_optuna():
        copy = optuna.create_study()
    copy.add_trials(
        optuna.trial.create_trial(params=trial.params, distributions=trial.distributions, value=float(value))
        for trial, value in zip(trials, values, strict=True)
    )
    return copy
