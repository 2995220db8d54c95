"""Colours, axes and texts that all pictures share."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

BLUE, ORANGE, GREY, GREEN = "#0072b2", "#d55e00", "#8a8a8a", "#009e73"  # distinct for colour-blind readers (Okabe and Ito)
COLOURS = [BLUE, ORANGE, GREEN, "#cc79a7", "#e69f00", "#56b4e9"]
MARKS = ["diamond", "square", "triangle-up", "triangle-down", "cross", "x"]


def styled(figure: go.Figure, height: int) -> go.Figure:
    """Gives a figure its layout: transparent and grey, so that it can be read on a light and on a dark page."""
    figure.update_layout(
        template="none",
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"color": GREY, "size": 14},
        legend={"orientation": "h", "y": 1.08},
        margin={"l": 70, "r": 20, "t": 50, "b": 60},
        height=height,
    )
    figure.update_xaxes(gridcolor="rgba(138,138,138,0.25)", zeroline=False)
    figure.update_yaxes(gridcolor="rgba(138,138,138,0.25)", zeroline=False)
    return figure


def axis_title(objective: dict[str, Any], between: str = " ") -> str:
    """Name of an objective with its direction."""
    better = "more is better" if objective["direction"] == "max" else "less is better"
    return f"{inert(objective['name'])}{between}({better})"


def step_shape(objectives: list[dict[str, Any]]) -> str:
    """Shape of the line along a front. The corner of a step lies where both neighbours would dominate a trial."""
    return "vh" if objectives[0]["direction"] == "max" else "hv"


def inert(text: str) -> str:
    """A name as text that Plotly, which reads some HTML, shows as it is."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
