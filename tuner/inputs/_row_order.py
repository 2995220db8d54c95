"""The order of the training rows: the same in every engine, so that trials of both are paired."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

import numpy as np


@dataclass(frozen=True)
class RowOrder:
    """In which order a trial meets the training rows: it depends on the trial's seed and the epoch alone.

    Attributes:
        rows: Number of rows.
        batch_size: Rows per step; the last step of an epoch takes what is left.
        shuffle: Whether the rows are shuffled before each pass over them, or the order of their `"batches"` is, of which a
            smaller one stays the last; otherwise they keep their own order.
        steps_per_epoch: Number of steps of an epoch, where that is not a whole pass.
        continues: Whether an epoch goes on where the one before ended; else each begins a pass of its own.
        recorded: The rows of each epoch as a pipeline gave them, shape (epochs, rows of an epoch), int32, in place of passes.

    Example:
        >>> RowOrder(rows=6, batch_size=2).of(seed=7, epoch=0)
        array([0, 1, 2, 3, 4, 5], dtype=int32)
        >>> RowOrder(rows=6, batch_size=2, steps_per_epoch=1, continues=True).of(seed=7, epoch=4)
        array([2, 3], dtype=int32)
    """

    rows: int
    batch_size: int
    shuffle: bool | Literal["batches"] = False
    steps_per_epoch: int | None = None
    continues: bool = False
    recorded: np.ndarray | None = field(default=None, compare=False)

    @property
    def rows_per_epoch(self) -> int:
        """Number of rows of an epoch."""
        if self.recorded is not None:
            return int(self.recorded.shape[1])
        return self.rows if self.steps_per_epoch is None else self.steps_per_epoch * self.batch_size

    @property
    def steps(self) -> int:
        """Number of steps of an epoch."""
        return -(-self.rows_per_epoch // self.batch_size)

    @property
    def is_own(self) -> bool:
        """Whether every epoch has all rows in their own order."""
        return not self.shuffle and self.recorded is None and self.steps_per_epoch is None

    def of(self, seed: int, epoch: int) -> np.ndarray:
        """The rows of an epoch.

        Args:
            seed: Seed of the trial.
            epoch: Counted from 0.

        Returns:
            Positions of rows, shape (rows of an epoch,), int32.
        """
        if self.recorded is not None:
            return self._in_batches(self.recorded[epoch], seed, epoch)
        count = self.rows_per_epoch
        if not self.continues:
            return self._pass(seed, epoch)[:count]
        first, at = divmod(epoch * count, self.rows)
        last = (epoch * count + count - 1) // self.rows
        return np.concatenate([self._pass(seed, number) for number in range(first, last + 1)])[at : at + count]

    def _pass(self, seed: int, number: int) -> np.ndarray:
        if self.shuffle is True:
            return _permutation(seed, number, self.rows)
        return self._in_batches(np.arange(self.rows, dtype=np.int32), seed, number)

    def _in_batches(self, rows: np.ndarray, seed: int, number: int) -> np.ndarray:
        """The rows with their full batches in an order of the seed's, where batches are shuffled."""
        if self.shuffle != "batches":
            return rows
        full = len(rows) // self.batch_size
        batches = rows[: full * self.batch_size].reshape(full, self.batch_size)
        return np.concatenate([batches[_permutation(seed, number, full)].ravel(), rows[full * self.batch_size :]])


@lru_cache(maxsize=32)
def _permutation(seed: int, number: int, count: int) -> np.ndarray:
    return np.random.default_rng([seed, number]).permutation(count).astype(np.int32)
