"""The report page: one file that opens without a network."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import jinja2
import pandas as pd
import plotly.graph_objects as go
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from reports._agreement import agreement
from reports._columns import describe_columns
from reports.confirmation import ConfirmationSection
from reports.page._cautions import cautions
from reports.page._cells import cell_text
from reports.page._compile_call import compile_call, untrained_outputs
from reports.page._embedded import script_json
from reports.page._page_data import page_data
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
from reports.ranking import comparison
from search_spaces import names

if TYPE_CHECKING:
    import optuna

_CAPTIONS = {
    "compromise": "What the pick gives up for the others.",
    "choices": "What was chosen, and how the trials did that chose it; other parameters vary along with it.",
    "policies": "Each at its best learning rate, in one run.",
}
_CONFIRMED = {
    "finalists": "How sure the choice is. The pick comes first.",
    "intervals": "Means over the seeds, with 95 % intervals, and differences to the reference, seed by seed.",
}


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
    meta = ranking.attrs["study"]
    figures = {} if trial is None else _figures(ranking, tables)
    marked = (
        next((at for at, trace in enumerate(figures["front"].data) if trace.name == SHOWN), None) if "front" in figures else None
    )
    shown = page_data(study, ranking, None if section is None else section.results, trial, marked)
    candidate = None if trial is None else study.get_trials(deepcopy=False)[trial].user_attrs[names.CANDIDATE]
    return environment.get_template("report.html.jinja").render(
        meta=meta,
        summary=comparison(ranking) if section is None else section.text,
        source="" if candidate is None else compile_call(candidate, untrained_outputs(meta)),
        agreement=agreement(study),
        cautions=[] if trial is None else cautions(study, ranking, trial),
        confirmed=[] if section is None else [_table(caption, section.tables[name]) for name, caption in _CONFIRMED.items()],
        tables={name: _table(caption, tables[name]) for name, caption in _CAPTIONS.items() if name in tables},
        figures={name: script_json(figure.to_json()) for name, figure in figures.items()},
        plotly=Markup(get_plotlyjs()) if figures else "",
        script=Markup(files("reports.page").joinpath("templates/report.js").read_text(encoding="utf-8")),
        data=script_json(json.dumps(shown)),
        several=len(meta["objectives"]) > 1,
        columns=list(describe_columns(ranking).items()),
        rows=[_row(row) for row in ranking.to_dict("records")],
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


def _table(caption: str, table: pd.DataFrame) -> dict[str, Any]:
    numeric = [pd.api.types.is_numeric_dtype(table[column]) for column in table.columns]
    return {
        "caption": caption,
        "columns": [(name, sentence, number) for (name, sentence), number in zip(_sentences(table), numeric, strict=True)],
        "rows": [
            [(cell_text(value), isinstance(value, int | float)) for value in row.values()] for row in table.to_dict("records")
        ],
    }


def _sentences(table: pd.DataFrame) -> list[tuple[str, str]]:
    sentences = describe_columns(table)
    return [(str(column), sentences[str(column)]) for column in table.columns]


def _row(row: Mapping[Any, Any]) -> dict[str, Any]:
    kind = "baseline" if row[names.BASELINE] else ("front" if row[names.FRONT] else "")
    return {"kind": kind, "cells": [(cell_text(value), isinstance(value, int | float)) for value in row.values()]}
