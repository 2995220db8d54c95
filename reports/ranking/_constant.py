"""Objectives that tell no candidate from another."""

from __future__ import annotations

import pandas as pd

from search_spaces import names

_FEWEST = 3


def constant_objectives(ranking: pd.DataFrame) -> list[str]:
    """A sentence for each objective with one value for every complete trial; none below three trials.

    Args:
        ranking: Ranking table, as `rank` gives it.

    Example:
        >>> import reports
        >>> constant_objectives(reports.rank(study))
        []
    """
    complete = ranking[ranking[names.STATE] == names.COMPLETE]
    if len(complete) < _FEWEST:
        return []
    return [
        f"{name} is {complete[name].iloc[0]:.4g} in all {len(complete)} complete trials, so it tells no candidate from another: "
        "name another metric, or check the targets that it is measured on."
        for name in (objective["name"] for objective in ranking.attrs["study"]["objectives"])
        if complete[name].nunique() == 1
    ]
