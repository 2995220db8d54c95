"""The picture of several studies' fronts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from reports.page.figures._style import COLOURS, MARKS, axis_title, inert, step_shape, styled
from search_spaces import names


def compared_figure(fronts: Sequence[pd.DataFrame], labels: Sequence[str], objectives: list[dict[str, Any]]) -> go.Figure:
    """Draws the fronts of several studies of two objectives.

    Args:
        fronts: For each study the rows of its ranking that are on the front.
        labels: Names of the studies, for the legend.
        objectives: The objectives, the same ones for all studies.
    """
    x, y = (objective["name"] for objective in objectives)
    figure = go.Figure()
    for at, (front, label) in enumerate(zip(fronts, labels, strict=True)):
        rows = front.sort_values(x)
        figure.add_trace(
            go.Scatter(
                x=rows[x].tolist(),
                y=rows[y].tolist(),
                text=[f"trial {trial}" for trial in rows[names.TRIAL]],
                name=inert(label),
                mode="lines+markers",
                line={"color": COLOURS[at % len(COLOURS)], "width": 1.5, "shape": step_shape(objectives)},
                marker={"size": 9, "symbol": MARKS[at % len(MARKS)]},
            )
        )
    figure.update_xaxes(title=axis_title(objectives[0]))
    figure.update_yaxes(title=axis_title(objectives[1]))
    return styled(figure, 520)
