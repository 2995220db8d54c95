"""Several studies side by side on one scale, for example last month's and today's."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2
import numpy as np
import pandas as pd
import plotly.graph_objects as go

from reports._pick import choose
from reports.confirmation import verdict
from reports.page._cells import cell_text
from reports.page._csv import write_csv
from reports.page._embedded import script_json
from reports.page._plotly_script import plotly_script
from reports.page.figures import compared_figure
from reports.ranking import hypervolume, non_dominated, rank, signs, study_frame
from search_spaces import InputError, names, write_atomically

if TYPE_CHECKING:
    import optuna

_STUDY = "study"


def compare(studies: Sequence[optuna.Study]) -> pd.DataFrame:
    """One row per study, in the order given.

    Args:
        studies: At least two studies that loss-weight-tuner ran, with the same objectives.

    Returns:
        Columns: study (its name), trials (number of complete candidates), front (number of those on the front), hypervolume
        (0 is the worst candidate of all studies, 1 the best value of each objective in any of them), trial (the pick), one per
        objective (its value for the pick), and verdict. `attrs["same_data"]` says whether all studies were measured on the
        same validation data.

    Raises:
        InputError: Fewer than two studies, or studies with different objectives.

    Example:
        >>> import reports
        >>> reports.compare([study, study])[["study", "trials", "front", "hypervolume", "trial"]].round(3)
           study  trials  front  hypervolume  trial
        0  study       8      1          1.0      4
        1  study       8      1          1.0      4
    """
    return _compared(studies, _rankings(studies))


def _compared(studies: Sequence[optuna.Study], rankings: Sequence[pd.DataFrame]) -> pd.DataFrame:
    meta = rankings[0].attrs["study"]
    columns, sign = [objective["name"] for objective in meta["objectives"]], signs(meta)
    values = [_candidates(ranking)[columns].to_numpy() * sign for ranking in rankings]
    pooled = np.concatenate(values)
    best, worst = pooled.max(axis=0), pooled.min(axis=0)
    rows = []
    for study, ranking, own in zip(studies, rankings, values, strict=True):
        costs = -(own - worst) / np.where(best == worst, 1.0, best - worst)
        trial = choose(study_frame(study))
        picked = ranking[ranking[names.TRIAL] == trial].iloc[0]
        judged = verdict(study)
        rows.append(
            {
                _STUDY: ranking.attrs["study"]["name"],
                names.TRIALS: len(own),
                names.FRONT: int(non_dominated(costs).sum()),
                names.HYPERVOLUME: hypervolume(costs, np.zeros(len(columns))),
                names.TRIAL: trial,
                **{column: float(picked[column]) for column in columns},
                "verdict": "" if judged is None else judged.kind,
            }
        )
    table = pd.DataFrame(rows)
    measured = {ranking.attrs["study"]["data"].get("validation_fingerprint") for ranking in rankings}
    table.attrs = {"same_data": len(measured) == 1, "study": meta}
    return table


def write_comparison(studies: Sequence[optuna.Study], path: str | os.PathLike[str]) -> Path:
    """Writes the table of `compare` and a picture of the fronts as one page, and the table beside it as CSV.

    The page opens without a network.

    Args:
        studies: At least two studies that loss-weight-tuner ran, with the same objectives.
        path: Where the page is written, ending in `.html`.

    Returns:
        The path.

    Example:
        >>> import reports
        >>> path = reports.write_comparison([study, study], folder / "compare.html")
        >>> path.name, path.with_suffix(".csv").exists()
        ('compare.html', True)
    """
    target, rankings = Path(path), _rankings(studies)
    table = _compared(studies, rankings)
    labels = [f"{name} ({at})" if (table[_STUDY] == name).sum() > 1 else name for at, name in enumerate(table[_STUDY], start=1)]
    figure = _fronts_figure(rankings, labels)
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("reports.page"), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    page = environment.get_template("compare.html.jinja").render(
        table=table.to_dict("records"),
        columns=list(table.columns),
        cell_text=cell_text,
        same_data=table.attrs["same_data"],
        figure=None if figure is None else script_json(figure.to_json()),
        plotly="" if figure is None else plotly_script(),
    )
    target.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(target.with_suffix(".csv"), partial(write_csv, table))
    write_atomically(target, page)
    return target


def _rankings(studies: Sequence[optuna.Study]) -> list[pd.DataFrame]:
    if len(studies) < 2:
        raise InputError(f"compare takes at least two studies, got {len(studies)}")
    rankings = [rank(study) for study in studies]
    first = rankings[0].attrs["study"]
    for ranking in rankings:
        other = ranking.attrs["study"]
        if _objectives(other) != _objectives(first):
            raise InputError(
                f"{other['name']!r} and {first['name']!r} have different objectives and cannot be compared: "
                f"{_objectives(other)} and {_objectives(first)}"
            )
        if _candidates(ranking).empty:
            raise InputError(f"no trial of {other['name']!r} is complete yet, so there is nothing to compare")
    return rankings


def _candidates(ranking: pd.DataFrame) -> pd.DataFrame:
    return ranking[ranking[names.RANK].notna()]


def _objectives(meta: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(o["name"], o["metric"], o["direction"]) for o in meta["objectives"]]


def _fronts_figure(rankings: Sequence[pd.DataFrame], labels: Sequence[str]) -> go.Figure | None:
    """The fronts of all studies in one picture; None unless there are two objectives."""
    objectives = rankings[0].attrs["study"]["objectives"]
    if len(objectives) != 2:
        return None
    return compared_figure([ranking[ranking[names.FRONT]] for ranking in rankings], labels, objectives)
