"""A storage that shows a sampler only the trials that a sampler chose, and starts replicates only when they are asked for."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from typing import Any

from optuna.exceptions import UpdateFinishedTrialError
from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial, TrialState, create_trial

from search_spaces import names
from tuner.storage import ForwardingStorage
from tuner.study._trial_facts import is_searched, is_waiting


class SearchView(ForwardingStorage):
    """Forwards every call to the study's storage, and hides started baselines and replicates from whoever lists trials.

    Many samplers search only the parameters that every finished trial has (Optuna's intersection search space; QMC looks at
    the first trial alone). A baseline such as one output trained alone lies outside the space, so that a single one in sight
    would turn their search into independent random sampling.

    Args:
        storage: Where the study is kept.
        replicates: Which of the trials that wait are seen, and so started: the replicates, or all others. A search leaves
            replicates alone, because it has no test data to measure them on.
        worker: What each trial that is started here stores about who trains it.
    """

    def __init__(self, storage: BaseStorage, replicates: bool = False, worker: Mapping[str, Any] | None = None) -> None:
        super().__init__(storage)
        self._replicates, self._worker = replicates, dict(worker or {})

    def create_new_trial(self, study_id: int, template_trial: FrozenTrial | None = None) -> int:
        """Starts a trial that stores from its first moment on which worker trains it."""
        if template_trial is None:
            template_trial = create_trial(state=TrialState.RUNNING, user_attrs={names.WORKER: self._worker})
        return self._storage.create_new_trial(study_id, template_trial)

    def set_trial_state_values(self, trial_id: int, state: TrialState, values: Sequence[float] | None = None) -> bool:
        """Starts a queued trial and stores which worker did, or ends a trial."""
        if state != TrialState.RUNNING:
            return self._storage.set_trial_state_values(trial_id, state, values)
        try:
            started = self._storage.set_trial_state_values(trial_id, state, values)
        except UpdateFinishedTrialError:  # another worker started it, and ended it too
            return False
        if started:
            self._storage.set_trial_user_attr(trial_id, names.WORKER, self._worker)
        return started

    def get_all_trials(
        self, study_id: int, deepcopy: bool = True, states: Container[TrialState] | None = None
    ) -> list[FrozenTrial]:
        """The trials that a sampler chose, and those that wait to be started here."""
        trials = self._storage.get_all_trials(study_id, deepcopy=deepcopy, states=states)
        return [trial for trial in trials if self._is_seen(trial)]

    def _is_seen(self, trial: FrozenTrial) -> bool:
        return is_waiting(trial, self._replicates) if trial.state == TrialState.WAITING else is_searched(trial)
