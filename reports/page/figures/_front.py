"""The picture of the front, drawn from the table of `front_data`."""

from __future__ import annotations

from typing import Any

import pandas as pd
import plotly.graph_objects as go

from reports.page.figures._matrix import matrix_figure
from reports.page.figures._style import BLUE, GREEN, GREY, MARKS, ORANGE, axis_title, inert, step_shape, styled
from reports.ranking import is_policy_trial
from search_spaces import names

SHOWN = "shown above"
"""Name of the trace that the page moves to the configuration it shows."""


def front_figure(data: pd.DataFrame) -> go.Figure:
    """Draws the points of `front_data`: a scatter of two objectives, a matrix of scatters for more.

    Args:
        data: Table of points, as `front_data` gives it.

    Example:
        >>> import reports
        >>> figure = reports.front_figure(reports.front_data(reports.rank(study)))
        >>> [trace.name for trace in figure.data if trace.name]
        ['trials', 'front', 'current', 'equal', 'single:kind', 'single:urgent', 'adaptive policies', 'shown above']
    """
    objectives = data.attrs["objectives"]
    return styled(_pair(data, objectives), 520) if len(objectives) == 2 else matrix_figure(data)


def _pair(data: pd.DataFrame, objectives: list[dict[str, Any]]) -> go.Figure:
    x, y = (objective["name"] for objective in objectives)
    searched, front = data[data[names.BASELINE] == ""], data[data[names.FRONT]].sort_values(x)
    figure = go.Figure()
    figure.add_trace(_points(searched[~searched[names.FRONT]], x, y, "trials", GREY, "circle", 7))
    figure.add_trace(_steps(front, x, y, step_shape(objectives)))
    figure.add_trace(_points(front, x, y, "front", BLUE, "circle", 10))
    figure.add_traces(_baselines(data, x, y))
    ring = {"color": "rgba(0,0,0,0)", "size": 22, "line": {"width": 3, "color": BLUE}}
    figure.add_trace(go.Scatter(x=[], y=[], mode="markers", name=SHOWN, marker=ring, hoverinfo="skip"))
    for update, objective in ((figure.update_xaxes, objectives[0]), (figure.update_yaxes, objectives[1])):
        update(title=axis_title(objective), range=_axis_range(data, objective["name"]))
    return figure


def _steps(front: pd.DataFrame, x: str, y: str, shape: str) -> go.Scatter:
    """The line along the front."""
    return go.Scatter(
        x=front[x].tolist(),
        y=front[y].tolist(),
        mode="lines",
        line={"color": BLUE, "width": 1.5, "shape": shape},
        hoverinfo="skip",
        showlegend=False,
    )


def _baselines(data: pd.DataFrame, x: str, y: str) -> list[go.Scatter]:
    """Each baseline with a mark of its own; all weighting policies with one."""
    policies = is_policy_trial(data)
    fixed = data[(data[names.BASELINE] != "") & ~policies].groupby(names.BASELINE, sort=False)
    traces = [_points(rows, x, y, str(name), ORANGE, MARKS[i % len(MARKS)], 13) for i, (name, rows) in enumerate(fixed)]
    return traces + ([_points(data[policies], x, y, "adaptive policies", GREEN, "star", 11)] if policies.any() else [])


def _points(rows: pd.DataFrame, x: str, y: str, name: str, colour: str, mark: str, size: int) -> go.Scatter:
    return go.Scatter(
        x=rows[x].tolist(),
        y=rows[y].tolist(),
        mode="markers",
        name=inert(name),
        text=rows["text"].tolist(),
        customdata=rows[names.TRIAL].tolist(),
        hovertemplate="%{text}<extra></extra>",
        marker={"color": colour, "symbol": mark, "size": size, "line": {"width": 1, "color": "white"}},
    )


def _axis_range(data: pd.DataFrame, column: str) -> list[float] | None:
    """The range of the candidates' values. A baseline that leaves an output untrained would squash all other points."""
    values = data.loc[~data[names.BASELINE].str.startswith(names.SINGLE_PREFIX), column]
    if values.empty:
        return None
    low, high = float(values.quantile(0.1)), float(values.max())
    focused = data.loc[data[names.FRONT], column]
    low, high = min(low, float(focused.min())), max(high, float(focused.max()))
    margin = 0.06 * (high - low) or 0.05
    return [low - margin, high + margin]
