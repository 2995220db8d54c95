"""When a study starts no further trial."""

from __future__ import annotations

import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """When no further trial is started.

    Attributes:
        n_trials: Number of trials that the sampler chooses, over all calls and workers; baselines come on top.
        deadline: `time.monotonic()` after which no trial is started; None where there is none.
    """

    n_trials: int
    deadline: float | None = None

    @property
    def over(self) -> bool:
        """Whether the time is up."""
        return self.deadline is not None and time.monotonic() >= self.deadline
