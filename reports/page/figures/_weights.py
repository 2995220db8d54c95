"""The picture of each objective against each weight, and its data."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from reports.page.figures._style import BLUE, GREY, axis_title, inert, styled
from reports.ranking import searched
from search_spaces import names

_MOST_POINTS = 1000


def weights_data(ranking: pd.DataFrame) -> pd.DataFrame:
    """The points behind `weight_effects`.

    Args:
        ranking: Ranking table, as `reports.rank` gives it.

    Returns:
        Columns: trial, one per share, one per objective. At most 1,000 of the searched trials, evenly spaced by number.
    """
    meta, trials = ranking.attrs["study"], searched(ranking).sort_values(names.TRIAL)
    shown = trials.iloc[:: -(-len(trials) // _MOST_POINTS) or 1]
    columns = [names.TRIAL, *map(names.share, meta["outputs"]), *(o["name"] for o in meta["objectives"])]
    data = shown[columns].reset_index(drop=True)
    data.attrs = {"objectives": meta["objectives"], "outputs": meta["outputs"]}
    return data


def weights_figure(data: pd.DataFrame, trend: pd.DataFrame) -> go.Figure:
    """Draws each objective against the share of each output's weight, with its trend.

    Args:
        data: Table of points, as `weights_data` gives it.
        trend: Trend of each objective, as `reports.weight_effects` gives it.
    """
    outputs, objectives = data.attrs["outputs"], data.attrs["objectives"]
    figure = make_subplots(rows=len(objectives), cols=len(outputs), shared_xaxes=True, shared_yaxes=True)
    for row, objective in enumerate(objectives, start=1):
        name = objective["name"]
        for column, output in enumerate(outputs, start=1):
            own = trend[(trend[names.OUTPUT] == output) & (trend[names.OBJECTIVE] == name)]
            figure.add_trace(_points(data, output, name), row=row, col=column)
            figure.add_trace(_trend_line(own), row=row, col=column)
            figure.update_yaxes(range=_axis_range(data[name], own[names.MEDIAN]), row=row, col=column)
            figure.update_xaxes(title=inert(f"share of {output}") if row == len(objectives) else None, row=row, col=column)
        figure.update_yaxes(title=axis_title(objective, between="<br>"), row=row, col=1)
    return styled(figure, 260 * len(objectives) + 60)


def _points(data: pd.DataFrame, output: str, objective: str) -> go.Scatter:
    return go.Scatter(
        x=data[names.share(output)].round(4).tolist(),
        y=[float(f"{value:.5g}") for value in data[objective]],
        customdata=data[names.TRIAL].tolist(),
        mode="markers",
        marker={"color": GREY, "size": 4, "opacity": 0.6},
        hovertemplate="trial %{customdata}<br>share %{x}: %{y}<extra></extra>",
        showlegend=False,
    )


def _trend_line(trend: pd.DataFrame) -> go.Scatter:
    return go.Scatter(
        x=trend[names.SHARE].tolist(),
        y=trend[names.MEDIAN].tolist(),
        mode="lines+markers",
        line={"color": BLUE, "width": 2},
        marker={"size": 5},
        hovertemplate="median at share %{x:.3f}: %{y:.4g}<extra></extra>",
        showlegend=False,
    )


def _axis_range(values: pd.Series, trend: pd.Series) -> list[float] | None:
    """The range of the trend and of most values. The few extreme trials are left out, since they would squash the others."""
    low, high = min(float(values.quantile(0.05)), float(trend.min())), max(float(values.quantile(0.95)), float(trend.max()))
    margin = 0.1 * (high - low)
    return [low - margin, high + margin] if margin > 0 else None
