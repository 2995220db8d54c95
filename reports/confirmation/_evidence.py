"""The evidence for a chosen trial, as plain data for the file that production loads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from reports.confirmation._finalists import finalist_table
from reports.confirmation._intervals import interval_table
from reports.confirmation._results import replicate_results
from reports.confirmation._t_test import LEVEL
from reports.confirmation._verdict import decide
from reports.confirmation._verdict_text import verdict_text
from search_spaces import names

if TYPE_CHECKING:
    import optuna
    import pandas as pd

_PROBABILITIES = (names.FRONT_PROBABILITY, names.PICK_PROBABILITY, names.REQUIRED_PROBABILITY)
_SAME_IN_ALL_ROWS = (names.TRIAL, names.BASELINE, names.AGAINST)


def evidence(
    study: optuna.Study | pd.DataFrame,
    trial: int,
    prefer: Mapping[str, float] | None = None,
    require: Mapping[str, float] | None = None,
) -> dict[str, Any]:
    """Replicates, intervals, differences to the reference and the verdict on a trial.

    Args:
        study: A study that loss-weight-tuner ran, or the table of `study_frame`.
        trial: Number of the trial.
        prefer: Importance of each output (or objective) by which the trial was chosen.
        require: The value that each output (or objective) had to reach when the trial was chosen.

    Returns:
        Plain data; empty where the study has no replicates. `intervals` holds the trial's rows of `reports.intervals`.

    Example:
        >>> import reports
        >>> evidence = reports.evidence(study, trial=4)
        >>> evidence["verdict"], evidence["data"], evidence["seeds"]
        ('no significant gain', 'test', [4, 5, 6])
    """
    results = replicate_results(study)
    if results is None:
        return {}
    judged_by = results.evidence_on(trial)
    judged, table = decide(results, trial), finalist_table(results, prefer, require)
    own = table[table[names.TRIAL] == trial]
    return {
        "verdict": judged.kind,
        "text": verdict_text(judged, results, table),
        names.AGAINST: judged.against,
        names.DATA: judged.data,
        "seeds": [] if judged_by is None else judged_by.paired.seeds.tolist(),
        "level": LEVEL,
        "comparisons": judged.comparisons,
        **{name: _plain(own[name].iloc[0]) if len(own) else None for name in _PROBABILITIES},
        "intervals": [row for e in results.all_estimates for row in _rows(interval_table(e), trial)],
    }


def _rows(table: pd.DataFrame, trial: int) -> list[dict[str, Any]]:
    rows = table[table[names.TRIAL] == trial].drop(columns=list(_SAME_IN_ALL_ROWS))
    return [{str(key): _plain(value) for key, value in row.items()} for row in rows.to_dict("records")]


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return float(value) if value == value else None
    return value
