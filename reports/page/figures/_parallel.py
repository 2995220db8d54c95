"""The picture of the front as parallel coordinates."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from reports.page.figures._style import BLUE, axis_title, styled
from search_spaces import names


def parallel_figure(data: pd.DataFrame) -> go.Figure:
    """Draws one line for each candidate on the front. Each objective has its own scale, on which higher is better.

    Args:
        data: Table of points, as `front_data` gives it.

    Example:
        >>> import reports
        >>> figure = parallel_figure(reports.front_data(reports.rank(study)))
        >>> figure.data[0].customdata, figure.data[0].y
        ((4, 4, None), (0.5, 0.5, None))
    """
    objectives, front = data.attrs["objectives"], data[data[names.FRONT]]
    heights = pd.DataFrame({o["name"]: _heights(front[o["name"]], o["direction"]) for o in objectives})
    figure = go.Figure(
        go.Scatter(
            x=_with_gaps([range(len(objectives))] * len(front)),
            y=_with_gaps(heights.itertuples(index=False)),
            text=_with_gaps([text] * len(objectives) for text in front["text"]),
            customdata=_with_gaps([trial] * len(objectives) for trial in front[names.TRIAL].tolist()),
            mode="lines+markers",
            line={"color": BLUE, "width": 1.5},
            marker={"size": 7},
            hovertemplate="%{text}<extra></extra>",
        )
    )
    labels = [axis_title(objective, between="<br>") for objective in objectives]
    figure = styled(figure, 420)
    figure.update_xaxes(tickvals=list(range(len(labels))), ticktext=labels, range=[-0.3, len(labels) - 0.7], tickfont_size=12)
    figure.update_yaxes(visible=False, range=[-0.15, 1.15])
    return figure.update_layout(annotations=_ends(front, objectives), margin={"l": 20, "b": 80})


def _heights(values: pd.Series, direction: str) -> pd.Series:
    """Values from 0, the worst of the front, to 1, the best; 0.5 where all are equal."""
    low, high = values.min(), values.max()
    share = (values - low) / (high - low) if high > low else values * 0 + 0.5
    return share if direction == "max" else 1 - share


def _with_gaps(lines: Iterable[Iterable[Any]]) -> list[Any]:
    """The points of all lines one after another; None ends a line."""
    return [point for line in lines for point in (*line, None)]


def _ends(front: pd.DataFrame, objectives: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The worst and the best value of each objective, below and above its axis."""
    notes = []
    for at, objective in enumerate(objectives):
        low, high = front[objective["name"]].min(), front[objective["name"]].max()
        worst, best = (low, high) if objective["direction"] == "max" else (high, low)
        notes += [{"x": at, "y": y, "text": f"{value:.4g}", "showarrow": False} for y, value in ((-0.09, worst), (1.09, best))]
    return notes
