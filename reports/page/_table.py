"""A table of the page: its cells as text, and which of its columns are shown at first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pandas as pd

from reports._columns import describe_columns
from reports.page._cells import cell_text
from search_spaces import names

WIDE, NARROW = 1230, 330
"""Pixels that a table has on a screen of 1,400 and of 390 pixels."""

_CHARACTER, _PADDING, _LONGEST = 7.3, 17, 20


class Cell(NamedTuple):
    """A cell's text, whether it is a number, and what stands small behind it."""

    text: str
    number: bool
    spread: str = ""


@dataclass(frozen=True)
class PageTable:
    """What the template draws.

    Attributes:
        key: Name of the table, and of the CSV file that holds it.
        caption: Sentence above it.
        columns: Name, meaning, and whether the column holds numbers.
        rows: Cells of each row.
        kinds: Class of each row, may be empty.
        more: Positions, from 1, of the columns that only "more columns" shows.
        narrow: Positions, from 1, of those that a narrow screen hides besides.
    """

    key: str
    caption: str
    columns: list[tuple[str, str, bool]]
    rows: list[list[Cell]]
    kinds: list[str] = field(default_factory=list)
    more: list[int] = field(default_factory=list)
    narrow: list[int] = field(default_factory=list)


def page_table(
    key: str, caption: str, table: pd.DataFrame, first: Sequence[Sequence[str]] = (), kinds: Sequence[str] = ()
) -> PageTable:
    """A table of a report as the page shows it.

    Args:
        key: Name of the table.
        caption: Sentence above it.
        table: Table of a report.
        first: Groups of columns in the order of their importance; where left out, columns in their own order. Columns with one
            value in all rows come last, unless they are in the first group.
        kinds: Class of each row.
    """
    columns, sentences = [str(column) for column in table.columns], describe_columns(table)
    rows = [_cells(row) for row in table.to_dict("records")]
    texts = {column: [row[at].text + row[at].spread for row in rows] for at, column in enumerate(columns)}
    groups = _by_importance(texts, first or [[column] for column in columns])
    wide = shown_columns(texts, groups, WIDE)
    narrow = shown_columns(texts, [[column] for group in groups for column in group if column in wide], NARROW)
    numeric = {column: pd.api.types.is_numeric_dtype(table[column]) for column in columns}
    return PageTable(
        key,
        caption,
        [(column, sentences[column], numeric[column]) for column in columns],
        rows,
        list(kinds) or [""] * len(rows),
        [at for at, column in enumerate(columns, start=1) if column not in wide],
        [at for at, column in enumerate(columns, start=1) if column in wide and column not in narrow],
    )


def shown_columns(texts: Mapping[str, Sequence[str]], groups: Iterable[Sequence[str]], width: int) -> set[str]:
    """The columns that fit side by side: the first group, and each other one for which there is room left.

    Args:
        texts: Texts of the cells of each column.
        groups: Groups of columns that are shown together or not at all, the most important one first.
        width: Pixels.

    Example:
        >>> sorted(shown_columns({"a": ["1"], "b": ["2" * 20], "c": ["3"]}, [["a"], ["b"], ["c"]], 80))
        ['a', 'c']
    """
    shown: set[str] = set()
    left = float(width)
    for group in groups:
        needed = sum(_width(column, texts[column]) for column in group)
        if not shown or needed <= left:
            shown.update(group)
            left -= needed
    return shown


def _width(column: str, texts: Sequence[str]) -> float:
    """About how many pixels a column needs; long texts are broken into lines, and names of columns after a slash."""
    heading = max(len(piece) for piece in re.split(r"(?<=[/_:])", column)) + 1
    return _PADDING + _CHARACTER * max(min(heading, _LONGEST), min(max(map(len, texts), default=0), _LONGEST))


def _by_importance(texts: Mapping[str, Sequence[str]], groups: Sequence[Sequence[str]]) -> list[list[str]]:
    """The groups without columns that say the same in every row; these come last, one by one."""
    first, *others = ([column for column in group if column in texts] for group in groups)
    varied = [[column for column in group if len(set(texts[column])) > 1] for group in others]
    named = {column for group in (first, *varied) for column in group}
    return [first, *filter(None, varied), *([column] for column in texts if column not in named and not _same(texts[column]))]


def _same(texts: Sequence[str]) -> bool:
    return len(texts) > 1 and len(set(texts)) == 1


def _cells(row: Mapping[Any, Any]) -> list[Cell]:
    return [
        Cell(cell_text(value), isinstance(value, int | float), _spread(row.get(names.fold_sd(str(name)))))
        for name, value in row.items()
    ]


def _spread(deviation: Any) -> str:
    return "" if deviation is None or deviation != deviation else f"± {deviation:.2g}"
