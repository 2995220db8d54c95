"""Trials that no sampler chose: what the search has to beat, and what it is measured against."""

from __future__ import annotations

import optuna

from search_spaces import Candidate, SearchSpace, names
from tuner.study import needs_no_rerun, was_run


def baselines(start: Candidate, current: Candidate | None) -> dict[str, Candidate]:
    """The baselines by name, in the order in which they run.

    Args:
        start: Learning rate, optimizer, losses and hyperparameters of `equal` and `single:<output>`.
        current: Today's configuration, if there is one.

    Returns:
        `current` (if any), `equal`, and `single:<output>` for each output where there are several.
    """
    outputs = list(start.weights)
    candidates = {} if current is None else {names.CURRENT: current}
    candidates[names.EQUAL] = start.with_weights(dict.fromkeys(outputs, 1.0))
    if len(outputs) > 1:
        for output in outputs:
            candidates[names.single(output)] = start.with_weights({other: float(other == output) for other in outputs})
    return candidates


def enqueue_baselines(study: optuna.Study, space: SearchSpace, candidates: dict[str, Candidate]) -> None:
    """Queues the baselines that the study does not have yet, and those that failed.

    Args:
        study: Holds earlier trials.
        space: Says which of a baseline's parameters Optuna records.
        candidates: The baselines by name.
    """
    trials = study.get_trials(deepcopy=False)
    for name, candidate in candidates.items():
        earlier = [trial for trial in trials if trial.user_attrs.get(names.BASELINE) == name]
        if any(map(needs_no_rerun, earlier)):
            continue
        failed = sum(map(was_run, earlier))
        key = f"{names.BASELINE_PREFIX}{name}" + (f":{failed}" if failed else "")
        attributes = {names.BASELINE: name, names.CANDIDATE: candidate.to_dict(), names.KEY: key}
        study.enqueue_trial(space.encode(candidate), user_attrs=attributes)
