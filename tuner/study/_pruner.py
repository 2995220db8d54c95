"""Early stopping of hopeless trials with several objectives, which Optuna's own pruners do not offer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import optuna

from search_spaces import InputError, names
from tuner.study._trial_facts import is_replicate


@dataclass(frozen=True)
class DominancePruner:
    """Stops a trial that too many finished trials dominate at the same epoch.

    Attributes:
        first_epoch: No trial is stopped before this epoch (counted from 1).
        share: A trial is stopped where more than this share of the finished trials is better in every objective.
        min_trials: Number of finished trials below which none is stopped.

    Example:
        >>> pruner = DominancePruner(min_trials=4)
        >>> pruner(study, number=99, epoch=1, values=[0.0, 0.0])
        True
        >>> pruner(study, number=99, epoch=1, values=[1.0, 1.0])
        False
    """

    first_epoch: int = 1
    share: float = 0.5
    min_trials: int = 10

    def __post_init__(self) -> None:
        if not 0 < self.share < 1 or self.first_epoch < 1 or self.min_trials < 1:
            raise InputError(f"a DominancePruner needs 0 < share < 1, first_epoch ≥ 1 and min_trials ≥ 1, got {self!r}")

    def __call__(self, study: optuna.Study, number: int, epoch: int, values: Sequence[float]) -> bool:
        """Whether to stop the trial.

        Args:
            study: Holds the finished trials with the values of each epoch.
            number: The trial's number.
            epoch: Counted from 1.
            values: The objectives after that epoch, in their own directions.
        """
        if epoch < self.first_epoch:
            return False
        others = [t for t in study.get_trials(deepcopy=False) if t.number != number and not is_replicate(t)]
        outcomes = [trial.user_attrs.get(names.OUTCOME, {}) for trial in others]
        past = [o["history"][epoch - 1] for o in outcomes if o.get("state") == names.COMPLETE]
        if len(past) < self.min_trials:
            return False
        sign = np.array([1.0 if d == optuna.study.StudyDirection.MAXIMIZE else -1.0 for d in study.directions])
        better = (np.asarray(past, float) * sign > np.asarray(values) * sign).all(axis=1)
        return bool(better.mean() > self.share)
