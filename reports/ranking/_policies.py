"""Weighting policies beside the fixed weights: the best learning rate of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from reports.ranking._frame import of_policies
from reports.ranking._rank import rank
from search_spaces import names

if TYPE_CHECKING:
    import optuna

COLUMNS = {
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
        policy, trials, trial, learning_rate, one column per objective, delta_m.
    """
    return policy_table(rank(study))


def policy_table(ranking: pd.DataFrame) -> pd.DataFrame:
    """The rows of `policies`, of a table of `rank`."""
    objectives = [objective["name"] for objective in ranking.attrs["study"]["objectives"]]
    table = _complete(ranking).copy()
    table[names.POLICY] = table[names.BASELINE].str.removeprefix(names.POLICY_PREFIX)
    table[names.TRIALS] = table[names.BASELINE].map(table[names.BASELINE].value_counts()).astype("int64")
    table = table.drop_duplicates(names.POLICY)[[*COLUMNS, *objectives, names.DELTA_M]].reset_index(drop=True)
    table.attrs = {"study": ranking.attrs["study"]}
    return table


def one_of_each_policy(ranking: pd.DataFrame) -> pd.DataFrame:
    """The ranking, with the best trial of each weighting policy in place of all of them.

    Args:
        ranking: Of `rank`.
    """
    best = _complete(ranking).drop_duplicates(names.BASELINE).index
    return ranking[~of_policies(ranking) | ranking.index.isin(best)]


def _complete(ranking: pd.DataFrame) -> pd.DataFrame:
    return ranking[of_policies(ranking) & (ranking[names.STATE] == names.COMPLETE)]
