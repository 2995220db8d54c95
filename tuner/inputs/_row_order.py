"""The order of the training rows: the same in every engine, so that trials of both are paired."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np

Shuffled = Literal["", "rows", "batches"]
"""What is shuffled before each pass over the rows: nothing, the rows, or whole batches."""


@dataclass(frozen=True)
class RowOrder:
    """In which order a trial meets the training rows: it depends on the trial's seed and the epoch alone.

    Attributes:
        rows: Number of rows.
        batch_size: Rows per step.
        shuffled: What is shuffled before each pass over the rows. A last, smaller batch stays the last one.
        steps: Number of steps of an epoch; None for a whole pass. The next epoch goes on where this one ends.
        endless: Whether one pass follows the other without a smaller batch between them.

    Example:
        >>> halves = RowOrder(rows=6, batch_size=2, shuffled="", steps=2, endless=True)
        >>> halves.of(seed=7, epoch=0), halves.of(seed=7, epoch=1)
        (array([0, 1, 2, 3], dtype=int32), array([4, 5, 0, 1], dtype=int32))
    """

    rows: int
    batch_size: int
    shuffled: Shuffled = ""
    steps: int | None = None
    endless: bool = False

    @property
    def batches(self) -> int:
        """Number of batches of a pass."""
        return -(-self.rows // self.batch_size)

    @property
    def steps_per_epoch(self) -> int:
        """Number of steps of an epoch."""
        return self.steps or self.batches

    @property
    def in_whole_passes(self) -> bool:
        """Whether an epoch is a pass over the rows."""
        return not self.endless and self.steps_per_epoch == self.batches

    @property
    def is_even(self) -> bool:
        """Whether all epochs have the same number of rows, however many there are."""
        return self.endless or self.in_whole_passes or self.rows % self.batch_size == 0

    def of(self, seed: int, epoch: int) -> np.ndarray:
        """The rows of an epoch.

        Args:
            seed: Seed of the trial.
            epoch: Counted from 0.

        Returns:
            Positions of rows, shape (rows of the epoch,), int32.
        """
        if self.endless:
            return self._going_on(seed, epoch * self.steps_per_epoch * self.batch_size)
        number, first = divmod(epoch * self.steps_per_epoch, self.batches)
        one_pass = self._of_pass(seed, number)
        return one_pass[first * self.batch_size : (first + self.steps_per_epoch) * self.batch_size]

    def _going_on(self, seed: int, first: int) -> np.ndarray:
        """The rows of an epoch that begins at this place of all passes, one after the other."""
        count = self.steps_per_epoch * self.batch_size
        number, skipped = divmod(first, self.rows)
        last = (first + count - 1) // self.rows
        passes = [self._of_pass(seed, one) for one in range(number, last + 1)]
        return np.concatenate(passes)[skipped : skipped + count]

    def _of_pass(self, seed: int, number: int) -> np.ndarray:
        return _permutation(seed, number, self.rows, self.batch_size if self.shuffled == "batches" else 1, bool(self.shuffled))


@lru_cache(maxsize=32)
def _permutation(seed: int, number: int, rows: int, together: int, shuffled: bool) -> np.ndarray:
    """The order of rows in a pass, of which so many stay together; what is left over comes last."""
    if not shuffled:
        return np.arange(rows, dtype=np.int32)
    groups = np.random.default_rng([seed, number]).permutation(rows // together)
    grouped = (groups[:, None] * together + np.arange(together)).ravel()
    return np.concatenate([grouped, np.arange(len(grouped), rows)]).astype(np.int32)
