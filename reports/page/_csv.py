"""Tables as CSV in which no text is a formula."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import IO

import pandas as pd

_OPENS_A_FORMULA = ("=", "+", "-", "@", "\t", "\n")


def write_csv(table: pd.DataFrame, target: str | os.PathLike[str] | IO[str]) -> None:
    """Writes a table as CSV, without its index.

    A spreadsheet runs text that begins like a formula; such text gets an apostrophe before it. Numbers stay as they are.

    Args:
        table: Any table of a report.
        target: A path, or an open file.

    Example:
        >>> import io
        >>> file = io.StringIO()
        >>> write_csv(pd.DataFrame({"loss": ["=1+1", "mse"], "change": [-1, 2]}), file)
        >>> file.getvalue().splitlines()
        ['loss,change', "'=1+1,-1", 'mse,2']
    """
    texts = {column: table[column].map(_harmless) for column in table.columns if not _is_numeric(table[column])}
    table.assign(**texts).rename(columns=_harmless).to_csv(target, index=False)


def _is_numeric(column: pd.Series) -> bool:
    return bool(pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column))


def _harmless(value: object) -> object:
    if not isinstance(value, str):
        return value
    value = value.replace("\r", "\n")  # which is quoted
    if not value.startswith(_OPENS_A_FORMULA):
        return value
    with suppress(ValueError):
        float(value)
        return value
    return f"'{value}"
