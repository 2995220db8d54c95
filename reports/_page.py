"""The report page: one file that opens without a network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jinja2
import pandas as pd
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from reports._columns import describe_columns
from reports._confirmation import Confirmation
from reports._figures import front_data, front_figure
from reports._source import compile_call
from reports._words import comparison
from search_spaces import names

_CONFIRMED = {
    "finalists": "How sure the choice is. The pick comes first.",
    "intervals": "Means over the seeds, with 95 % intervals, and differences to the reference, seed by seed.",
}


def report_page(ranking: pd.DataFrame, candidate: Mapping[str, Any] | None, confirmation: Confirmation | None = None) -> str:
    """The page as HTML text.

    Args:
        ranking: Of `rank`.
        candidate: Plain data of the candidate whose compile call is shown; None where no trial is complete.
        confirmation: What replicates say, if there are any; the verdict then stands in place of the search's comparison.
    """
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("reports"), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    meta, data = ranking.attrs["study"], front_data(ranking)
    several = len(meta["objectives"]) > 1 and len(data) > 0
    return environment.get_template("report.html.jinja").render(
        meta=meta,
        words=comparison(ranking) if confirmation is None else confirmation.text,
        confirmed=[] if confirmation is None else [_table(name, confirmation.tables[name]) for name in _CONFIRMED],
        source=compile_call(candidate) if candidate else "",
        figure=Markup(_json(front_figure(data).to_json())) if several else "",
        plotly=Markup(get_plotlyjs()) if several else "",
        columns=list(describe_columns(ranking).items()),
        rows=[_row(row) for row in ranking.to_dict("records")],
        hypervolume=ranking.attrs["hypervolume"],
        scale=ranking.attrs["scale"],
    )


def _table(name: str, table: pd.DataFrame) -> dict[str, Any]:
    return {
        "caption": _CONFIRMED[name],
        "columns": list(describe_columns(table).items()),
        "rows": [[(_shown(value), isinstance(value, int | float)) for value in row.values()] for row in table.to_dict("records")],
    }


def _json(text: str) -> str:
    """JSON that cannot end the script element it stands in."""
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _row(row: Mapping[Any, Any]) -> dict[str, Any]:
    kind = "baseline" if row[names.BASELINE] else ("front" if row[names.FRONT] else "")
    return {"kind": kind, "cells": [(_shown(value), isinstance(value, int | float)) for value in row.values()]}


def _shown(value: Any) -> str:
    if value is None or value is pd.NA or value != value:
        return ""
    if isinstance(value, bool):
        return "yes" if value else ""
    return f"{value:.4g}" if isinstance(value, float) else str(value)
