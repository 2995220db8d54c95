"""How sure the pick is: for each confirmed candidate, how probably it is on the front and how probably it is the pick."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from reports.confirmation._results import ReplicateResults, replicate_results
from reports.ranking import Rule, fronts
from search_spaces import InputError, names

if TYPE_CHECKING:
    import optuna

FINALIST_COLUMNS = {
    names.TRIAL: "Number of the candidate's trial in the search.",
    names.BASELINE: "Name of the baseline; empty for trials that the sampler chose.",
    names.PICK: "True for the best candidate by the means of the seeds that choose: by the preference or "
    "requirement, else by Δm.",
    names.FAILURES: "With how many seeds the candidate diverged or failed; such a candidate is left out of the comparison.",
    names.FRONT_PROBABILITY: "Probability that no other confirmed candidate dominates it, its true means being as uncertain as "
    "the replicates on validation data leave them.",
    names.PICK_PROBABILITY: "Probability that it would be the pick, if the true means were known.",
    names.REQUIRED_PROBABILITY: "Probability that its true means meet everything that is required; empty where nothing is.",
}


def finalists(
    study: optuna.Study | pd.DataFrame,
    prefer: Mapping[str, float] | None = None,
    require: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """One row per confirmed candidate that could be deployed, the pick first, then by the probability of being it.

    Args:
        study: A study that loss-weight-tuner ran, or the table of `study_frame`.
        prefer: Importance of each output (or objective).
        require: The value that each output (or objective) must reach at least (at most, where less is better).

    Returns:
        Columns as `reports.describe_columns` documents them; no rows where there are no replicates. The probabilities come from
        10,000 joint draws with a fixed seed, and are NaN below two seeds.

    Raises:
        InputError: Unknown names in `prefer` or `require`.

    Example:
        >>> import reports
        >>> reports.finalists(study)[["trial", "pick", "front_probability", "pick_probability"]].round(3)
           trial   pick  front_probability  pick_probability
        0      4   True              0.986             0.969
        1      1  False              0.067             0.022
        2      0  False              0.069             0.009
        3      9  False              0.003             0.000
    """
    results = replicate_results(study)
    return pd.DataFrame(columns=list(FINALIST_COLUMNS)) if results is None else finalist_table(results, prefer, require)


def finalist_table(
    results: ReplicateResults, prefer: Mapping[str, float] | None = None, require: Mapping[str, float] | None = None
) -> pd.DataFrame:
    """The table of `finalists`, made from the results of replicates."""
    paired, rule = results.paired, results.rule(prefer, require)
    candidates = paired.pickable
    table = pd.DataFrame(
        {
            names.TRIAL: paired.trials[candidates],
            names.BASELINE: np.array(paired.baselines, dtype=object)[candidates],
            names.PICK: paired.trials[candidates] == _best_trial(results, prefer, require),
            names.FAILURES: 0,
            **_probabilities(results, rule),
        }
    )
    table = table.sort_values([names.PICK, names.PICK_PROBABILITY, names.TRIAL], ascending=[False, False, True])
    left_out = [
        {names.TRIAL: trial, names.BASELINE: baseline, names.PICK: False, names.FAILURES: count}
        for trial, (baseline, count) in results.paired.failures.items()
        if names.is_deployable(baseline)
    ]
    rows = [*table.to_dict("records"), *left_out]
    probabilities = [names.FRONT_PROBABILITY, names.PICK_PROBABILITY, names.REQUIRED_PROBABILITY]
    return pd.DataFrame(rows, columns=list(FINALIST_COLUMNS)).astype(dict.fromkeys(probabilities, "float64"))


def _best_trial(results: ReplicateResults, prefer: Mapping[str, float] | None, require: Mapping[str, float] | None) -> int:
    try:
        return results.best_trial(prefer, require)
    except InputError:
        return -1


def _probabilities(results: ReplicateResults, rule: Rule) -> dict[str, np.ndarray]:
    candidates, draws = results.paired.pickable, results.draws
    if not len(draws) or not candidates.any():
        empty = np.full(int(candidates.sum()), np.nan)
        return {names.FRONT_PROBABILITY: empty, names.PICK_PROBABILITY: empty, names.REQUIRED_PROBABILITY: empty}
    values, picks = draws[:, candidates], results.best_trials(rule, draws)
    required = rule.meets(values).mean(axis=0) if np.isfinite(rule.bounds).any() else np.full(values.shape[1], np.nan)
    return {
        names.FRONT_PROBABILITY: fronts(values).mean(axis=0),
        names.PICK_PROBABILITY: (picks[:, None] == results.paired.trials[candidates]).mean(axis=0),
        names.REQUIRED_PROBABILITY: required,
    }
