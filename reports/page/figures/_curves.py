"""The picture of the objectives after every epoch, and its data."""

from __future__ import annotations

from typing import Any

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from reports.page.figures._style import BLUE, ORANGE, axis_title, inert, styled
from reports.ranking import is_policy_trial
from search_spaces import names


def curves_data(history: pd.DataFrame, ranking: pd.DataFrame, most: int = 8) -> pd.DataFrame:
    """The objectives after every epoch, for the front and the baselines with fixed weights.

    Args:
        history: Values after every epoch, as `reports.history_frame` gives them.
        ranking: Ranking table, as `reports.rank` gives it.
        most: Largest number of trials of the front; those with the largest hypervolume contribution are taken.

    Returns:
        Columns: trial, name (the baseline's name, or "trial" and its number), baseline (bool), epoch, objective, value.
    """
    front = ranking[ranking[names.FRONT] & (ranking[names.BASELINE] == "")]
    front = front.sort_values(names.HYPERVOLUME_CONTRIBUTION, ascending=False, kind="stable").head(most)
    fixed = ranking[(ranking[names.BASELINE] != "") & ~is_policy_trial(ranking)]
    shown = pd.concat([front, fixed])
    titles = {
        int(trial): str(baseline) or f"trial {trial}"
        for trial, baseline in zip(shown[names.TRIAL], shown[names.BASELINE], strict=True)
    }
    rows = history[history[names.TRIAL].isin(list(titles))]
    rows = rows.assign(name=rows[names.TRIAL].map(titles), baseline=rows[names.TRIAL].isin(fixed[names.TRIAL]))
    return rows[[names.TRIAL, "name", "baseline", "epoch", names.OBJECTIVE, "value"]].reset_index(drop=True)


def curves_figure(data: pd.DataFrame, objectives: list[dict[str, Any]]) -> go.Figure:
    """Draws the curves of `curves_data`, the objectives side by side.

    Args:
        data: Curves, as `curves_data` gives them.
        objectives: The study's objectives, one panel each.
    """
    figure = make_subplots(cols=len(objectives), subplot_titles=[axis_title(objective) for objective in objectives])
    for column, objective in enumerate(objectives, start=1):
        own = data[data[names.OBJECTIVE] == objective["name"]]
        for name, rows in own.groupby("name", sort=False):
            figure.add_trace(_curve(inert(str(name)), rows), row=1, col=column)
        figure.update_xaxes(title="epoch", row=1, col=column)
    return styled(figure, 380)


def _curve(name: str, rows: pd.DataFrame) -> go.Scatter:
    colour, dash = (ORANGE, "dot") if rows["baseline"].iloc[0] else (BLUE, "solid")
    return go.Scatter(
        x=rows["epoch"].tolist(),
        y=[None if value != value else value for value in rows["value"]],
        name=name,
        mode="lines+markers",
        line={"color": colour, "width": 1.5, "dash": dash},
        marker={"size": 5},
        showlegend=False,
        hovertemplate=f"{name}<br>epoch %{{x}}: %{{y:.4f}}<extra></extra>",
    )
