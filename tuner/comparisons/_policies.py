"""Policy trials: adaptive weighting policies, each with its learning rate tuned, as baselines of the study."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from itertools import islice

import keras
import optuna
from optuna.trial import FrozenTrial, TrialState

from search_spaces import Candidate, Problems, SearchSpace, names, nearest
from tuner.comparisons._learning_rates import learning_rates
from tuner.inputs import Training, check_whole_number, own_loop
from tuner.policies import POLICIES
from tuner.study import StudyDesign, needs_no_rerun, was_run


def check_policy_trials(training: Training | None, rates: object, model: keras.Model) -> Training:
    """What the policy trials share.

    Args:
        training: What the search's trials share; None where there was no search in this process.
        rates: Number of learning rates of each policy.
        model: The model to train.

    Raises:
        InputError: There was no search, or `rates` or the model does not fit; all mistakes at once.
    """
    problems = Problems("the policies cannot be trained")
    if training is None:
        problems.add("compare_policies trains and needs the data: call search first, the same call resumes it")
    check_whole_number("trials", rates, 1, problems)
    if own_loop(model):
        problems.add(f"the model has a {own_loop(model)} of its own, and a policy needs another training step")
    if training is not None and training.callbacks is not None:
        problems.add(
            "the search was given callbacks, which watch the losses of fixed weights; search without them to compare policies"
        )
    problems.raise_any()
    assert training is not None
    return training


def usable_policies(asked: Collection[str] | None, start: Candidate) -> tuple[list[str], list[str]]:
    """The policies that can train these losses.

    Args:
        asked: Names of policies; None asks for all, and leaves out those that cannot train the losses.
        start: Holds the losses.

    Returns:
        The policies' names, and a sentence for each that is left out.

    Raises:
        InputError: A policy that was asked for by name is unknown or cannot train the losses; all such policies at once.
    """
    problems = Problems("the policies cannot be trained")
    asked = [asked] if isinstance(asked, str) else asked
    if not isinstance(asked, Collection | None) or (asked is not None and not asked):
        problems.add(f"policies must be a list of names, got {asked!r:.80}; leave it out to train all of them")
        problems.raise_any()
    for name in [name for name in asked or [] if name not in POLICIES]:
        problems.add(f"unknown policy {name!r}; {nearest(name, POLICIES)}")
    wanted = [name for name in POLICIES if asked is None or name in asked]
    refused = {name: reason for name in wanted if (reason := refusal(name, start))}
    if asked is not None:
        for reason in refused.values():
            problems.add(reason)
    problems.raise_any()
    return [name for name in wanted if name not in refused], list(refused.values())


def refusal(name: str, start: Candidate) -> str:
    """Why a policy cannot train these losses; empty where it can."""
    policy = POLICIES[name]
    if len(start.losses) > policy.most_outputs:
        return f"{name} is exact for at most {policy.most_outputs} outputs, and there are {len(start.losses)}"
    doubtful = [f"{loss.label} of output {output!r}" for output, loss in start.losses.items() if not loss.never_negative]
    if policy.needs_positive_losses and doubtful:
        return f"{name} divides by losses or takes their logarithm, and {', '.join(doubtful)} may be negative"
    return ""


def shared_start(study: optuna.Study, pick: int, design: StudyDesign) -> Candidate:
    """What policy trials share: losses, optimizer and hyperparameters of the study's earlier policy trials, or of the pick.

    Args:
        study: Holds earlier policy trials, if there are any.
        pick: Number of the pick's trial.
        design: Reads stored candidates.
    """
    trials = study.get_trials(deepcopy=False)
    start = next(filter(_is_policy_trial, trials), trials[pick])
    candidate = design.stored_candidate(start.user_attrs)
    return replace(candidate, policy="", weights=dict.fromkeys(candidate.weights, 1.0))


def enqueue_policy_trials(study: optuna.Study, space: SearchSpace, start: Candidate, policies: Sequence[str], rates: int) -> int:
    """Queues the policy trials that are missing.

    Args:
        study: Holds earlier ones.
        space: Its range of learning rates is tried.
        start: What `shared_start` returns.
        policies: Names of policies.
        rates: Number of learning rates of each policy.

    Returns:
        Number of policy trials that wait now.
    """
    for policy in policies:
        baseline = names.policy(policy)
        earlier = [trial for trial in study.get_trials(deepcopy=False) if trial.user_attrs.get(names.BASELINE) == baseline]
        done = {_rate(trial) for trial in earlier if needs_no_rerun(trial)}
        for rate in islice(learning_rates(start.learning_rate, space.learning_rate), rates):
            if rate not in done:
                attempts = sum(_rate(trial) == rate and was_run(trial) for trial in earlier)
                key = f"{baseline}:{rate}:{attempts}"
                _enqueue(study, space, replace(start, policy=policy, learning_rate=rate), baseline, key)
    waiting = study.get_trials(deepcopy=False, states=(TrialState.WAITING,))
    return sum(map(_is_policy_trial, waiting))


def _enqueue(study: optuna.Study, space: SearchSpace, candidate: Candidate, baseline: str, key: str) -> None:
    attributes = {names.BASELINE: baseline, names.CANDIDATE: candidate.to_dict(), names.KEY: key}
    study.enqueue_trial(space.encode(candidate), user_attrs=attributes)


def _is_policy_trial(trial: FrozenTrial) -> bool:
    return names.is_policy(trial.user_attrs.get(names.BASELINE, ""))


def _rate(trial: FrozenTrial) -> float:
    return float(trial.user_attrs[names.CANDIDATE]["learning_rate"])
