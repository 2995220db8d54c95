"""The report folder: tables, pictures and the page."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from reports._columns import describe_columns
from reports._pick import pick
from reports.confirmation import ConfirmationSection, confirmation_section
from reports.page._cells import cell_text
from reports.page._csv import write_csv
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
"""Number of rows that a sheet can hold below its header."""


def write_report(
    study: optuna.Study,
    folder: str | os.PathLike[str],
    prefer: Mapping[str, float] | None = None,
    require: Mapping[str, float] | None = None,
) -> Path:
    """Writes the report on a study, finished or running.

    `report.html`; `ranking.md` for a pull request; each of the tables below as `.csv` and `.parquet`, those that have
    rows; `columns.md`, which documents them all; and, where XlsxWriter is installed, `ranking.xlsx` with a sheet for each. Each
    file is replaced as a whole, never half written.

    Tables: `ranking`, `front` (its rows on the front), `history` (every epoch), `compromise` (what the pick gives up),
    `hypervolume` (how the front grew), `weights`, `choices` and `importances` (what each parameter does), `policies` (weighting
    policies), `replicates`, `intervals` and `finalists` (results of `confirm`).

    Args:
        study: A study that loss-weight-tuner ran.
        folder: Where the files are written; created if needed.
        prefer: Importance of each output (or objective), by which the pick is chosen.
        require: The value that each output (or objective) must reach, by which the pick is chosen.

    Returns:
        The folder.

    Raises:
        InputError: Unknown names in `prefer` or `require`; or there are no replicates, and no trial meets what is required.

    Example:
        >>> import reports
        >>> path = reports.write_report(study, folder / "report")
        >>> sorted(file.name for file in path.glob("r*.csv"))
        ['ranking.csv', 'replicates.csv']
    """
    target, contents = Path(folder), _contents(study, prefer, require)
    target.mkdir(parents=True, exist_ok=True)
    for name, table in contents.tables.items():
        write_atomically(target / f"{name}.csv", partial(write_csv, table))
        write_atomically(target / f"{name}.parquet", partial(without_attrs(table).to_parquet, index=False))
    write_atomically(target / "ranking.md", markdown(contents.ranking))
    write_atomically(target / "columns.md", _columns_markdown(contents.tables))
    if find_spec("xlsxwriter"):
        write_atomically(target / "ranking.xlsx", partial(_write_workbook, contents.tables))
    write_atomically(target / "report.html", report_page(study, *contents))
    return target


def report_html(
    study: optuna.Study, prefer: Mapping[str, float] | None = None, require: Mapping[str, float] | None = None
) -> str:
    """The page of `write_report` as text.

    Args:
        study: A study that loss-weight-tuner ran, finished or running.
        prefer: Importance of each output (or objective), by which the pick is chosen.
        require: The value that each output (or objective) must reach, by which the pick is chosen.

    Example:
        >>> import reports
        >>> reports.report_html(study).splitlines()[0]
        '<!doctype html>'
    """
    return report_page(study, *_contents(study, prefer, require))


class _Contents(NamedTuple):
    """The arguments of `report_page` after the study."""

    ranking: pd.DataFrame
    trial: int | None
    tables: dict[str, pd.DataFrame]
    section: ConfirmationSection | None


def _contents(study: optuna.Study, prefer: Mapping[str, float] | None, require: Mapping[str, float] | None) -> _Contents:
    frame = study_frame(study)
    ranking, section = rank(frame), confirmation_section(frame, prefer, require)
    if section is None:
        trial = int(pick(ranking, prefer, require)[names.TRIAL]) if ranking[names.RANK].notna().any() else None
    else:
        trial = _first_ranked(ranking) if section.trial is None else section.trial
    return _Contents(ranking, trial, _tables(study, ranking, trial, section), section)


def _tables(
    study: optuna.Study, ranking: pd.DataFrame, trial: int | None, section: ConfirmationSection | None
) -> dict[str, pd.DataFrame]:
    """Every table of the report by its name: the ranking, and those of the others that have rows."""
    tables = {"front": ranking[ranking[names.FRONT]], "history": history_frame(study)}
    if trial is not None:
        tables |= {"compromise": compromise(ranking, trial), "hypervolume": hypervolume_history(ranking)}
    tables |= {"weights": weight_effects(ranking), "choices": choice_effects(ranking)}
    tables |= {"importances": importances(study, ranking), "policies": policy_table(ranking)}
    tables |= {} if section is None else section.tables
    return {"ranking": ranking} | {name: table for name, table in tables.items() if len(table)}


def _write_workbook(tables: Mapping[str, pd.DataFrame], path: Path) -> None:
    """Writes one sheet for each table, and one that documents their columns. Names stay text, never formulas or links."""
    options = {"strings_to_formulas": False, "strings_to_urls": False, "nan_inf_to_errors": True}
    with pd.ExcelWriter(path, engine="xlsxwriter", engine_kwargs={"options": options}) as book:
        for name, table in {**tables, "columns": _column_meanings(tables)}.items():
            table.head(_SHEET_ROWS).to_excel(book, sheet_name=name, index=False, freeze_panes=(1, 0))
            book.sheets[name].autofit()


def _column_meanings(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    rows = [(name, *line) for name, table in tables.items() for line in describe_columns(table).items()]
    return pd.DataFrame(rows, columns=["table", "column", "meaning"])


def markdown(ranking: pd.DataFrame) -> str:
    """A table as Markdown, with numbers rounded to four significant digits.

    Args:
        ranking: Ranking table, as `reports.rank` gives it, or some of its rows and columns.

    Example:
        >>> import reports
        >>> print(reports.markdown(reports.rank(study)[["rank", "trial", "urgent/auc"]].head(2)))
        | rank | trial | urgent/auc |
        | --- | --- | --- |
        | 1 | 4 | 0.9912 |
        | 2 | 9 | 0.8042 |
    """
    header = [_markdown_cell(column) for column in ranking.columns]
    rows = [[_markdown_cell(value) for value in row] for row in ranking.itertuples(index=False, name=None)]
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def without_attrs(frame: pd.DataFrame) -> pd.DataFrame:
    """A copy of the table without `attrs`; mixed hyperparameter columns become text, which Parquet can hold."""
    plain = frame.copy()
    plain.attrs = {}
    for column in plain.columns:
        if column.startswith(names.HYPERPARAMETER_PREFIX) and plain[column].map(type).nunique() > 1:
            plain[column] = plain[column].astype("string")
    return plain


def _markdown_cell(value: object) -> str:
    text = cell_text(value)
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").splitlines()[0] if text else ""


def _columns_markdown(tables: Mapping[str, pd.DataFrame]) -> str:
    parts = []
    for name, rows in _column_meanings(tables).groupby("table", sort=False):
        lines = [f"- `{column}`: {meaning}" for column, meaning in zip(rows["column"], rows["meaning"], strict=True)]
        parts.append(f"# Columns of {name}\n\n" + "\n".join(lines) + "\n")
    return "\n".join(parts)


def _first_ranked(ranking: pd.DataFrame) -> int | None:
    ranked = ranking[ranking[names.RANK].notna()]
    return None if ranked.empty else int(ranked.iloc[0][names.TRIAL])
