"""What is known of a chosen trial, as plain data for the file that production loads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from reports.confirmation._confirmed import confirmed
from reports.confirmation._finalists import finalist_table
from reports.confirmation._intervals import interval_table
from reports.confirmation._t_test import LEVEL
from reports.confirmation._verdict import decide
from reports.confirmation._verdict_text import verdict_text
from search_spaces import names

if TYPE_CHECKING:
    import optuna
    import pandas as pd

_PROBABILITIES = (names.FRONT_PROBABILITY, names.PICK_PROBABILITY, names.REQUIRED_PROBABILITY)
_OF_THE_TRIAL = (names.TRIAL, names.BASELINE, names.AGAINST, names.REPLICATES)


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
        prefer: By which the trial was chosen.
        require: By which the trial was chosen.

    Returns:
        Plain data; empty where the study has no replicates. `intervals` holds the trial's rows of `reports.intervals`.
    """
    known = confirmed(study)
    if known is None:
        return {}
    made, table = decide(known, trial), finalist_table(known, prefer, require)
    own = table[table[names.TRIAL] == trial]
    return {
        "verdict": made.kind,
        "text": verdict_text(made, known, table),
        names.AGAINST: made.against,
        names.DATA: made.data,
        "seeds": known.evidence.paired.seeds.tolist(),
        "level": LEVEL,
        "comparisons": made.comparisons,
        **{name: _plain(own[name].iloc[0]) if len(own) else None for name in _PROBABILITIES},
        "intervals": [row for e in (known.validation, known.test) if e is not None for row in _rows(interval_table(e), trial)],
    }


def _rows(table: pd.DataFrame, trial: int) -> list[dict[str, Any]]:
    rows = table[table[names.TRIAL] == trial].drop(columns=list(_OF_THE_TRIAL))
    return [{str(key): _plain(value) for key, value in row.items()} for row in rows.to_dict("records")]


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return float(value) if value == value else None
    return value
