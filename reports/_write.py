"""The report folder: tables, pictures and the page."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from reports._columns import describe_columns
from reports._compromise import compromise, hypervolume_history
from reports._confirmation import Confirmation, confirmation
from reports._frame import history_frame, study_frame
from reports._page import report_page
from reports._policies import policy_table
from reports._rank import rank
from reports._whole import whole
from search_spaces import names

if TYPE_CHECKING:
    import optuna


def write_report(
    study: optuna.Study,
    folder: str | os.PathLike[str],
    prefer: Mapping[str, float] | None = None,
    require: Mapping[str, float] | None = None,
) -> Path:
    """Writes everything there is to read about a study, finished or running.

    `ranking.csv`, `.parquet` and `.md`, `front.csv`, `compromise.csv` (what the pick gives up), `hypervolume.csv` (how the front
    grew), `history.parquet`, `columns.md`, which documents them, and `report.html`; where weighting policies
    were compared also `policies.csv`; where there are replicates also `replicates.csv` and `.parquet`, `intervals.csv` and
    `finalists.csv`. Each file is whole or not there at all.

    Args:
        study: A study that loss-weight-tuner ran.
        folder: Made if needed.
        prefer: By which the pick is chosen among the confirmed candidates.
        require: By which the pick is chosen among the confirmed candidates.

    Returns:
        The folder.
    """
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    frame = study_frame(study)
    ranking, told = rank(frame), confirmation(frame, prefer, require)
    trial = _top(ranking) if told is None or told.trial is None else told.trial
    whole(target / "ranking.csv", lambda path: ranking.to_csv(path, index=False))
    whole(target / "ranking.parquet", lambda path: without_attrs(ranking).to_parquet(path, index=False))
    whole(target / "ranking.md", _text(markdown(ranking)))
    tables = _tables(ranking, trial)
    for name, table in tables.items():
        whole(target / f"{name}.csv", partial(table.to_csv, index=False))
    whole(target / "front.csv", lambda path: ranking[ranking[names.FRONT]].to_csv(path, index=False))
    whole(target / "history.parquet", lambda path: history_frame(study).to_parquet(path, index=False))
    if told is not None:
        _write_confirmation(told, target)
    whole(
        target / "columns.md",
        _text(_column_lists({"ranking": ranking, **tables, **({} if told is None else told.tables)})),
    )
    whole(target / "report.html", _text(report_page(study, ranking, trial, tables, told)))
    return target


def _tables(ranking: pd.DataFrame, trial: int | None) -> dict[str, pd.DataFrame]:
    """The tables behind what the page says of the pick, the search and the rivals; those that have rows."""
    made = {"policies": policy_table(ranking)}
    if trial is not None:
        made |= {"compromise": compromise(ranking, trial), "hypervolume": hypervolume_history(ranking)}
    return {name: table for name, table in made.items() if len(table)}


def _write_confirmation(told: Confirmation, target: Path) -> None:
    for name, table in told.tables.items():
        whole(target / f"{name}.csv", partial(table.to_csv, index=False))
    whole(target / "replicates.parquet", lambda path: without_attrs(told.tables["replicates"]).to_parquet(path, index=False))


def markdown(ranking: pd.DataFrame) -> str:
    """The ranking as a Markdown table, numbers rounded to four significant digits."""
    header = [_cell(column) for column in ranking.columns]
    rows = [[_cell(value) for value in row] for row in ranking.itertuples(index=False, name=None)]
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def without_attrs(frame: pd.DataFrame) -> pd.DataFrame:
    """The table alone; mixed hyperparameter columns become text, which Parquet can hold."""
    plain = frame.copy()
    plain.attrs = {}
    for column in plain.columns:
        if column.startswith(names.HYPERPARAMETER_PREFIX) and plain[column].map(type).nunique() > 1:
            plain[column] = plain[column].astype("string")
    return plain


def _cell(value: Any) -> str:
    if value is None or value is pd.NA or (isinstance(value, float) and value != value):
        return ""
    if isinstance(value, bool):
        return "yes" if value else ""
    text = f"{value:.4g}" if isinstance(value, float) else str(value)
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").splitlines()[0] if text else ""


def _column_lists(tables: Mapping[str, pd.DataFrame]) -> str:
    parts = []
    for name, table in tables.items():
        lines = [f"- `{column}`: {sentence}" for column, sentence in describe_columns(table).items()]
        parts.append(f"# Columns of the {name}\n\n" + "\n".join(lines) + "\n")
    return "\n".join(parts)


def _text(content: str) -> Callable[[Path], Any]:
    return lambda path: path.write_text(content, encoding="utf-8")


def _top(ranking: pd.DataFrame) -> int | None:
    ranked = ranking[ranking[names.RANK].notna()]
    return None if ranked.empty else int(ranked.iloc[0][names.TRIAL])
