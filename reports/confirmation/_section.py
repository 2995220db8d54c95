"""The section of the report on replicates: tables and the verdict, computed once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from reports.confirmation._finalists import finalist_table
from reports.confirmation._intervals import intervals
from reports.confirmation._replicates import replicates
from reports.confirmation._results import ReplicateResults, replicate_results
from reports.confirmation._verdict import decide
from reports.confirmation._verdict_text import verdict_text
from search_spaces import InputError


@dataclass(frozen=True)
class ConfirmationSection:
    """Tables and verdict on the replicates of a study.

    Attributes:
        results: The results of the replicates.
        tables: `replicates`, `intervals` and `finalists`.
        trial: Number of the pick; None where no confirmed candidate meets what is required.
        text: The verdict, or why there is no pick.
    """

    results: ReplicateResults
    tables: Mapping[str, pd.DataFrame]
    trial: int | None
    text: str


def confirmation_section(
    frame: pd.DataFrame, prefer: Mapping[str, float] | None = None, require: Mapping[str, float] | None = None
) -> ConfirmationSection | None:
    """The section of the report on replicates; None where there are none.

    Args:
        frame: Table of all trials, as `reports.study_frame` gives it.
        prefer: Importance of each output (or objective).
        require: The value that each output (or objective) must reach at least (at most, where less is better).

    Raises:
        InputError: Unknown names in `prefer` or `require`.
    """
    results = replicate_results(frame)
    if results is None:
        return None
    table = finalist_table(results, prefer, require)
    tables = {"replicates": replicates(frame), "intervals": intervals(frame), "finalists": table}
    try:
        trial = results.best_trial(prefer, require)
    except InputError as error:
        return ConfirmationSection(results, tables, None, f"{error}.")
    return ConfirmationSection(results, tables, trial, verdict_text(decide(results, trial), results, table))
