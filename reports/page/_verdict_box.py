"""The box at the top of the page: what came out, in one title and its sentence."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from reports.confirmation import ConfirmationSection, decide
from reports.ranking import comparison
from search_spaces import names

GOOD, MIXED, OPEN = "good", "mixed", "open"
"""Tones of the box: green, amber and grey."""


class VerdictBox(NamedTuple):
    """What the box says.

    Attributes:
        tone: `good`, `mixed` or `open`, which chooses the colour.
        title: The verdict in a few words; it says what the colour says.
        text: The verdict in words and numbers.
        todo: What would make the verdict surer; empty where there is nothing.
    """

    tone: str
    title: str
    text: str
    todo: str = ""


def verdict_box(ranking: pd.DataFrame, section: ConfirmationSection | None) -> VerdictBox:
    """The box of a study.

    Args:
        ranking: Ranking table, as `reports.rank` gives it.
        section: Tables and verdict on replicates, if there are any.

    Example:
        >>> import reports
        >>> from reports.confirmation import confirmation_section
        >>> box = verdict_box(reports.rank(study), confirmation_section(reports.study_frame(study)))
        >>> box.tone, box.title
        ('mixed', "No significant gain over today's configuration")
    """
    if section is None:
        return _unconfirmed(ranking)
    if section.trial is None:
        return VerdictBox(OPEN, "No pick", section.text)
    judged = decide(section.results, section.trial)
    against = reference_name(judged.against)
    tone, title = {
        names.GAIN: (GOOD, f"Gain over {against}"),
        names.TRADE_OFF: (MIXED, f"Trade-off against {against}"),
        names.NO_GAIN: (MIXED, f"No significant gain over {against}"),
    }.get(judged.kind, (OPEN, "No verdict"))
    return VerdictBox(tone, title, section.text)


def reference_name(baseline: str) -> str:
    """A baseline in words, within a sentence.

    Example:
        >>> reference_name("current"), reference_name("equal")
        ("today's configuration", 'equal weights')
    """
    return {names.CURRENT: "today's configuration", names.EQUAL: "equal weights"}.get(baseline, baseline)


def _unconfirmed(ranking: pd.DataFrame) -> VerdictBox:
    if not ranking[names.RANK].notna().any():
        return VerdictBox(OPEN, "Nothing to judge yet", comparison(ranking))
    todo = "tuner.confirm(), or a table [confirm] in the study file, trains the best candidates again with other seeds."
    return VerdictBox(OPEN, "Not confirmed yet: run confirm", comparison(ranking), todo)
