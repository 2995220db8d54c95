"""Counts over a study's trials that are asked for before each trial, without reading all of them each time."""

from __future__ import annotations

from collections.abc import Sequence

from optuna.trial import FrozenTrial

from search_spaces import names
from tuner.study._trial_facts import is_drawn


class TrialCounts:
    """Counts over the list of a study's trials, which only grows; what cannot change any more is counted once."""

    def __init__(self) -> None:
        self._ended = 0
        self._drawn_and_ended = 0
        self._first_with_key: dict[str, int] = {}
        self._with_key_until = 0

    def not_all_ended(self, trials: Sequence[FrozenTrial]) -> Sequence[FrozenTrial]:
        """The trials from the first one that has not ended."""
        self._count_ended(trials)
        return trials[self._ended :]

    def drawn_before(self, trials: Sequence[FrozenTrial], number: int) -> int:
        """How many trials before this one a sampler drew: the number of this trial's own draw, from 0."""
        self._count_ended(trials)
        if number < self._ended:
            return sum(map(is_drawn, trials[:number]))
        return self._drawn_and_ended + sum(map(is_drawn, trials[self._ended : number]))

    def first_with_key(self, trials: Sequence[FrozenTrial], key: str) -> int:
        """Number of the first trial that was queued with this key."""
        for trial in trials[self._with_key_until :]:
            if names.KEY in trial.user_attrs:
                self._first_with_key.setdefault(trial.user_attrs[names.KEY], trial.number)
        self._with_key_until = len(trials)
        return self._first_with_key[key]

    def _count_ended(self, trials: Sequence[FrozenTrial]) -> None:
        """Moves on over the trials that have all ended."""
        while self._ended < len(trials) and trials[self._ended].state.is_finished():
            self._drawn_and_ended += is_drawn(trials[self._ended])
            self._ended += 1
