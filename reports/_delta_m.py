"""Δm: the mean relative improvement over each output trained alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from reports._paired import Paired
from search_spaces import names


def relative_improvement(values: np.ndarray, alone: np.ndarray, sign: np.ndarray) -> np.ndarray:
    """Δm = 100/K · Σ_k s_k (v_k − b_k) / b_k, in per cent (Maninis et al. 2019, arXiv 1904.08918).

    Args:
        values: Shape (…, objectives), in the objectives' own units and directions.
        alone: What each objective's output reached when trained alone, b_k; broadcasts against `values`.
        sign: s_k, −1 for objectives to minimise; shape (objectives,).

    Returns:
        Shape (…,); more is better.
    """
    improvement: np.ndarray = 100.0 * (sign * (values - alone) / alone).mean(axis=-1)
    return improvement


def why_empty(objectives: Sequence[Mapping[str, Any]], alone: np.ndarray) -> str:
    """Why Δm cannot be computed, in words; empty where it can.

    Args:
        objectives: Of the study.
        alone: What each reached when its output was trained alone, NaN where that is missing; shape (objectives,).
    """
    for objective, value in zip(objectives, alone, strict=True):
        if not value > 0:
            what = "is missing" if np.isnan(value) else f"is {value:g}, and a relative change needs a value above 0"
            return f"the baseline {names.single(objective['output'])} of {objective['name']} {what}"
    return ""


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
