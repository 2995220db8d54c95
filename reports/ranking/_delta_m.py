"""Δm: the mean relative improvement over each output trained alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from reports.ranking._scale import signs, single_value
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
    """The reason why Δm cannot be computed; an empty text where it can.

    Args:
        objectives: The study's objectives, as its meta data list them.
        alone: What each objective reached when its output was trained alone, NaN where that is missing; shape (objectives,).
    """
    for objective, value in zip(objectives, alone, strict=True):
        if not value > 0:
            what = "is missing" if np.isnan(value) else f"is {value:g}, and a relative change needs a value above 0"
            return f"the baseline {names.single(objective['output'])} of {objective['name']} {what}"
    return ""


def delta_m(complete: pd.DataFrame, meta: Mapping[str, Any]) -> tuple[np.ndarray, str]:
    """Δm of each row over the single-output baselines, in per cent.

    Returns:
        Δm, shape (rows,), and the reason where it is empty.
    """
    alone = np.array([single_value(complete, objective) for objective in meta["objectives"]])
    reason = why_empty(meta["objectives"], alone)
    if reason:
        return np.full(len(complete), np.nan), reason
    values = complete[[objective["name"] for objective in meta["objectives"]]].to_numpy()
    return relative_improvement(values, alone, signs(meta)), ""
