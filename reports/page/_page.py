"""The report page: one file that opens without a network."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from importlib.resources import files
from typing import TYPE_CHECKING

import jinja2
import pandas as pd
import plotly.graph_objects as go
from markupsafe import Markup, escape

from reports._agreement import agreement
from reports._columns import describe_columns
from reports.confirmation import ConfirmationSection
from reports.page._against_pick import against_pick
from reports.page._cautions import cautions
from reports.page._compile_call import compile_call, untrained_outputs
from reports.page._embedded import script_json
from reports.page._page_data import page_data
from reports.page._plotly_script import plotly_script
from reports.page._ranking_table import ranking_table
from reports.page._table import PageTable, page_table
from reports.page._verdict_box import verdict_box
from reports.page.figures import (
    SHOWN,
    curves_data,
    curves_figure,
    front_data,
    front_figure,
    hypervolume_figure,
    importances_figure,
    parallel_figure,
    weights_data,
    weights_figure,
)
from search_spaces import names

if TYPE_CHECKING:
    import optuna

_CAPTIONS = {
    "compromise": "What the pick gives up for the others.",
    "choices": "What was chosen, and how the trials did that chose it; other parameters vary along with it.",
    "policies": "Each at its best learning rate, in one run.",
}
_CONFIRMED = {
    "finalists": "How sure the choice is, by the seeds that choose. The pick comes first.",
    "intervals": "Means over the seeds, with 95 % intervals, and differences to the reference, seed by seed. The verdict is by "
    "the rows whose stage is judging; those of one stage do both.",
}

_INTERVALS_FIRST = [
    [names.TRIAL, names.OBJECTIVE, names.MEAN, names.LOW, names.HIGH],
    [names.BASELINE],
    [names.STAGE],
    [names.DATA],
    [names.DIFFERENCE, names.DIFFERENCE_LOW, names.DIFFERENCE_HIGH],
    [names.CHANGE],
    [names.P_HOLM],
]


def report_page(
    study: optuna.Study,
    ranking: pd.DataFrame,
    trial: int | None,
    tables: Mapping[str, pd.DataFrame],
    section: ConfirmationSection | None = None,
) -> str:
    """The page as HTML text.

    Args:
        study: A study that loss-weight-tuner ran.
        ranking: Ranking table, as `reports.rank` gives it.
        trial: Number of the pick; None where no trial is complete.
        tables: Tables of the report, by name.
        section: Tables and verdict on replicates, if there are any; the verdict then replaces the search's comparison.
    """
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("reports.page"), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["breakable"] = _breakable
    meta = ranking.attrs["study"]
    figures = {} if trial is None else _figures(ranking, tables)
    marked = (
        next((at for at, trace in enumerate(figures["front"].data) if trace.name == SHOWN), None) if "front" in figures else None
    )
    shown = page_data(study, ranking, None if section is None else section.results, trial, marked)
    candidate = None if trial is None else study.get_trials(deepcopy=False)[trial].user_attrs[names.CANDIDATE]
    return environment.get_template("report.html.jinja").render(
        meta=meta,
        verdict=verdict_box(ranking, section),
        today=against_pick(ranking, trial, section),
        source="" if candidate is None else compile_call(candidate, untrained_outputs(meta)),
        agreement=agreement(study),
        cautions=[] if trial is None else cautions(study, ranking, trial),
        confirmed=[] if section is None else _confirmed(section),
        tables={name: page_table(name, caption, tables[name]) for name, caption in _CAPTIONS.items() if name in tables},
        figures={name: script_json(figure.to_json()) for name, figure in figures.items()},
        plotly=plotly_script() if figures else "",
        script=Markup(files("reports.page").joinpath("templates/report.js").read_text(encoding="utf-8")),
        data=script_json(json.dumps(shown)),
        several=len(meta["objectives"]) > 1,
        columns=list(describe_columns(ranking).items()),
        ranking=ranking_table(ranking),
        hypervolume=ranking.attrs["hypervolume"],
        scale=ranking.attrs["scale"],
    )


def _figures(ranking: pd.DataFrame, tables: Mapping[str, pd.DataFrame]) -> dict[str, go.Figure]:
    objectives, data = ranking.attrs["study"]["objectives"], front_data(ranking)
    figures = {}
    if len(objectives) > 1:
        figures["front"] = front_figure(data)
    if len(objectives) > 2:
        figures["parallel"] = parallel_figure(data)
    if "weights" in tables:
        figures["weights"] = weights_figure(weights_data(ranking), tables["weights"])
    if "importances" in tables:
        figures["importances"] = importances_figure(tables["importances"])
    curves = curves_data(tables["history"], ranking) if "history" in tables else None
    if curves is not None and curves["epoch"].max() > 1:
        figures["curves"] = curves_figure(curves, objectives)
    figures["hypervolume"] = hypervolume_figure(tables["hypervolume"])
    return figures


def _confirmed(section: ConfirmationSection) -> list[PageTable]:
    intervals = section.tables["intervals"]
    judged_first = intervals.loc[(intervals[names.STAGE] != names.JUDGED).sort_values(kind="stable").index]
    return [
        page_table("finalists", _CONFIRMED["finalists"], section.tables["finalists"]),
        page_table("intervals", _CONFIRMED["intervals"], judged_first, _INTERVALS_FIRST),
    ]


def _breakable(name: str) -> Markup:
    """A text that may go on in another line after a slash, a line, a colon or a bracket."""
    return Markup(re.sub(r"(?<=[/_:(])", "<wbr>", str(escape(name))))
