"""Today's configuration and the pick side by side: what was chosen, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import pandas as pd

from reports.confirmation import ConfirmationSection, decide
from reports.page._cells import cell_text
from reports.page._verdict_box import reference_name
from search_spaces import names

_UNSURE = "no sure difference"


class Line(NamedTuple):
    """One line: what it is about, both sides, and the difference in numbers or words."""

    about: str
    today: str
    pick: str
    difference: str


@dataclass(frozen=True)
class AgainstPick:
    """Today's configuration, or equal weights where there is none, against the pick.

    Attributes:
        titles: Titles of the two columns.
        caption: What the numbers are.
        settings: Learning rate, optimizer, losses, weights and hyperparameters.
        values: The objectives.
    """

    titles: tuple[str, str]
    caption: str
    settings: list[Line]
    values: list[Line]


def against_pick(ranking: pd.DataFrame, trial: int | None, section: ConfirmationSection | None) -> AgainstPick | None:
    """The two columns; None where there is no pick, nothing to compare it with, or where today's configuration is the pick.

    Args:
        ranking: Ranking table, as `reports.rank` gives it.
        trial: Number of the pick; None where there is none.
        section: Tables and verdict on replicates, if there are any.

    Example:
        >>> import reports
        >>> table = against_pick(reports.rank(study), 4, None)
        >>> table.titles, table.settings[0].today, table.settings[0].pick
        (('Today (trial 0)', 'The pick (trial 4)'), '0.01', '0.03893')
    """
    rows = {str(row[names.BASELINE]) or row[names.TRIAL]: row for row in ranking.to_dict("records")}
    today = rows.get(names.CURRENT, rows.get(names.EQUAL))
    pick = next((row for row in rows.values() if row[names.TRIAL] == trial), None)
    if today is None or pick is None or pick is today:
        return None
    meta = ranking.attrs["study"]
    name = "Today" if today[names.BASELINE] == names.CURRENT else reference_name(names.EQUAL).capitalize()
    confirmed = section is not None and section.trial == trial
    return AgainstPick(
        (f"{name} (trial {today[names.TRIAL]})", f"The pick (trial {trial})"),
        _confirmed_caption(section, trial) if section and confirmed else _searched_caption(meta),
        list(_settings(meta, ranking, today, pick)),
        _confirmed(section, today, pick) if section and confirmed else list(_searched(meta, today, pick)),
    )


def _settings(
    meta: Mapping[str, Any], ranking: pd.DataFrame, today: Mapping[Any, Any], pick: Mapping[Any, Any]
) -> Iterator[Line]:
    yield _line(names.LEARNING_RATE, today, pick, times=True)
    yield _line(names.OPTIMIZER, today, pick)
    for output in meta["outputs"]:
        yield _line(names.loss(output), today, pick)
    for output in meta["outputs"]:
        line = _line(names.weight(output), today, pick, times=True)
        before, after = (f"{row[names.share(output)]:.0%}" for row in (today, pick))
        yield Line(line.about, f"{line.today} ({before})", f"{line.pick} ({after})", line.difference)
    for column in map(str, ranking.columns):
        if column.startswith(names.HYPERPARAMETER_PREFIX):
            yield _line(column, today, pick)


def _line(column: str, today: Mapping[Any, Any], pick: Mapping[Any, Any], times: bool = False) -> Line:
    before, after = today[column], pick[column]
    difference = "same" if before == after else f"× {after / before:.3g}" if times and before else "changed"
    return Line(column, cell_text(before), cell_text(after), difference)


def _searched(meta: Mapping[str, Any], today: Mapping[Any, Any], pick: Mapping[Any, Any]) -> Iterator[Line]:
    for objective in meta["objectives"]:
        name = objective["name"]
        change = pick[name] - today[name]
        better = (change > 0) == (objective["direction"] == "max")
        word = "unchanged" if change == 0 else (names.BETTER if better else names.WORSE)
        yield Line(_directed(objective), _with_spread(today, name), _with_spread(pick, name), f"{change:+.3g}, {word}")


def _with_spread(row: Mapping[Any, Any], name: str) -> str:
    deviation = row.get(names.fold_sd(name))
    return cell_text(row[name]) + ("" if deviation is None or deviation != deviation else f" ± {deviation:.2g}")


def _directed(objective: Mapping[str, Any]) -> str:
    return f"{objective['name']} ({'more' if objective['direction'] == 'max' else 'less'} is better)"


def _confirmed(section: ConfirmationSection, today: Mapping[Any, Any], pick: Mapping[Any, Any]) -> list[Line]:
    table, meta = section.tables["intervals"], section.results.paired.meta
    own = table[table[names.DATA] == decide(section.results, int(pick[names.TRIAL])).data]
    judged = own[(own[names.STAGE] == names.JUDGED) & (own[names.TRIAL] == pick[names.TRIAL])]
    own = own[own[names.STAGE] == (names.JUDGED if len(judged) else own[names.STAGE].iloc[0])]
    rows = {(row[names.TRIAL], row[names.OBJECTIVE]): row for row in own.to_dict("records")}
    measured = [(o["name"], _directed(o)) for o in meta["objectives"]] + [(names.DELTA_M, "Δm in per cent (more is better)")]
    return [
        Line(title, _ends(rows.get((today[names.TRIAL], name))), _ends(row), _difference(row))
        for name, title in measured
        if (row := rows.get((pick[names.TRIAL], name))) is not None
    ]


def _ends(row: Mapping[Any, Any] | None) -> str:
    if row is None or row[names.MEAN] != row[names.MEAN]:
        return ""
    return f"{row[names.MEAN]:.4g}" + (
        "" if row[names.LOW] != row[names.LOW] else f" ({row[names.LOW]:.4g} to {row[names.HIGH]:.4g})"
    )


def _difference(row: Mapping[Any, Any]) -> str:
    difference, low, high = (row[name] for name in (names.DIFFERENCE, names.DIFFERENCE_LOW, names.DIFFERENCE_HIGH))
    if difference != difference:
        return ""
    ends = "" if low != low else f" ({low:+.3g} to {high:+.3g})"
    word = "" if row[names.OBJECTIVE] == names.DELTA_M else f", {row[names.CHANGE] or _UNSURE}"
    return f"{difference:+.3g}{ends}{word}"


def _searched_caption(meta: Mapping[str, Any]) -> str:
    folds = meta.get("data", {}).get("folds")
    if folds:
        return f"One run of each in the search: the mean over {folds} folds ± the standard deviation over them."
    return "One run of each in the search; another seed gives other values."


def _confirmed_caption(section: ConfirmationSection, trial: int | None) -> str:
    judged = decide(section.results, -1 if trial is None else trial)
    return f"Means over {judged.replicates} seeds on {judged.data} data, with 95 % intervals in brackets."
