"""Which trials start. Decisions on the list of the study's trials alone, so that all workers decide alike."""

from __future__ import annotations

from collections.abc import Sequence

from optuna.trial import FrozenTrial, TrialState

from search_spaces import names
from tuner.study._limits import Limits
from tuner.study._numbered_candidates import NumberedCandidates
from tuner.study._trial_counts import TrialCounts
from tuner.study._trial_facts import is_drawn, is_queued_by_hand, is_waiting, repeated_trials


class Admission:
    """Decides whether another trial starts, and whether one that was just started is withdrawn. It changes nothing.

    Args:
        limits: When no further trial is started.
        candidates: The candidates by number, where the sampler looks at no history; else None.
        replicates: Whether waiting replicates are started, and nothing else; a search leaves them alone.
    """

    def __init__(self, limits: Limits, candidates: NumberedCandidates | None, replicates: bool) -> None:
        self._limits, self._candidates, self._replicates = limits, candidates, replicates
        self._counts = TrialCounts()

    def may_start(self, trials: Sequence[FrozenTrial]) -> bool:
        """Whether a trial waits to be started, or the sampler may draw one more."""
        if self._limits.over:
            return False
        if any(is_waiting(trial, self._replicates) for trial in self._counts.not_all_ended(trials)):
            return True
        return self._may_draw(self._counts.drawn_before(trials, len(trials)))

    def reason_to_withdraw(self, trials: Sequence[FrozenTrial], number: int) -> str:
        """Why a trial that was just started is one too many, because of what other workers did meanwhile; or nothing.

        The trials' numbers decide, which the storage gives each once.
        """
        key = trials[number].user_attrs.get(names.KEY)
        if key and self._counts.first_with_key(trials, key) < number:
            return "another worker queued the same trial"
        if any(trial.state in (TrialState.COMPLETE, TrialState.PRUNED) for trial in repeated_trials(trials, number)):
            return "the trial that this one was to repeat did finish"
        draw = self.draw_number(trials, number)
        if draw is not None and not self._may_draw(draw):
            return "other workers started the last trials"
        return ""

    def draw_number(self, trials: Sequence[FrozenTrial], number: int) -> int | None:
        """The number, from 0, of the draw that gives a trial its candidate; None where no sampler gives it one.

        A trial that runs another one again has the draw of that one, unless that one's candidate is stored already.
        """
        if names.CANDIDATE in trials[number].user_attrs:
            return None
        *_, first = trials[number], *repeated_trials(trials, number)
        if is_queued_by_hand(first) or not is_drawn(first):
            return None
        return self._counts.drawn_before(trials, first.number)

    def _may_draw(self, draw: int) -> bool:
        return draw < self._limits.n_trials and (self._candidates is None or self._candidates.has(draw))
