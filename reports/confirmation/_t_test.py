"""Means of a few replicates: Student's intervals and p values, and Holm's correction for many comparisons."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import special

LEVEL = 0.95


class Interval(NamedTuple):
    """Means and the ends of the intervals around them, all of one shape."""

    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray


def interval(values: np.ndarray, level: float = LEVEL) -> Interval:
    """The mean over the last axis and its two-sided interval by Student's t.

    Args:
        values: Shape (…, replicates), independent along the last axis.
        level: Share of such intervals that cover the true mean.

    Returns:
        Mean and bounds, each of shape (…,); the bounds are NaN below two replicates.
    """
    count, mean = values.shape[-1], values.mean(axis=-1)
    if count < 2:
        return Interval(mean, np.full_like(mean, np.nan), np.full_like(mean, np.nan))
    half = special.stdtrit(count - 1, (1 + level) / 2) * values.std(axis=-1, ddof=1) / np.sqrt(count)
    return Interval(mean, mean - half, mean + half)


def p_values(differences: np.ndarray) -> np.ndarray:
    """Two-sided p values of "the mean over the last axis is 0", by Student's t.

    Where all differences are equal and not 0, t is infinite, and few replicates would claim certainty. The p value is then
    that of the sign test, 2 · 2⁻ⁿ for n replicates.

    Args:
        differences: Shape (…, replicates).

    Returns:
        Shape (…,): 1 where all differences are 0, NaN below two replicates.
    """
    count, mean = differences.shape[-1], differences.mean(axis=-1)
    if count < 2:
        return np.full_like(mean, np.nan)
    error = differences.std(axis=-1, ddof=1) / np.sqrt(count)
    spread = error > 1e-12 * np.abs(mean)
    student = 2 * special.stdtr(count - 1, -np.abs(mean) / np.where(spread, error, 1.0))
    alike = np.where(mean == 0, 1.0, 2.0 ** (1 - count))
    p: np.ndarray = np.where(spread, student, alike)
    return p


def holm(p: np.ndarray) -> np.ndarray:
    """Adjusted p values: whoever rejects those below α makes any error in at most a share α of studies (Holm 1979).

    Args:
        p: Any shape; all numbers in it are one family, NaN are ignored.

    Returns:
        The same shape.
    """
    flat = p.ravel()
    adjusted = np.full(flat.shape, np.nan)
    order = np.argsort(flat, kind="stable")[: int(np.isfinite(flat).sum())]
    scaled = flat[order] * np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(scaled), 1.0)
    return adjusted.reshape(p.shape)
