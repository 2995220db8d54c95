"""Δm of replicates that share their seeds."""

from __future__ import annotations

import numpy as np

from reports.confirmation._paired import Paired
from reports.ranking import relative_improvement
from search_spaces import names


def single_rows(paired: Paired) -> np.ndarray | None:
    """Positions of the single-output baselines, one for each objective, shape (objectives,); None where one is missing."""
    wanted = [names.single(objective["output"]) for objective in paired.meta["objectives"]]
    if not set(wanted) <= set(paired.baselines):
        return None
    return np.array([paired.baselines.index(name) for name in wanted])


def per_seed(paired: Paired) -> np.ndarray | None:
    """One Δm for each seed, whose mean over the seeds is Δm of the mean values.

    Δm is a ratio of means. Its first-order expansion around them (the delta method) gives each seed a value. The spread of
    these values holds the noise of the candidate and of the single-output baselines together.

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
