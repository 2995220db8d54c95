"""Data of the picture of the front."""

from __future__ import annotations

from typing import Any

import pandas as pd

from reports.page.figures._style import inert
from reports.ranking import one_of_each_policy
from search_spaces import names


def front_data(ranking: pd.DataFrame) -> pd.DataFrame:
    """The points of the picture of the front.

    Args:
        ranking: Ranking table, as `reports.rank` gives it.

    Returns:
        One row per complete trial; of each weighting policy only the best trial. Columns: trial, baseline, front, one per
        objective, and text, which the mouse shows. `attrs["objectives"]` holds the objectives' names and directions.

    Example:
        >>> import reports
        >>> reports.front_data(reports.rank(study))[["trial", "baseline", "front"]].head(3)
           trial baseline  front
        0      4            True
        1      9           False
        2      0  current  False
    """
    meta = ranking.attrs["study"]
    columns = [objective["name"] for objective in meta["objectives"]]
    ranking = one_of_each_policy(ranking)
    complete = ranking[ranking[names.STATE] == names.COMPLETE]
    data = complete[[names.TRIAL, names.BASELINE, names.FRONT, *columns]].reset_index(drop=True)
    weights = [names.weight(output) for output in meta["outputs"]]
    texts = [_hover_text(row, columns, weights) for row in complete.to_dict("records")]
    data = data.assign(text=pd.Series(texts, dtype="object"))
    data.attrs = {"objectives": meta["objectives"]}
    return data


def _hover_text(row: dict[Any, Any], columns: list[str], weights: list[str]) -> str:
    title = f"trial {row[names.TRIAL]} {row[names.BASELINE]}".strip()
    lines = [f"{column}: {row[column]:.4f}" for column in columns]
    lines += [f"{weight}: {row[weight]:.4g}" for weight in weights if row[weight] == row[weight]]
    lines.append(f"{names.LEARNING_RATE}: {row[names.LEARNING_RATE]:.3g}")
    return "<br>".join(inert(line) for line in [title, *lines])
