"""The picture of the front: its data first, then a thin drawing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from reports.ranking import of_policies, one_of_each_policy, searched
from search_spaces import names

SHOWN = "shown above"
"""Name of the trace that the page moves to the configuration it shows."""

_BLUE, _ORANGE, _GREY, _GREEN = "#0072b2", "#d55e00", "#8a8a8a", "#009e73"  # distinct for colour-blind readers (Okabe and Ito)
_MOST_POINTS = 1000
_SEVERAL = [_BLUE, _ORANGE, _GREEN, "#cc79a7", "#e69f00", "#56b4e9"]
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
    return _dressed(figure, 520)


def compared_figure(fronts: Sequence[pd.DataFrame], labels: Sequence[str], objectives: list[dict[str, Any]]) -> go.Figure:
    """Draws the fronts of several studies of two objectives.

    Args:
        fronts: Rows of rankings.
        labels: Of the studies.
        objectives: Of all of them.
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
                name=_inert(label),
                mode="lines+markers",
                line={"color": _SEVERAL[at % len(_SEVERAL)], "width": 1.5, "shape": _step(objectives)},
                marker={"size": 9, "symbol": _MARKS[at % len(_MARKS)]},
            )
        )
    figure.update_xaxes(title=_axis(objectives[0]))
    figure.update_yaxes(title=_axis(objectives[1]))
    return _dressed(figure, 520)


def parallel_figure(data: pd.DataFrame) -> go.Figure:
    """Draws what `front_data` gives as parallel coordinates, one line for each candidate on the front.

    Args:
        data: Of `front_data`.
    """
    front = data[data[names.FRONT]]
    dimensions = [{"label": _axis(o), "values": front[o["name"]].tolist()} for o in data.attrs["objectives"]]
    return _dressed(go.Figure(go.Parcoords(dimensions=dimensions, line={"color": _BLUE})), 420)


def curves_data(history: pd.DataFrame, ranking: pd.DataFrame, most: int = 8) -> pd.DataFrame:
    """The objectives after every epoch, of the front and the baselines of fixed weights.

    Args:
        history: Of `history_frame`.
        ranking: Of `rank`.
        most: Number of trials of the front, by hypervolume contribution.

    Returns:
        Columns: trial, name (of the baseline, or of the trial), baseline (bool), epoch, objective, value.
    """
    front = ranking[ranking[names.FRONT] & (ranking[names.BASELINE] == "")]
    front = front.sort_values(names.HYPERVOLUME_CONTRIBUTION, ascending=False, kind="stable").head(most)
    fixed = ranking[(ranking[names.BASELINE] != "") & ~of_policies(ranking)]
    shown = pd.concat([front, fixed])
    titles = {
        int(trial): str(baseline) or f"trial {trial}"
        for trial, baseline in zip(shown[names.TRIAL], shown[names.BASELINE], strict=True)
    }
    rows = history[history[names.TRIAL].isin(list(titles))]
    rows = rows.assign(name=rows[names.TRIAL].map(titles), baseline=rows[names.TRIAL].isin(fixed[names.TRIAL]))
    return rows[[names.TRIAL, "name", "baseline", "epoch", names.OBJECTIVE, "value"]].reset_index(drop=True)


def curves_figure(data: pd.DataFrame, objectives: list[dict[str, Any]]) -> go.Figure:
    """Draws what `curves_data` gives, the objectives side by side.

    Args:
        data: Of `curves_data`.
        objectives: Of the study.
    """
    figure = make_subplots(cols=len(objectives), subplot_titles=[_axis(objective) for objective in objectives])
    for column, objective in enumerate(objectives, start=1):
        own = data[data[names.OBJECTIVE] == objective["name"]]
        for name, rows in own.groupby("name", sort=False):
            colour = _ORANGE if rows["baseline"].iloc[0] else _BLUE
            line = go.Scatter(
                x=rows["epoch"].tolist(),
                y=[None if value != value else value for value in rows["value"]],
                name=_inert(str(name)),
                mode="lines+markers",
                line={"color": colour, "width": 1.5, "dash": "dot" if rows["baseline"].iloc[0] else "solid"},
                marker={"size": 5},
                showlegend=False,
                hovertemplate=f"{_inert(str(name))}<br>epoch %{{x}}: %{{y:.4f}}<extra></extra>",
            )
            figure.add_trace(line, row=1, col=column)
        figure.update_xaxes(title="epoch", row=1, col=column)
    return _dressed(figure, 380)


def weights_data(ranking: pd.DataFrame) -> pd.DataFrame:
    """The points behind `weight_effects`.

    Args:
        ranking: Of `rank`.

    Returns:
        trial, one column per share and per objective; of more than 1,000 searched trials every so many, by their numbers.
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
        data: Of `weights_data`.
        trend: Of `weight_effects`.
    """
    outputs, objectives = data.attrs["outputs"], data.attrs["objectives"]
    figure = make_subplots(rows=len(objectives), cols=len(outputs), shared_xaxes=True, shared_yaxes=True)
    for row, objective in enumerate(objectives, start=1):
        name = objective["name"]
        for column, output in enumerate(outputs, start=1):
            points = go.Scatter(
                x=data[names.share(output)].round(4).tolist(),
                y=[float(f"{value:.5g}") for value in data[name]],
                customdata=data[names.TRIAL].tolist(),
                mode="markers",
                marker={"color": _GREY, "size": 4, "opacity": 0.6},
                hovertemplate="trial %{customdata}<br>share %{x}: %{y}<extra></extra>",
                showlegend=False,
            )
            own = trend[(trend[names.OUTPUT] == output) & (trend[names.OBJECTIVE] == name)]
            line = go.Scatter(
                x=own[names.SHARE].tolist(),
                y=own[names.MEDIAN].tolist(),
                mode="lines+markers",
                line={"color": _BLUE, "width": 2},
                marker={"size": 5},
                hovertemplate="median at share %{x:.3f}: %{y:.4g}<extra></extra>",
                showlegend=False,
            )
            figure.add_trace(points, row=row, col=column)
            figure.add_trace(line, row=row, col=column)
            figure.update_yaxes(range=_around(data[name], own[names.MEDIAN]), row=row, col=column)
            figure.update_xaxes(title=_inert(f"share of {output}") if row == len(objectives) else None, row=row, col=column)
        figure.update_yaxes(title=_axis(objective, between="<br>"), row=row, col=1)
    return _dressed(figure, 260 * len(objectives) + 60)


def importances_figure(data: pd.DataFrame) -> go.Figure:
    """Draws what `importances` gives: a bar for each parameter and objective.

    Args:
        data: Of `importances`.
    """
    figure = go.Figure()
    for at, (objective, rows) in enumerate(data.groupby(names.OBJECTIVE, sort=False)):
        figure.add_trace(
            go.Bar(
                x=rows[names.IMPORTANCE].tolist(),
                y=[_inert(parameter) for parameter in rows[names.PARAMETER]],
                name=_inert(str(objective)),
                orientation="h",
                marker={"color": _SEVERAL[at % len(_SEVERAL)]},
                hovertemplate="%{y}: %{x:.1%}<extra>%{fullData.name}</extra>",
            )
        )
    figure.update_yaxes(autorange="reversed", automargin=True)
    figure.update_xaxes(title="importance", tickformat=".0%", rangemode="tozero")
    return _dressed(figure, 220 + 22 * len(data))


def hypervolume_figure(data: pd.DataFrame) -> go.Figure:
    """Draws what `hypervolume_history` gives.

    Args:
        data: Of `hypervolume_history`.
    """
    line = {"color": _BLUE, "width": 2, "shape": "hv"}
    figure = go.Figure(go.Scatter(x=data[names.TRIAL].tolist(), y=data[names.HYPERVOLUME].tolist(), mode="lines", line=line))
    figure.update_xaxes(title="trial")
    figure.update_yaxes(title="hypervolume")
    return _dressed(figure, 320)


def _dressed(figure: go.Figure, height: int) -> go.Figure:
    """No colours of its own but those of the marks, so that it is right on light and dark paper."""
    figure.update_layout(
        template="none",
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"color": _GREY, "size": 14},
        legend={"orientation": "h", "y": 1.08},
        margin={"l": 70, "r": 20, "t": 50, "b": 60},
        height=height,
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
    policies = of_policies(data)
    for i, (name, rows) in enumerate(data[(data[names.BASELINE] != "") & ~policies].groupby(names.BASELINE, sort=False)):
        figure.add_trace(_points(rows, x, y, str(name), _ORANGE, _MARKS[i % len(_MARKS)], 13))
    if policies.any():
        figure.add_trace(_points(data[policies], x, y, "adaptive policies", _GREEN, "star", 11))
    ring = {"color": "rgba(0,0,0,0)", "size": 22, "line": {"width": 3, "color": _BLUE}}
    figure.add_trace(go.Scatter(x=[], y=[], mode="markers", name=SHOWN, marker=ring, hoverinfo="skip"))
    for update, objective in ((figure.update_xaxes, objectives[0]), (figure.update_yaxes, objectives[1])):
        update(title=_axis(objective), range=_range(data, objective["name"]))
    return figure


def _matrix(data: pd.DataFrame, objectives: list[dict[str, Any]]) -> go.Figure:
    dimensions = [{"label": _axis(o), "values": data[o["name"]].tolist()} for o in objectives]
    colours = np.where(data[names.BASELINE] != "", _ORANGE, np.where(data[names.FRONT], _BLUE, _GREY)).tolist()
    marker = {"color": colours, "size": 6}
    trials = data[names.TRIAL].tolist()
    return go.Figure(
        go.Splom(dimensions=dimensions, text=data["text"].tolist(), customdata=trials, marker=marker, hoverinfo="text")
    )


def _points(rows: pd.DataFrame, x: str, y: str, name: str, colour: str, mark: str, size: int) -> go.Scatter:
    return go.Scatter(
        x=rows[x].tolist(),
        y=rows[y].tolist(),
        mode="markers",
        name=_inert(name),
        text=rows["text"].tolist(),
        customdata=rows[names.TRIAL].tolist(),
        hovertemplate="%{text}<extra></extra>",
        marker={"color": colour, "symbol": mark, "size": size, "line": {"width": 1, "color": "white"}},
    )


def _step(objectives: list[dict[str, Any]]) -> str:
    """The corner of each step lies where a trial would be that both neighbours dominate."""
    return "vh" if objectives[0]["direction"] == "max" else "hv"


def _axis(objective: dict[str, Any], between: str = " ") -> str:
    better = "more is better" if objective["direction"] == "max" else "less is better"
    return f"{_inert(objective['name'])}{between}({better})"


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


def _around(values: pd.Series, trend: pd.Series) -> list[float] | None:
    """Leaves out the worst few trials on either side, which would squash the rest, but not the trend."""
    low, high = min(float(values.quantile(0.05)), float(trend.min())), max(float(values.quantile(0.95)), float(trend.max()))
    margin = 0.1 * (high - low)
    return [low - margin, high + margin] if margin > 0 else None


def _text(row: dict[Any, Any], columns: list[str], weights: list[str]) -> str:
    title = f"trial {row[names.TRIAL]} {row[names.BASELINE]}".strip()
    lines = [f"{column}: {row[column]:.4f}" for column in columns]
    lines += [f"{weight}: {row[weight]:.4g}" for weight in weights if row[weight] == row[weight]]
    lines.append(f"{names.LEARNING_RATE}: {row[names.LEARNING_RATE]:.3g}")
    return "<br>".join(_inert(line) for line in [title, *lines])


def _inert(text: str) -> str:
    """Plotly reads a little HTML in its texts; names are data."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
