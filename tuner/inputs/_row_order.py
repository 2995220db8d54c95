"""The order of the training rows: the same in every engine, so that trials of both are paired."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np


@dataclass(frozen=True)
class RowOrder:
    """In which order a trial meets the training rows: it depends on the trial's seed and the epoch alone.

    Attributes:
        rows: Number of rows.
        batch_size: Rows per step; the last step of an epoch takes what is left.
        shuffle: Whether the rows are shuffled before each epoch; otherwise they keep their own order.

    Example:
        >>> RowOrder(rows=6, batch_size=2).of(seed=7, epoch=0)
        array([0, 1, 2, 3, 4, 5], dtype=int32)
    """

    rows: int
    batch_size: int
    shuffle: bool = False

    @property
    def steps(self) -> int:
        """Number of steps of an epoch."""
        return -(-self.rows // self.batch_size)

    def of(self, seed: int, epoch: int) -> np.ndarray:
        """The rows of an epoch.

        Args:
            seed: Seed of the trial.
            epoch: Counted from 0.

        Returns:
            Positions of rows, shape (rows,), int32.
        """
        return _permutation(seed, epoch, self.rows) if self.shuffle else np.arange(self.rows, dtype=np.int32)


@lru_cache(maxsize=32)
def _permutation(seed: int, epoch: int, rows: int) -> np.ndarray:
    return np.random.default_rng([seed, epoch]).permutation(rows).astype(np.int32)
