"""The picture of three and more objectives: each pair of them as a scatter of its own."""

from __future__ import annotations

from typing import Any

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from reports.page.figures._style import BLUE, GREY, ORANGE, axis_title, styled
from search_spaces import names


def matrix_figure(data: pd.DataFrame) -> go.Figure:
    """Draws each pair of objectives, without repeating a pair.

    Args:
        data: Table of points, as `front_data` gives it.

    Example:
        >>> import reports
        >>> data = reports.front_data(reports.rank(study)).assign(third=0.0)
        >>> data.attrs["objectives"] = [*data.attrs["objectives"], {"name": "third", "direction": "max"}]
        >>> sorted({trace.name for trace in matrix_figure(data).data})
        ['baselines', 'front', 'trials']
    """
    objectives = data.attrs["objectives"]
    side = len(objectives) - 1
    specs: list[list[dict[str, Any] | None]] = [[{} if column <= row else None for column in range(side)] for row in range(side)]
    gap = 0.06 / side
    figure = make_subplots(
        side, side, specs=specs, shared_xaxes=True, shared_yaxes=True, horizontal_spacing=gap, vertical_spacing=gap
    )
    for row in range(side):
        for column in range(row + 1):
            _draw_panel(figure, data, objectives, row, column)
    figure = styled(figure, max(520, 170 * side + 110))
    figure.update_annotations(font_size=12)
    return figure.update_layout(font_size=12, margin_l=90)


def _draw_panel(figure: go.Figure, data: pd.DataFrame, objectives: list[dict[str, Any]], row: int, column: int) -> None:
    across, up, at = objectives[column], objectives[row + 1], {"row": row + 1, "col": column + 1}
    for name, colour, size, rows in _kinds(data):
        figure.add_trace(_points(rows, across["name"], up["name"], name, colour, size, row == column == 0), **at)
    if column == 0:
        figure.update_yaxes(title=axis_title(up, between="<br>"), **at)
    if row == len(objectives) - 2:
        figure.update_xaxes(title=axis_title(across, between="<br>"), **at)


def _kinds(data: pd.DataFrame) -> list[tuple[str, str, int, pd.DataFrame]]:
    """Name, colour, size and rows of each kind of point; the front is drawn last, above the others."""
    baseline, front = data[names.BASELINE] != "", data[names.FRONT]
    kinds = [
        ("trials", GREY, 6, data[~baseline & ~front]),
        ("baselines", ORANGE, 8, data[baseline]),
        ("front", BLUE, 8, data[~baseline & front]),
    ]
    return [kind for kind in kinds if len(kind[3])]


def _points(rows: pd.DataFrame, x: str, y: str, name: str, colour: str, size: int, in_legend: bool) -> go.Scatter:
    return go.Scatter(
        x=rows[x].tolist(),
        y=rows[y].tolist(),
        mode="markers",
        name=name,
        legendgroup=name,
        showlegend=in_legend,
        text=rows["text"].tolist(),
        customdata=rows[names.TRIAL].tolist(),
        hovertemplate="%{text}<extra></extra>",
        marker={"color": colour, "size": size, "line": {"width": 1, "color": "white"}},
    )
