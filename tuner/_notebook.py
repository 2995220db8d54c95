"""How a notebook shows a tuner."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

import reports
from tuner._announcements import described
from tuner.inputs import Measure

if TYPE_CHECKING:
    import pandas as pd

_SHOWN_ROWS = 5


def tuner_html(name: str, measures: Sequence[Measure], ranking: pd.DataFrame | None, verdict: reports.Verdict | None) -> str:
    """The verdict and the top of the ranking as HTML.

    Args:
        name: The study's name.
        measures: The objectives.
        ranking: None where nothing is trained yet.
        verdict: None before a confirmation; then the ranking's own comparison stands in its place.
    """
    title = f"<p><b>{escape(name)}</b>: {escape(described(measures))}</p>"
    if ranking is None:
        return f"{title}<p>Nothing is trained yet.</p>"
    words = reports.comparison(ranking) if verdict is None else verdict.text
    return f"{title}<p>{escape(words)}</p>{ranking.head(_SHOWN_ROWS).to_html(escape=True, index=False, na_rep='')}"
