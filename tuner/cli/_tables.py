"""A ranking in a terminal."""

from __future__ import annotations

import pandas as pd
from rich.console import Console
from rich.table import Table

from reports import constant_objectives, one_of_each_policy
from reports.page import cell_text
from search_spaces import names


def print_ranking(ranking: pd.DataFrame, top: int) -> None:
    """The top of the ranking and every baseline, the columns that matter most."""
    meta = ranking.attrs["study"]
    objectives = [objective["name"] for objective in meta["objectives"]]
    shown = [names.RANK, names.TRIAL, names.BASELINE, names.LEARNING_RATE, names.OPTIMIZER]
    shown += [names.loss(o) for o in meta["outputs"] if ranking[names.loss(o)].nunique() > 1]
    shown += [*(names.weight(o) for o in meta["outputs"]), *objectives, names.FRONT, names.DELTA_M]
    table = Table(title=f"{meta['name']}: the best {min(top, len(ranking))} of {len(ranking)}, and the baselines")
    for column in shown:
        table.add_column(column, justify="left" if ranking[column].dtype == object else "right")
    ranking = one_of_each_policy(ranking)
    rows = ranking[(ranking.index < top) | (ranking[names.BASELINE] != "")]
    for row in rows[shown].to_dict("records"):
        style = "bold" if row[names.BASELINE] else None
        table.add_row(*(cell_text(row[column], yes="✓") for column in shown), style=style)
    console = Console()
    console = Console(width=None if console.is_terminal else 200)
    for sentence in constant_objectives(ranking):
        console.print(sentence)
    console.print(table)
