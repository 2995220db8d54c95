"""Weighting policies beside the fixed weights: the best learning rate of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from reports.ranking._frame import is_policy_trial
from reports.ranking._rank import rank
from search_spaces import names

if TYPE_CHECKING:
    import optuna

POLICY_COLUMNS = {
    names.POLICY: "Name of the weighting policy.",
    names.TRIALS: "Number of its trials that are complete, each with another learning rate.",
    names.TRIAL: "Number of the best one's trial: by Δm, or by the mean normalised objective where Δm is empty.",
    names.LEARNING_RATE: "Learning rate of that trial.",
}
"""The first columns; the objectives and Δm of the best trial follow."""


def policies(study: optuna.Study | pd.DataFrame) -> pd.DataFrame:
    """One row per weighting policy that was trained, best first.

    Args:
        study: A study that loss-weight-tuner ran, or the table of `study_frame`.

    Returns:
        Columns: policy, trials, trial, learning_rate, one per objective, delta_m.

    Example:
        >>> import reports
        >>> reports.policies(study)[["policy", "trials", "trial"]]
                policy  trials  trial
        0          dwa       2     12
        1  uncertainty       2     10
    """
    return policy_table(rank(study))


def policy_table(ranking: pd.DataFrame) -> pd.DataFrame:
    """The table of `policies`, made from a ranking table."""
    objectives = [objective["name"] for objective in ranking.attrs["study"]["objectives"]]
    table = _complete(ranking).copy()
    table[names.POLICY] = table[names.BASELINE].str.removeprefix(names.POLICY_PREFIX)
    table[names.TRIALS] = table[names.BASELINE].map(table[names.BASELINE].value_counts()).astype("int64")
    table = table.drop_duplicates(names.POLICY)[[*POLICY_COLUMNS, *objectives, names.DELTA_M]].reset_index(drop=True)
    table.attrs = {"study": ranking.attrs["study"]}
    return table


def one_of_each_policy(ranking: pd.DataFrame) -> pd.DataFrame:
    """The ranking without a policy's other trials: of each weighting policy only the best trial stays.

    Args:
        ranking: Ranking table, as `reports.rank` gives it.

    Returns:
        Some of the rows of `ranking`, in its order.

    Example:
        >>> import reports
        >>> ranking = reports.rank(study)
        >>> len(ranking), len(reports.one_of_each_policy(ranking))
        (14, 12)
    """
    best = _complete(ranking).drop_duplicates(names.BASELINE).index
    return ranking[~is_policy_trial(ranking) | ranking.index.isin(best)]


def _complete(ranking: pd.DataFrame) -> pd.DataFrame:
    return ranking[is_policy_trial(ranking) & (ranking[names.STATE] == names.COMPLETE)]
