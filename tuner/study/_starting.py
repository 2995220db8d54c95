"""From a trial that Optuna started to one that an engine can train."""

from __future__ import annotations

from typing import Any

import optuna

from search_spaces import Candidate, names
from search_spaces.hyperparameters import TrialHyperParameters
from tuner.engines import RunningTrial
from tuner.study._design import StudyDesign
from tuner.study._trial_facts import is_prescribed


def start_trial(trial: optuna.Trial, design: StudyDesign) -> RunningTrial:
    """Gives the trial its candidate and its seed, and stores both with it.

    Raises:
        Exception: Whatever the user's build function raises when it is asked for hyperparameters.
    """
    attributes = trial.user_attrs
    candidate, seed = _candidate(trial, attributes, design), attributes.get(names.SEED, design.seed)
    for key, value in ((names.SEED, seed), (names.CANDIDATE, candidate.to_dict())):
        if attributes.get(key) != value:
            trial.set_user_attr(key, value)
    return RunningTrial(trial.number, candidate, seed, attributes.get(names.BASELINE, ""))


def _candidate(trial: optuna.Trial, attributes: dict[str, Any], design: StudyDesign) -> Candidate:
    """The candidate that is stored with the trial, or a new one."""
    if names.CANDIDATE not in attributes:
        return _with_hyperparameters(design.space.suggest(trial), trial, design)
    candidate = design.stored_candidate(attributes)
    _record_parameters(candidate, trial, design)
    return candidate if is_prescribed(attributes) else _with_hyperparameters(candidate, trial, design)


def _record_parameters(candidate: Candidate, trial: optuna.Trial, design: StudyDesign) -> None:
    """Lets Optuna record those of the queued candidate's parameters that lie in the space."""
    inside = design.space.encode(candidate)
    for parameter in design.space.parameters():
        if parameter.name in inside:
            parameter.suggest(trial)


def _with_hyperparameters(candidate: Candidate, trial: optuna.Trial, design: StudyDesign) -> Candidate:
    """The candidate with what the trial answers to the build function."""
    if not design.architecture.searched:
        return candidate
    hp = TrialHyperParameters(trial)
    try:
        design.architecture.ask(hp, design.seed)
    except Exception:  # the reports show what the build function refused
        trial.set_user_attr(names.CANDIDATE, candidate.with_hyperparameters(hp.values).to_dict())
        raise
    return candidate.with_hyperparameters(hp.values)
