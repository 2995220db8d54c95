"""The picture of how much each parameter matters."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from reports.page.figures._style import COLOURS, inert, styled
from search_spaces import names


def importances_figure(data: pd.DataFrame) -> go.Figure:
    """Draws the table of `importances`: a bar for each parameter and objective.

    Args:
        data: Table of importances, as `reports.importances` gives it.
    """
    figure = go.Figure()
    for at, (objective, rows) in enumerate(data.groupby(names.OBJECTIVE, sort=False)):
        figure.add_trace(
            go.Bar(
                x=rows[names.IMPORTANCE].tolist(),
                y=[inert(parameter) for parameter in rows[names.PARAMETER]],
                name=inert(str(objective)),
                orientation="h",
                marker={"color": COLOURS[at % len(COLOURS)]},
                hovertemplate="%{y}: %{x:.1%}<extra>%{fullData.name}</extra>",
            )
        )
    figure.update_yaxes(autorange="reversed", automargin=True)
    figure.update_xaxes(title="importance", tickformat=".0%", rangemode="tozero")
    return styled(figure, 220 + 22 * len(data))
