"""The picture of how the hypervolume grew."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from reports.page.figures._style import BLUE, styled
from search_spaces import names


def hypervolume_figure(data: pd.DataFrame) -> go.Figure:
    """Draws the table of `hypervolume_history` as a line.

    Args:
        data: Hypervolume after each trial, as `reports.hypervolume_history` gives it.
    """
    line = {"color": BLUE, "width": 2, "shape": "hv"}
    figure = go.Figure(go.Scatter(x=data[names.TRIAL].tolist(), y=data[names.HYPERVOLUME].tolist(), mode="lines", line=line))
    figure.update_xaxes(title="trial")
    figure.update_yaxes(title="hypervolume")
    return styled(figure, 320)
