"""Everything the replicates say, gathered once for the report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from reports.confirmation._confirmed import Confirmed, confirmed
from reports.confirmation._finalists import finalist_table
from reports.confirmation._intervals import intervals
from reports.confirmation._replicates import replicates
from reports.confirmation._verdict import decide
from reports.confirmation._verdict_text import verdict_text
from search_spaces import InputError


@dataclass(frozen=True)
class Confirmation:
    """Tables and words on the replicates of a study.

    Attributes:
        known: The replicates.
        tables: `replicates`, `intervals` and `finalists`.
        trial: Number of the pick; None where no confirmed candidate meets what is required.
        text: The verdict, or why there is no pick.
    """

    known: Confirmed
    tables: Mapping[str, pd.DataFrame]
    trial: int | None
    text: str


def confirmation(
    frame: pd.DataFrame, prefer: Mapping[str, float] | None = None, require: Mapping[str, float] | None = None
) -> Confirmation | None:
    """Tables and words, of a table of `study_frame`; None where there are no replicates.

    Raises:
        InputError: Unknown names in `prefer` or `require`.
    """
    known = confirmed(frame)
    if known is None:
        return None
    table = finalist_table(known, prefer, require)
    tables = {"replicates": replicates(frame), "intervals": intervals(frame), "finalists": table}
    try:
        trial = known.pick(prefer, require)
    except InputError as error:
        return Confirmation(known, tables, None, f"{error}.")
    return Confirmation(known, tables, trial, verdict_text(decide(known, trial), known, table))
