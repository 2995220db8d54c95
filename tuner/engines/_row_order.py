"""The order of the training rows: the same in every engine, so that trials of both are paired."""

from __future__ import annotations

from functools import lru_cache

import numpy as np


@lru_cache(maxsize=32)
def row_order(seed: int, epoch: int, rows: int, shuffle: bool) -> np.ndarray:
    """The order of rows in an epoch: it depends on the trial's seed and the epoch alone.

    Args:
        seed: Seed of the trial.
        epoch: Counted from 0.
        rows: Number of rows.
        shuffle: Whether the rows are shuffled; otherwise they keep their own order.

    Returns:
        Shape (rows,), int32.
    """
    if not shuffle:
        return np.arange(rows, dtype=np.int32)
    return np.random.default_rng([seed, epoch]).permutation(rows).astype(np.int32)
