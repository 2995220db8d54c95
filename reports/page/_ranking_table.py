"""The ranking as the page shows it: what was reached and what differs, as far as there is room."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from reports.page._table import PageTable, page_table
from search_spaces import names

_CAPTION = "Best first. Blue rows are on the front, orange rows are baselines. A click on a column's name sorts by it."
_FOLDS = " Behind ± stands the standard deviation over the {} folds."


def ranking_table(ranking: pd.DataFrame) -> PageTable:
    """The table of the ranking.

    Args:
        ranking: Ranking table, as `reports.rank` gives it.

    Example:
        >>> import reports
        >>> table = ranking_table(reports.rank(study))
        >>> [name for at, (name, _, _) in enumerate(table.columns, start=1) if at not in table.more][:5]
        ['rank', 'trial', 'baseline', 'learning_rate', 'weight/urgent']
    """
    folds = ranking.attrs["study"].get("data", {}).get("folds")
    caption = _CAPTION + (_FOLDS.format(folds) if folds else "")
    kinds = [_kind(row) for row in ranking[[names.BASELINE, names.FRONT]].to_dict("records")]
    return page_table("ranking", caption, ranking, _groups(ranking), kinds)


def _groups(ranking: pd.DataFrame) -> list[list[str]]:
    meta = ranking.attrs["study"]
    outputs, objectives = meta["outputs"], [objective["name"] for objective in meta["objectives"]]
    return [
        [names.RANK, names.TRIAL, *objectives],
        [names.BASELINE],
        [names.DELTA_M],
        [names.STATE],
        [names.LEARNING_RATE],
        [names.weight(output) for output in outputs],
        [names.OPTIMIZER],
        [names.loss(output) for output in outputs],
        [column for column in map(str, ranking.columns) if column.startswith(names.HYPERPARAMETER_PREFIX)],
        [names.share(output) for output in outputs],
        [names.REASON],
        [names.FRONT],
        [names.EPOCHS],
        [names.SECONDS],
        [names.HYPERVOLUME_CONTRIBUTION],
        [names.fold_sd(objective) for objective in objectives],
    ]


def _kind(row: Mapping[Any, Any]) -> str:
    return "baseline" if row[names.BASELINE] else ("front" if row[names.FRONT] else "")
