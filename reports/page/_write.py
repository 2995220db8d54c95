"""The report folder: tables, pictures and the page."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from reports._columns import describe_columns
from reports._pick import pick
from reports.confirmation import Confirmation, confirmation
from reports.page._page import report_page
from reports.ranking import (
    choice_effects,
    compromise,
    history_frame,
    hypervolume_history,
    importances,
    policy_table,
    rank,
    study_frame,
    weight_effects,
)
from search_spaces import names, write_atomically

if TYPE_CHECKING:
    import optuna

_SHEET_ROWS = 1_048_575
"""What a sheet holds, below its header."""


def write_report(
    study: optuna.Study,
    folder: str | os.PathLike[str],
    prefer: Mapping[str, float] | None = None,
    require: Mapping[str, float] | None = None,
) -> Path:
    """Writes everything there is to read about a study, finished or running.

    `report.html`; `ranking.md` for a pull request; each of the tables below as `.csv` and `.parquet`, those that have
    rows; `columns.md`, which documents them all; and, where XlsxWriter is installed, `ranking.xlsx` with a sheet for each. Each
    file is whole or not there at all.

    Tables: `ranking`, `front` (its rows on the front), `history` (every epoch), `compromise` (what the pick gives up),
    `hypervolume` (how the front grew), `weights`, `choices` and `importances` (what each parameter does), `policies` (weighting
    policies), `replicates`, `intervals` and `finalists` (what `confirm` found).

    Args:
        study: A study that loss-weight-tuner ran.
        folder: Made if needed.
        prefer: By which the pick is chosen, as for `choose`.
        require: By which the pick is chosen, as for `choose`.

    Returns:
        The folder.

    Raises:
        InputError: Unknown names in `prefer` or `require`; or there are no replicates, and no trial meets what is required.
    """
    target, made = Path(folder), _gather(study, prefer, require)
    target.mkdir(parents=True, exist_ok=True)
    for name, table in made.tables.items():
        write_atomically(target / f"{name}.csv", partial(table.to_csv, index=False))
        write_atomically(target / f"{name}.parquet", partial(without_attrs(table).to_parquet, index=False))
    write_atomically(target / "ranking.md", markdown(made.ranking))
    write_atomically(target / "columns.md", _column_lists(made.tables))
    if find_spec("xlsxwriter"):
        write_atomically(target / "ranking.xlsx", partial(_write_workbook, made.tables))
    write_atomically(target / "report.html", report_page(study, *made))
    return target


def report_html(
    study: optuna.Study, prefer: Mapping[str, float] | None = None, require: Mapping[str, float] | None = None
) -> str:
    """The page of `write_report` as text, of a study as it stands now.

    Args:
        study: A study that loss-weight-tuner ran.
        prefer: As for `write_report`.
        require: As for `write_report`.
    """
    return report_page(study, *_gather(study, prefer, require))


class _Gathered(NamedTuple):
    """What `report_page` takes."""

    ranking: pd.DataFrame
    trial: int | None
    tables: dict[str, pd.DataFrame]
    told: Confirmation | None


def _gather(study: optuna.Study, prefer: Mapping[str, float] | None, require: Mapping[str, float] | None) -> _Gathered:
    frame = study_frame(study)
    ranking, told = rank(frame), confirmation(frame, prefer, require)
    if told is None:
        trial = int(pick(ranking, prefer, require)[names.TRIAL]) if ranking[names.RANK].notna().any() else None
    else:
        trial = _top(ranking) if told.trial is None else told.trial
    return _Gathered(ranking, trial, _tables(study, ranking, trial, told), told)


def _tables(study: optuna.Study, ranking: pd.DataFrame, trial: int | None, told: Confirmation | None) -> dict[str, pd.DataFrame]:
    """Every table of the report by its name: the ranking, and those of the others that have rows."""
    made = {"front": ranking[ranking[names.FRONT]], "history": history_frame(study)}
    if trial is not None:
        made |= {"compromise": compromise(ranking, trial), "hypervolume": hypervolume_history(ranking)}
    made |= {"weights": weight_effects(ranking), "choices": choice_effects(ranking)}
    made |= {"importances": importances(study, ranking), "policies": policy_table(ranking)}
    made |= {} if told is None else told.tables
    return {"ranking": ranking} | {name: table for name, table in made.items() if len(table)}


def _write_workbook(tables: Mapping[str, pd.DataFrame], path: Path) -> None:
    """One sheet for each table, and one that documents their columns; names are texts, never formulas or links."""
    options = {"strings_to_formulas": False, "strings_to_urls": False, "nan_inf_to_errors": True}
    with pd.ExcelWriter(path, engine="xlsxwriter", engine_kwargs={"options": options}) as book:
        for name, table in {**tables, "columns": _documented(tables)}.items():
            table.head(_SHEET_ROWS).to_excel(book, sheet_name=name, index=False, freeze_panes=(1, 0))
            book.sheets[name].autofit()


def _documented(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    rows = [(name, *line) for name, table in tables.items() for line in describe_columns(table).items()]
    return pd.DataFrame(rows, columns=["table", "column", "meaning"])


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
    for name, rows in _documented(tables).groupby("table", sort=False):
        lines = [f"- `{column}`: {meaning}" for column, meaning in zip(rows["column"], rows["meaning"], strict=True)]
        parts.append(f"# Columns of {name}\n\n" + "\n".join(lines) + "\n")
    return "\n".join(parts)


def _top(ranking: pd.DataFrame) -> int | None:
    ranked = ranking[ranking[names.RANK].notna()]
    return None if ranked.empty else int(ranked.iloc[0][names.TRIAL])
