"""Rivals: adaptive weighting policies, each with its learning rate tuned, as baselines of the study."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import count, islice
from typing import Any

import optuna

from search_spaces import Candidate, Problems, SearchSpace, names, nearest
from tuner.policies import POLICIES
from tuner.study import needs_no_rerun, was_run


def usable(asked: Sequence[str] | None, start: Candidate) -> tuple[list[str], list[str]]:
    """The policies that can train these losses.

    Args:
        asked: Names; all where None, and then those that cannot are left out.
        start: Holds the losses.

    Returns:
        Their names, and a sentence for each that is left out.

    Raises:
        InputError: One that was asked for by name is unknown or cannot; all of them at once.
    """
    problems = Problems("the policies cannot be trained")
    for name in [name for name in asked or [] if name not in POLICIES]:
        problems.add(f"unknown policy {name!r}; {nearest(name, POLICIES)}")
    known = [name for name in POLICIES if asked is None or name in asked]
    refused = {name: reason for name in known if (reason := refusal(name, start))}
    if asked is not None:
        for reason in refused.values():
            problems.add(reason)
    problems.raise_any()
    return [name for name in known if name not in refused], list(refused.values())


def refusal(name: str, start: Candidate) -> str:
    """Why a policy cannot train these losses; empty where it can."""
    policy = POLICIES[name]
    if len(start.losses) > policy.most_outputs:
        return f"{name} is exact for at most {policy.most_outputs} outputs, and there are {len(start.losses)}"
    doubtful = [f"{loss.label} of output {output!r}" for output, loss in start.losses.items() if not loss.never_negative]
    if policy.needs_positive_losses and doubtful:
        return f"{name} divides by losses or takes their logarithm, and {', '.join(doubtful)} may be negative"
    return ""


def shared_start(study: optuna.Study, chosen: Candidate, custom_objects: Mapping[str, Any]) -> Candidate:
    """What rivals share: losses, optimizer and hyperparameters of the study's earlier rivals, or of the chosen candidate."""
    for trial in study.get_trials(deepcopy=False):
        if names.is_policy(trial.user_attrs.get(names.BASELINE, "")):
            chosen = Candidate.from_dict(trial.user_attrs[names.CANDIDATE], custom_objects)
            break
    return replace(chosen, policy="", weights=dict.fromkeys(chosen.weights, 1.0))


def enqueue_policy_trials(study: optuna.Study, space: SearchSpace, start: Candidate, policies: Sequence[str], trials: int) -> int:
    """Queues the trials that are missing.

    Args:
        study: Holds earlier ones.
        space: Its range of learning rates is tried.
        start: Of `shared_start`.
        policies: Names.
        trials: Number of learning rates of each policy.

    Returns:
        How many trials of policies wait now.
    """
    for policy in policies:
        name = names.policy(policy)
        before = [trial for trial in study.get_trials(deepcopy=False) if trial.user_attrs.get(names.BASELINE) == name]
        there = {_rate(trial) for trial in before if needs_no_rerun(trial)}
        for rate in islice(learning_rates(start.learning_rate, space.learning_rate), trials):
            if rate not in there:
                candidate = replace(start, policy=policy, learning_rate=rate)
                tried = sum(_rate(trial) == rate and was_run(trial) for trial in before)
                key = f"{name}:{rate}:{tried}"
                attributes = {names.BASELINE: name, names.CANDIDATE: candidate.to_dict(), names.KEY: key}
                study.enqueue_trial(space.encode(candidate), user_attrs=attributes)
    return sum(
        trial.state == optuna.trial.TrialState.WAITING and names.is_policy(trial.user_attrs.get(names.BASELINE, ""))
        for trial in study.get_trials(deepcopy=False)
    )


def learning_rates(first: float, bounds: tuple[float, float] | float) -> Iterator[float]:
    """The chosen candidate's own rate, then ever finer ones between the bounds, evenly by their logarithm.

    Where the space has one rate there are no others. Asking for more continues the same sequence (van der Corput's, base 2), so
    that nothing is trained twice.
    """
    yield first
    if isinstance(bounds, float):
        return
    low, high = bounds
    for number in count(1):
        place, digit, rest = 0.0, 0.5, number
        while rest:
            place, digit, rest = place + digit * (rest % 2), digit / 2, rest // 2
        yield float(low * (high / low) ** place)


def _rate(trial: optuna.trial.FrozenTrial) -> float:
    return float(trial.user_attrs[names.CANDIDATE]["learning_rate"])
