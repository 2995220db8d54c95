"""What each column of a report table means."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from reports.confirmation import FINALIST_COLUMNS, INTERVAL_COLUMNS
from reports.ranking import (
    CHOICE_COLUMNS,
    COMPROMISE_COLUMNS,
    HISTORY_COLUMNS,
    HYPERVOLUME_COLUMNS,
    IMPORTANCE_COLUMNS,
    POLICY_COLUMNS,
    WEIGHT_COLUMNS,
    choice_columns,
)
from search_spaces import names

_FIXED = {
    names.RANK: "Place among the complete candidates, 1 is best: by Δm, or by the mean normalised objective where Δm is empty.",
    names.TRIAL: "Number of the trial in the Optuna study.",
    names.BASELINE: "Name of the baseline; empty for trials that the sampler chose. `current` is what the model came "
    "compiled with, `equal` has all weights 1, `single:<output>` trains that output alone, `policy:<name>` has its "
    "weights set at every step by that weighting policy.",
    names.LEARNING_RATE: "Learning rate of the optimizer; the initial one where it has a schedule.",
    names.OPTIMIZER: "Optimizer class, with the settings that differ from its defaults.",
    names.FRONT: "True where no other candidate is at least as good on every objective and better on one.",
    names.HYPERVOLUME_CONTRIBUTION: "Hypervolume that the front would lose without this trial. Each objective is scaled: "
    "0 is the worst baseline, 1 what its output reached when trained alone; 0 off the front. Trials that are nearly alike "
    "stand in for each other, so that each of them has almost none.",
    names.DELTA_M: "Δm in per cent: mean relative improvement over training each output alone, sign turned for "
    "objectives to minimise (Maninis et al. 2019); more is better, empty where a baseline is not above 0.",
    names.EPOCHS: "Number of epochs trained.",
    names.SECONDS: "Wall-clock seconds spent on the trial.",
    names.STATE: "complete, running, pruned (stopped early), diverged (a loss or objective was no longer finite) or failed.",
    names.REASON: "Why the trial is not complete; empty where it is.",
}
_REPLICATES = {
    names.REPLICATE_OF: "Number of the candidate's trial in the search, which this replicate repeats with another seed.",
    names.SEED: "Seed of initial weights, shuffling and dropout. Every candidate has the seeds that choose; the pick and the "
    "reference have those that judge, too.",
    names.TRIAL: "Number of the replicate's own trial.",
}
_PREFIXED = {
    names.TEST_PREFIX: "{0} on test data, which only replicates see, after the last epoch.",
    names.FOLD_SD_PREFIX: "Standard deviation of {0} over the folds of the cross-validation, n − 1 in the denominator.",
    names.LOSS_PREFIX: "Loss of the output {0}, with the settings that differ from its defaults.",
    names.WEIGHT_PREFIX: "Raw loss weight of the output {0}, as passed to compile.",
    names.SHARE_PREFIX: "Weight of the output {0} divided by the sum of all weights, from 0 to 1.",
    names.HYPERPARAMETER_PREFIX: "Hyperparameter {0} of the build function.",
}
_COMPLETE = (
    HISTORY_COLUMNS,
    INTERVAL_COLUMNS,
    FINALIST_COLUMNS,
    COMPROMISE_COLUMNS,
    HYPERVOLUME_COLUMNS,
    WEIGHT_COLUMNS,
    IMPORTANCE_COLUMNS,
)
"""Tables whose columns are always the same."""


def describe_columns(table: pd.DataFrame) -> dict[str, str]:
    """One sentence for each column of a table.

    Args:
        table: Table of one study that a function of this package gives.

    Returns:
        The sentences by column, in the order of the columns.

    Example:
        >>> import reports
        >>> reports.describe_columns(reports.rank(study))["trial"]
        'Number of the trial in the Optuna study.'
    """
    for columns in _COMPLETE:
        if list(table.columns) == list(columns):
            return dict(columns)
    objectives = {objective["name"]: objective for objective in table.attrs["study"]["objectives"]}
    fixed = _FIXED | (_REPLICATES if names.REPLICATE_OF in table.columns else {})
    fixed |= POLICY_COLUMNS if names.POLICY in table.columns else {}
    fixed |= _choice_sentences(objectives) if names.VALUE in table.columns else {}
    return {str(column): _sentence(str(column), objectives, fixed) for column in table.columns}


def _choice_sentences(objectives: Iterable[str]) -> dict[str, str]:
    sentences = dict(CHOICE_COLUMNS)
    for name in objectives:
        median, best = choice_columns(name)
        sentences |= {median: f"Median of {name} among those trials, in its own unit.", best: f"Best {name} of any of them."}
    return sentences


def _sentence(column: str, objectives: dict[str, dict[str, str]], fixed: dict[str, str]) -> str:
    if column in objectives:
        better = "more" if objectives[column]["direction"] == "max" else "less"
        objective = objectives[column]
        measured = f"{objective['metric']} of the output {objective['output']}"
        return f"{measured} on validation data after the last epoch; {better} is better."
    if column in fixed:
        return fixed[column]
    prefix = next(prefix for prefix in _PREFIXED if column.startswith(prefix))
    return _PREFIXED[prefix].format(column[len(prefix) :])
