"""Trials of a cross-validation, as engines train them: each is trained once for each fold."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from search_spaces import names
from tuner.engines._protocol import Outcome, RunningTrial, Trials

_WORST_FIRST = (names.FAILED, names.DIVERGED, names.PRUNED)


@dataclass
class _Progress:
    """What is known of the folds of one trial.

    Attributes:
        epochs: The values of each fold after each epoch.
        outcomes: How each fold ended.
        stopped: Whether the other folds need not train on.
    """

    epochs: dict[int, dict[int, list[float]]] = field(default_factory=dict)
    outcomes: dict[int, Outcome] = field(default_factory=dict)
    stopped: bool = False


class TrialsByFold:
    """Hands out every trial once for each fold, and hands in the mean over its folds.

    A pruner is asked after each epoch that all folds have trained, with their means. Where one fold diverges or fails, or the
    pruner stops the trial, the others end at their next epoch.

    Args:
        trials: Where the trials come from.
        folds: Number of folds.

    >>> class OneTrial:
    ...     waiting = [RunningTrial(0, candidate, seed=7)]
    ...     def next(self):
    ...         return self.waiting.pop() if self.waiting else None
    ...     def report(self, trial, epoch, values):
    ...         return True
    ...     def finish(self, trial, outcome):
    ...         print(outcome.values, outcome.folds)
    >>> trials = TrialsByFold(OneTrial(), folds=2)
    >>> first, second = trials.next(), trials.next()
    >>> first.fold, second.fold, trials.next()
    (0, 1, None)
    >>> trials.finish(first, Outcome("complete", [[0.7, 0.5]]))
    >>> trials.finish(second, Outcome("complete", [[0.9, 0.5]]))
    [0.8, 0.5] [[0.7, 0.5], [0.9, 0.5]]
    """

    def __init__(self, trials: Trials, folds: int) -> None:
        self._trials, self._folds = trials, folds
        self._waiting = deque[RunningTrial]()
        self._running: dict[int, _Progress] = {}
        self._lock = threading.RLock()

    def next(self) -> RunningTrial | None:
        """One fold of a trial; None when there is nothing more to start."""
        with self._lock:
            if not self._waiting:
                trial = self._trials.next()
                if trial is None:
                    return None
                self._running[trial.number] = _Progress()
                self._waiting.extend(replace(trial, fold=fold) for fold in range(self._folds))
            return self._waiting.popleft()

    def report(self, trial: RunningTrial, epoch: int, values: Sequence[float]) -> bool:
        """False where the trial is to be stopped."""
        with self._lock:
            progress = self._running[trial.number]
            of_epoch = progress.epochs.setdefault(epoch, {})
            of_epoch[_fold(trial)] = list(values)
            if len(of_epoch) == self._folds and not progress.stopped:
                means = np.mean(list(of_epoch.values()), axis=0).tolist()
                progress.stopped = not self._trials.report(replace(trial, fold=None), epoch, means)
            return not progress.stopped

    def finish(self, trial: RunningTrial, outcome: Outcome) -> None:
        """Keeps the outcome of a fold; that of the trial is handed in with its last fold."""
        with self._lock:
            progress = self._running[trial.number]
            progress.outcomes[_fold(trial)] = outcome
            progress.stopped |= outcome.state != names.COMPLETE
            if len(progress.outcomes) < self._folds:
                return
            del self._running[trial.number]
        self._trials.finish(replace(trial, fold=None), mean_over_folds([progress.outcomes[fold] for fold in range(self._folds)]))


def mean_over_folds(outcomes: Sequence[Outcome]) -> Outcome:
    """The outcome of a trial whose folds ended so: the means over folds, or the worst state.

    A fold that a callback ended early counts in later epochs with the values that it ended with.
    """
    states = [outcome.state for outcome in outcomes]
    state = next((worst for worst in _WORST_FIRST if worst in states), names.COMPLETE)
    fold = states.index(state)
    engines = ", ".join(dict.fromkeys(outcome.engine for outcome in outcomes))
    reason = f"fold {fold + 1}: {outcomes[fold].reason}" if outcomes[fold].reason else ""
    result = Outcome(state, _means(outcomes), sum(outcome.seconds for outcome in outcomes), engines, reason)
    if state != names.COMPLETE:
        return result
    values = [outcome.values for outcome in outcomes if outcome.values is not None]
    tested = [outcome.test_values for outcome in outcomes if outcome.test_values is not None]
    means = np.mean(values, axis=0).tolist()
    return replace(
        result,
        folds=values,
        kept=None if means == result.history[-1] else means,
        test_values=np.mean(tested, axis=0).tolist() if tested else None,
    )


def _means(outcomes: Sequence[Outcome]) -> list[list[float]]:
    """The mean over folds after each epoch; those of a trial that ended early have all folds in common."""
    lengths = [len(outcome.history) for outcome in outcomes]
    complete = all(outcome.state == names.COMPLETE for outcome in outcomes)
    epochs = max(lengths) if complete else min(lengths)
    return [
        np.mean([outcome.history[min(epoch, len(outcome.history) - 1)] for outcome in outcomes], axis=0).tolist()
        for epoch in range(epochs)
    ]


def _fold(trial: RunningTrial) -> int:
    assert trial.fold is not None
    return trial.fold
