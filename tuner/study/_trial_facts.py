"""What a stored trial is, read from its attributes alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import optuna
from optuna.trial import FrozenTrial, TrialState

from search_spaces import names

_QUEUED = "fixed_params"
"""The attribute that Optuna gives a trial that somebody queued."""


def end_state(trial: FrozenTrial) -> str | None:
    """How the trial ended, in this project's words; None where nothing is stored yet."""
    state: str | None = trial.user_attrs.get(names.OUTCOME, {}).get("state")
    return state


def is_replicate(trial: FrozenTrial) -> bool:
    """Whether the trial trains a candidate again with another seed."""
    return names.REPLICATE_OF in trial.user_attrs


def is_searched(trial: FrozenTrial) -> bool:
    """Whether the sampler chose this trial."""
    return not is_prescribed(trial.user_attrs)


def is_prescribed(attributes: Mapping[str, Any]) -> bool:
    """Whether a trial with these attributes is a baseline or a replicate, so that no sampler chose its candidate."""
    return names.BASELINE in attributes or names.REPLICATE_OF in attributes


def is_queued_by_hand(trial: FrozenTrial) -> bool:
    """Whether somebody queued the trial with parameters of their own."""
    return _QUEUED in trial.system_attrs


def was_run(trial: FrozenTrial) -> bool:
    """Whether the trial ended by itself, or has not ended yet."""
    return names.was_run(end_state(trial))


def needs_no_rerun(trial: FrozenTrial) -> bool:
    """Whether the trial need not be run again: it has values, diverged, runs or waits."""
    return was_run(trial) and end_state(trial) != names.FAILED


def is_drawn(trial: FrozenTrial) -> bool:
    """Whether a sampler drew the trial, and it neither repeats an earlier one nor was withdrawn."""
    return is_searched(trial) and names.KEY not in trial.user_attrs and end_state(trial) != names.WITHDRAWN


def counts(trial: FrozenTrial) -> bool:
    """Whether the trial is one of the `n_trials`: chosen by the sampler and not run again since."""
    return is_searched(trial) and was_run(trial)


def repeated_trials(trials: Sequence[FrozenTrial], number: int) -> Iterator[FrozenTrial]:
    """The trials that this one runs again: the interrupted one, the one that this one ran again, and so on."""
    while str(key := trials[number].user_attrs.get(names.KEY, "")).startswith(names.AGAIN_PREFIX):
        number = int(key.removeprefix(names.AGAIN_PREFIX))
        yield trials[number]


def finished(study: optuna.Study) -> int:
    """Number of trials that have ended for good, baselines included."""
    ended = (trial for trial in study.get_trials(deepcopy=False) if trial.state.is_finished())
    return sum(map(was_run, ended))


def still_to_run(trials: Sequence[FrozenTrial], n_trials: int) -> int:
    """Number of trials that a search of `n_trials` has still to run: those it draws, and what waits or runs on top."""
    on_top = sum(not trial.state.is_finished() and not is_replicate(trial) and not counts(trial) for trial in trials)
    return n_trials + on_top - sum(counts(trial) and trial.state.is_finished() for trial in trials)


def is_waiting(trial: FrozenTrial, replicates: bool) -> bool:
    """Whether the trial waits to be started, among the replicates or among all others."""
    return trial.state == TrialState.WAITING and is_replicate(trial) == replicates
