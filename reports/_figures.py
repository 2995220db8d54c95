"""The picture of the front: its data first, then a thin drawing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from reports._policies import one_of_each_policy
from search_spaces import names

_BLUE, _ORANGE, _GREY = "#0072b2", "#d55e00", "#8a8a8a"  # distinct for colour-blind readers (Okabe and Ito)
_MARKS = ["diamond", "square", "triangle-up", "triangle-down", "cross", "x"]


def front_data(ranking: pd.DataFrame) -> pd.DataFrame:
    """What the picture of the front shows.

    Args:
        ranking: Of `rank`.

    Returns:
        One row per complete trial, of a weighting policy the best one alone: trial, baseline, front, one column per objective,
        and a text for the mouse. The objectives' names and directions are in `attrs["objectives"]`.
    """
    meta = ranking.attrs["study"]
    columns = [objective["name"] for objective in meta["objectives"]]
    ranking = one_of_each_policy(ranking)
    complete = ranking[ranking[names.STATE] == names.COMPLETE]
    data = complete[[names.TRIAL, names.BASELINE, names.FRONT, *columns]].reset_index(drop=True)
    weights = [names.weight(output) for output in meta["outputs"]]
    texts = [_text(row, columns, weights) for row in complete.to_dict("records")]
    data = data.assign(text=pd.Series(texts, dtype="object"))
    data.attrs = {"objectives": meta["objectives"]}
    return data


def front_figure(data: pd.DataFrame) -> go.Figure:
    """Draws what `front_data` gives: a scatter of two objectives, a matrix of scatters for more.

    Args:
        data: Of `front_data`.
    """
    objectives = data.attrs["objectives"]
    figure = _pair(data, objectives) if len(objectives) == 2 else _matrix(data, objectives)
    figure.update_layout(
        template="none",
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"color": _GREY, "size": 14},
        legend={"orientation": "h", "y": 1.08},
        margin={"l": 70, "r": 20, "t": 50, "b": 60},
        height=520,
    )
    figure.update_xaxes(gridcolor="rgba(138,138,138,0.25)", zeroline=False)
    figure.update_yaxes(gridcolor="rgba(138,138,138,0.25)", zeroline=False)
    return figure


def _pair(data: pd.DataFrame, objectives: list[dict[str, Any]]) -> go.Figure:
    x, y = (objective["name"] for objective in objectives)
    figure = go.Figure()
    searched = data[data[names.BASELINE] == ""]
    figure.add_trace(_points(searched[~searched[names.FRONT]], x, y, "trials", _GREY, "circle", 7))
    front = data[data[names.FRONT]].sort_values(x)
    steps = go.Scatter(
        x=front[x].tolist(),
        y=front[y].tolist(),
        mode="lines",
        line={"color": _BLUE, "width": 1.5, "shape": _step(objectives)},
        hoverinfo="skip",
        showlegend=False,
    )
    figure.add_trace(steps)
    figure.add_trace(_points(front, x, y, "front", _BLUE, "circle", 10))
    for i, (name, rows) in enumerate(data[data[names.BASELINE] != ""].groupby(names.BASELINE, sort=False)):
        figure.add_trace(_points(rows, x, y, str(name), _ORANGE, _MARKS[i % len(_MARKS)], 13))
    for update, objective in ((figure.update_xaxes, objectives[0]), (figure.update_yaxes, objectives[1])):
        update(title=_axis(objective), range=_range(data, objective["name"]))
    return figure


def _matrix(data: pd.DataFrame, objectives: list[dict[str, Any]]) -> go.Figure:
    dimensions = [{"label": _axis(o), "values": data[o["name"]].tolist()} for o in objectives]
    colours = np.where(data[names.BASELINE] != "", _ORANGE, np.where(data[names.FRONT], _BLUE, _GREY)).tolist()
    marker = {"color": colours, "size": 6}
    return go.Figure(go.Splom(dimensions=dimensions, text=data["text"].tolist(), marker=marker, hoverinfo="text"))


def _points(rows: pd.DataFrame, x: str, y: str, name: str, colour: str, mark: str, size: int) -> go.Scatter:
    return go.Scatter(
        x=rows[x].tolist(),
        y=rows[y].tolist(),
        mode="markers",
        name=_inert(name),
        text=rows["text"].tolist(),
        hovertemplate="%{text}<extra></extra>",
        marker={"color": colour, "symbol": mark, "size": size, "line": {"width": 1, "color": "white"}},
    )


def _step(objectives: list[dict[str, Any]]) -> str:
    """The corner of each step lies where a trial would be that both neighbours dominate."""
    return "vh" if objectives[0]["direction"] == "max" else "hv"


def _axis(objective: dict[str, Any]) -> str:
    better = "more is better" if objective["direction"] == "max" else "less is better"
    return f"{_inert(objective['name'])} ({better})"


def _range(data: pd.DataFrame, column: str) -> list[float] | None:
    """Around the candidates: a baseline that leaves an output untrained would squash the rest."""
    values = data.loc[~data[names.BASELINE].str.startswith(names.SINGLE_PREFIX), column]
    if values.empty:
        return None
    low, high = float(values.quantile(0.1)), float(values.max())
    focused = data.loc[data[names.FRONT], column]
    low, high = min(low, float(focused.min())), max(high, float(focused.max()))
    margin = 0.06 * (high - low) or 0.05
    return [low - margin, high + margin]


def _text(row: dict[Any, Any], columns: list[str], weights: list[str]) -> str:
    title = f"trial {row[names.TRIAL]} {row[names.BASELINE]}".strip()
    lines = [f"{column}: {row[column]:.4f}" for column in columns]
    lines += [f"{weight}: {row[weight]:.4g}" for weight in weights]
    lines.append(f"{names.LEARNING_RATE}: {row[names.LEARNING_RATE]:.3g}")
    return "<br>".join(_inert(line) for line in [title, *lines])


def _inert(text: str) -> str:
    """Plotly reads a little HTML in its texts; names are data."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
