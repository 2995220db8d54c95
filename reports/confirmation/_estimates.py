"""Estimates for every candidate from its replicates: means, differences to the reference, and their intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reports.confirmation._paired import ROUNDING, Paired
from reports.confirmation._paired_delta_m import per_seed
from reports.confirmation._t_test import LEVEL, Interval, holm, interval, p_values
from search_spaces import names


@dataclass(frozen=True)
class Estimates:
    """Means of replicates with their intervals; more is better everywhere.

    M is the number of measures: the objectives, then Δm where it can be computed.

    Attributes:
        paired: The replicates that the estimates are made from.
        has_delta_m: Whether the last measure is Δm.
        mean: Means over the seeds, shape (candidates, M).
        deviation: Standard deviation over the seeds, NaN below two; shape (candidates, M).
        difference: Differences to the reference, seed by seed; shape (candidates, M), NaN without a reference.
        p_value: Two-sided p values of "no difference"; shape (candidates, M).
        stage: What the seeds are for: choosing, judging, or both.
        level: Two-sided level of the tests of a family; None where nothing is judged.
        p_holm: The p values after Holm's correction for all comparisons of deployable candidates on all objectives. NaN for
            what is not among those comparisons: Δm, the reference and outputs trained alone.
    """

    paired: Paired
    has_delta_m: bool
    mean: Interval
    deviation: np.ndarray
    difference: Interval
    p_value: np.ndarray
    p_holm: np.ndarray
    stage: str = names.BOTH
    level: float | None = 1 - LEVEL

    @property
    def comparisons(self) -> int:
        """Number of comparisons that Holm's correction takes together."""
        return int(np.isfinite(self.p_holm).sum())

    @property
    def better(self) -> np.ndarray:
        """Where a candidate improves an objective, after Holm's correction; shape (candidates, objectives)."""
        k = len(self.paired.objectives)
        return np.asarray((self.p_holm[:, :k] < (self.level or 0.0)) & (self.difference.mean[:, :k] > 0), dtype=bool)

    @property
    def worse(self) -> np.ndarray:
        """Where a deployable candidate loses: the interval of the difference lies below 0; shape (candidates, objectives).

        There is no correction for many comparisons, since it would hide losses.
        """
        below = (self.difference.high[:, : len(self.paired.objectives)] < 0) & (self.level is not None)
        return np.asarray(below & self.paired.pickable[:, None], dtype=bool)


def estimates(paired: Paired, stage: str = names.BOTH, level: float | None = 1 - LEVEL) -> Estimates:
    """Makes the estimates from replicates that share their seeds; without a level nothing is tested."""
    delta_m = per_seed(paired)
    values = paired.values.transpose(0, 2, 1)
    if delta_m is not None:
        values = np.concatenate([values, delta_m[:, None]], axis=1)
    mean = interval(values)
    deviation = values.std(axis=-1, ddof=1) if values.shape[-1] > 1 else np.full(values.shape[:2], np.nan)
    if paired.reference is None:
        empty = np.full(values.shape[:2], np.nan)
        return Estimates(paired, delta_m is not None, mean, deviation, Interval(empty, empty, empty), empty, empty, stage, level)
    differences = _differences(values, values[paired.reference])
    p_value = np.full(values.shape[:2], np.nan) if level is None else p_values(differences)
    family = p_value.copy()
    family[~paired.pickable] = family[paired.reference] = family[:, len(paired.objectives) :] = np.nan
    return Estimates(paired, delta_m is not None, mean, deviation, interval(differences), p_value, holm(family), stage, level)


def _differences(values: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Values minus reference. A difference that is mere rounding becomes 0, else it would look like an effect without noise."""
    difference = values - reference
    rounding = ROUNDING * np.maximum(np.abs(values), np.abs(reference))
    return np.where(np.abs(difference) <= rounding, 0.0, difference)
