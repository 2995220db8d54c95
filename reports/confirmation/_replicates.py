"""The replicates as a table, one row each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from reports.ranking import study_frame
from search_spaces import names

if TYPE_CHECKING:
    import optuna


def replicates(study: optuna.Study | pd.DataFrame) -> pd.DataFrame:
    """Every replicate that has ended or runs; of several with the same candidate and seed only the last, which may add test data.

    Args:
        study: A study that loss-weight-tuner ran, or the table of `study_frame`.

    Returns:
        Columns: replicate_of (the candidate's trial), baseline (its name, if it is one), seed, trial (the replicate's own), one
        per objective on validation data, `test/…` on test data, epochs, seconds, state, reason. Sorted by candidate and seed.

    Example:
        >>> import reports
        >>> reports.replicates(study)[["replicate_of", "baseline", "seed", "urgent/auc"]].head(3).round(3)
           replicate_of baseline  seed  urgent/auc
        0             0  current     4       0.570
        1             0  current     5       0.760
        2             0  current     6       0.471
    """
    frame = study if isinstance(study, pd.DataFrame) else study_frame(study)
    objectives = [objective["name"] for objective in frame.attrs["study"]["objectives"]]
    rows = frame[frame[names.REPLICATE_OF].notna() & frame[names.STATE].map(names.was_run).astype(bool)]
    baseline = frame.set_index(names.TRIAL)[names.BASELINE]
    table = rows.assign(**{names.BASELINE: rows[names.REPLICATE_OF].map(baseline)})
    columns = [names.REPLICATE_OF, names.BASELINE, names.SEED, names.TRIAL, *objectives, *map(names.test, objectives)]
    table = table[[*columns, names.EPOCHS, names.SECONDS, names.STATE, names.REASON]]
    table = table.sort_values([names.REPLICATE_OF, names.SEED, names.TRIAL])
    table = table.drop_duplicates([names.REPLICATE_OF, names.SEED], keep="last").reset_index(drop=True)
    table.attrs["study"] = frame.attrs["study"]
    return table
