"""Means, intervals and differences of all confirmed candidates as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from reports.confirmation._estimates import Estimates
from reports.confirmation._paired_delta_m import single_rows
from reports.confirmation._results import replicate_results
from reports.confirmation._t_test import Interval
from reports.ranking import relative_improvement
from search_spaces import names

if TYPE_CHECKING:
    import optuna

INTERVAL_COLUMNS = {
    names.STAGE: "What the seeds are for: `choosing` the pick, `judging` it, or `both` in a study of one stage.",
    names.DATA: "What the replicates were measured on: `validation`, or `test` where `confirm` was given test data.",
    names.TRIAL: "Number of the candidate's trial in the search.",
    names.BASELINE: "Name of the baseline; empty for trials that the sampler chose.",
    names.OBJECTIVE: "The objective, in its own unit and direction; `delta_m` is Δm of the means, in per cent.",
    names.REPLICATES: "Number of seeds; within a stage and a kind of data every candidate has the same ones.",
    names.MEAN: "Mean over the seeds.",
    names.LOW: "Lower end of the mean's 95 % interval by Student's t. It covers the noise of the seeds, not that of the data. "
    "By the seeds and the data that chose the pick, its own interval holds the true mean in 91 to 93 of 100 studies: it was "
    "chosen for its mean. Seeds that judge chose nothing.",
    names.HIGH: "Upper end of the mean's 95 % interval.",
    names.STANDARD_DEVIATION: "Standard deviation over the seeds: what another seed changes.",
    names.RUN_LOW: "Lower end of the 95 % prediction interval by Student's t: where one more training with another seed lies.",
    names.RUN_HIGH: "Upper end of the 95 % prediction interval.",
    names.SEARCHED: "What the search's single run reached, on validation data.",
    names.OPTIMISM: "How much better the search's run looked than the mean here: positive means that the search flattered it.",
    names.AGAINST: "Baseline that the differences are to: `current`, or `equal` where there is no current.",
    names.DIFFERENCE: "Mean difference to that baseline, seed by seed: candidate minus baseline, in the objective's own unit.",
    names.DIFFERENCE_LOW: "Lower end of the difference's 95 % interval.",
    names.DIFFERENCE_HIGH: "Upper end of the difference's 95 % interval.",
    names.P_VALUE: "Two-sided p value of no difference, by the paired t test, for this comparison alone.",
    names.P_HOLM: "The same, corrected by Holm (1979) for the objectives of the judged pick together; for all candidates in a "
    "study of one stage. Empty for Δm, for outputs trained alone, and where seeds only choose.",
    names.CHANGE: "`better` where p_holm is below 0.05, or less in a further verdict, and the difference is for the better; "
    "`worse` where the interval of the difference lies wholly on the worse side.",
}


def intervals(study: optuna.Study | pd.DataFrame) -> pd.DataFrame:
    """One row per kind of data, confirmed candidate and objective; Δm is one more objective where it can be computed.

    Args:
        study: A study that loss-weight-tuner ran, or the table of `study_frame`.

    Returns:
        Columns as `reports.describe_columns` documents them; no rows where there are no replicates.

    Example:
        >>> import reports
        >>> reports.intervals(study)[["data", "trial", "objective", "mean", "low", "high"]].head(3).round(3)
                 data  trial      objective   mean     low   high
        0  validation      0     urgent/auc  0.600   0.236  0.965
        1  validation      0  kind/accuracy  0.400  -0.035  0.835
        2  validation      0        delta_m -3.639 -13.859  6.581
    """
    results = replicate_results(study)
    parts = [] if results is None else [interval_table(e) for e in results.all_estimates]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(INTERVAL_COLUMNS))


def interval_table(estimates: Estimates) -> pd.DataFrame:
    """The rows of one kind of data, by candidate and objective."""
    paired = estimates.paired
    measures = [*paired.objectives, names.DELTA_M] if estimates.has_delta_m else paired.objectives
    sign = np.append(paired.sign, 1.0)[: len(measures)]
    mean, difference = _own_units(estimates.mean, sign), _own_units(estimates.difference, sign)
    run = _of_one_run(mean, len(paired.seeds))
    searched, shape = _searched(estimates), mean.mean.shape
    columns = {
        names.STAGE: np.full(shape, estimates.stage, dtype=object),
        names.DATA: np.full(shape, paired.data, dtype=object),
        names.TRIAL: np.broadcast_to(paired.trials[:, None], shape),
        names.BASELINE: np.broadcast_to(np.array(paired.baselines, dtype=object)[:, None], shape),
        names.OBJECTIVE: np.broadcast_to(np.array(measures, dtype=object), shape),
        names.REPLICATES: np.full(shape, len(paired.seeds)),
        names.MEAN: mean.mean,
        names.LOW: mean.low,
        names.HIGH: mean.high,
        names.STANDARD_DEVIATION: estimates.deviation,
        names.RUN_LOW: run.low,
        names.RUN_HIGH: run.high,
        names.SEARCHED: searched * sign,
        names.OPTIMISM: searched - estimates.mean.mean,
        names.AGAINST: np.full(shape, paired.against if paired.reference is not None else "", dtype=object),
        names.DIFFERENCE: difference.mean,
        names.DIFFERENCE_LOW: difference.low,
        names.DIFFERENCE_HIGH: difference.high,
        names.P_VALUE: estimates.p_value,
        names.P_HOLM: estimates.p_holm,
        names.CHANGE: _change(estimates, shape),
    }
    return pd.DataFrame({name: values.ravel() for name, values in columns.items()})


def _own_units(signed: Interval, sign: np.ndarray) -> Interval:
    ends = signed.low * sign, signed.high * sign
    return Interval(signed.mean * sign + 0.0, np.minimum(*ends) + 0.0, np.maximum(*ends) + 0.0)  # + 0.0: no −0


def _of_one_run(mean: Interval, seeds: int) -> Interval:
    """Where one more run lies: t · s · √(1 + 1/n) around the mean of n, √(n + 1) times as wide as the mean's interval."""
    half = (mean.high - mean.low) / 2 * np.sqrt(seeds + 1)
    return Interval(mean.mean, mean.mean - half, mean.mean + half)


def _searched(estimates: Estimates) -> np.ndarray:
    """The search's values, more is better, and their Δm where there is one."""
    paired, singles = estimates.paired, single_rows(estimates.paired)
    if not estimates.has_delta_m or singles is None:
        return paired.searched
    own = paired.searched * paired.sign
    alone = own[singles, np.arange(len(singles))]
    if not (alone > 0).all():
        return np.column_stack([paired.searched, np.full(len(own), np.nan)])
    return np.column_stack([paired.searched, relative_improvement(own, alone, paired.sign)])


def _change(estimates: Estimates, shape: tuple[int, ...]) -> np.ndarray:
    words = np.full(shape, "", dtype=object)
    words[:, : estimates.worse.shape[1]][estimates.worse] = names.WORSE
    words[:, : estimates.better.shape[1]][estimates.better] = names.BETTER
    return words
