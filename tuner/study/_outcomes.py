"""How a running trial ends in the storage: with an outcome, or handed over to run again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import optuna
from optuna.exceptions import UpdateFinishedTrialError
from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial, TrialState

from search_spaces import names
from tuner.engines import Outcome

_STATES = {names.COMPLETE: TrialState.COMPLETE, names.PRUNED: TrialState.PRUNED, names.DIVERGED: TrialState.PRUNED}
"""Samplers forget what failed and so go back to where trials diverge; what was pruned they take for bad."""
_HANDED_OVER = (names.BASELINE, names.CANDIDATE, names.SEED, names.REPLICATE_OF)


def note_outcome(study: optuna.Study, storage: BaseStorage, number: int, outcome: Mapping[str, Any]) -> None:
    """Writes an outcome to a running trial.

    Raises:
        UpdateFinishedTrialError: The trial has ended already.
    """
    study_id = storage.get_study_id_from_name(study.study_name)
    trial_id = storage.get_trial_id_from_study_id_trial_number(study_id, number)
    storage.set_trial_user_attr(trial_id, names.OUTCOME, dict(outcome))


def tell(study: optuna.Study, number: int, outcome: Mapping[str, Any]) -> None:
    """Ends a running trial as its outcome says.

    Raises:
        UpdateFinishedTrialError: The trial has ended already.
    """
    state = _STATES.get(outcome["state"], TrialState.FAIL)
    values = outcome.get("kept", outcome["history"][-1]) if state == TrialState.COMPLETE else None
    try:
        study.tell(number, values, state=state)
    except ValueError as error:
        if study.get_trials(deepcopy=False)[number].state.is_finished():
            raise UpdateFinishedTrialError(str(error)) from error
        raise


def hand_over(study: optuna.Study, storage: BaseStorage, trial: FrozenTrial, reason: str) -> None:
    """Ends a running trial that its worker will not finish, and queues its candidate once more.

    A trial whose outcome is stored already, by a worker that ended just then, ends with that outcome. The new trial is queued
    before the old one ends, so that a kill in between loses nothing; its key sees to it that it runs only once.
    """
    try:
        if names.OUTCOME in trial.user_attrs:
            tell(study, trial.number, trial.user_attrs[names.OUTCOME])
            return
        _queue_again(study, trial)
        outcome = Outcome(names.INTERRUPTED, reason=reason).to_dict()
        note_outcome(study, storage, trial.number, outcome)
        tell(study, trial.number, outcome)
    except UpdateFinishedTrialError:
        pass  # another worker was faster


def _queue_again(study: optuna.Study, trial: FrozenTrial) -> None:
    """Queues the trial's candidate, unless another worker has queued it already."""
    key = f"{names.AGAIN_PREFIX}{trial.number}"
    if any(other.user_attrs.get(names.KEY) == key for other in study.get_trials(deepcopy=False)):
        return
    attributes = {name: trial.user_attrs[name] for name in _HANDED_OVER if name in trial.user_attrs}
    study.enqueue_trial(trial.params, user_attrs=attributes | {names.KEY: key})
