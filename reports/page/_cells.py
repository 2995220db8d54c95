"""One value of a table as the text of a cell."""

from __future__ import annotations

import pandas as pd


def cell_text(value: object, yes: str = "yes") -> str:
    """A value as the text of a table's cell: numbers with four significant digits, nothing for missing values and False.

    Args:
        value: Value of a cell, as plain Python holds it.
        yes: Text for True.

    Example:
        >>> [cell_text(value) for value in (0.123456, 7, True, False, None, "Adam")]
        ['0.1235', '7', 'yes', '', '', 'Adam']
    """
    if value is None or value is pd.NA or value != value:
        return ""
    if isinstance(value, bool):
        return yes if value else ""
    return f"{value:.4g}" if isinstance(value, float) else str(value)
