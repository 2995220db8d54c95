"""Δm of replicates that share their seeds."""

from __future__ import annotations

import numpy as np

from reports.confirmation._paired import Paired
from reports.ranking import relative_improvement
from search_spaces import names


def single_rows(paired: Paired) -> np.ndarray | None:
    """Position of the candidate that trains each objective's output alone, shape (objectives,); None where one is missing."""
    wanted = [names.single(objective["output"]) for objective in paired.meta["objectives"]]
    if not set(wanted) <= set(paired.baselines):
        return None
    return np.array([paired.baselines.index(name) for name in wanted])


def per_seed(paired: Paired) -> np.ndarray | None:
    """Δm of the mean values, spread over the seeds so that its interval is a mean's.

    Δm is a ratio of means. Its first-order expansion around them (the delta method) gives each seed a value whose mean is Δm
    itself and whose spread carries the noise of the candidate and of the single-output baselines together.

    Returns:
        Shape (candidates, seeds), in per cent; None where Δm cannot be computed.
    """
    singles = single_rows(paired)
    if singles is None:
        return None
    own = paired.values * paired.sign
    alone = np.stack([own[row, :, k] for k, row in enumerate(singles)], axis=-1)
    mean, base = own.mean(axis=1, keepdims=True), alone.mean(axis=0)
    if not (base > 0).all():
        return None
    change = (own - mean) / base - mean * (alone - base) / base**2
    spread: np.ndarray = relative_improvement(mean, base, paired.sign) + 100.0 * (paired.sign * change).mean(axis=-1)
    return spread
