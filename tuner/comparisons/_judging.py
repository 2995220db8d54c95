"""Which seeds choose, what they choose, and which fresh seeds judge it: decided once, and stored for all workers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import count

import optuna

import reports
from reports.confirmation import Chosen, JudgingPlan, Judgment, choosing_seeds, replicate_results, rule_key
from search_spaces import names
from tuner.study import is_replicate

_SEEDS = 2**32


def plan_of(study: optuna.Study, seed: int, seeds: int) -> JudgingPlan:
    """The study's plan; the first call makes it.

    What was confirmed in one stage chooses from now on: all of its seeds, and its verdict counts as one.

    Args:
        study: May hold replicates of one stage.
        seed: The study's seed.
        seeds: Number of seeds of this call, those that choose and those that judge.
    """
    plan = JudgingPlan.of(study.user_attrs)
    if plan is None:
        earlier = {trial.user_attrs[names.SEED] for trial in study.get_trials(deepcopy=False) if is_replicate(trial)}
        choosing = sorted(earlier) or fresh_seeds(seed, (), choosing_seeds(seeds))
        plan = _stored(study, JudgingPlan(tuple(choosing), int(bool(earlier)), {}, ()))
    return plan


def decide_pick(
    study: optuna.Study, among: Sequence[int], prefer: Mapping[str, float] | None, require: Mapping[str, float] | None
) -> int | None:
    """The pick of this rule by the seeds that choose; the stored one, unless it was chosen among others or has failed since.

    Returns:
        The trial's number; None where no seed has a value for all candidates.

    Raises:
        InputError: No confirmed candidate meets what is required.
    """
    plan, results, rule = JudgingPlan.of(study.user_attrs), replicate_results(study), rule_key(prefer, require)
    if results is None or plan is None:
        return None
    stored = plan.picks.get(rule)
    if stored is not None and stored.among != tuple(among):
        plan = _stored(study, replace(plan, picks={key: pick for key, pick in plan.picks.items() if key != rule}))
    pick = reports.choose(study, prefer, require)
    if plan.picks.get(rule) != Chosen(pick, tuple(among)):
        _stored(study, replace(plan, picks={**plan.picks, rule: Chosen(pick, tuple(among))}))
    return pick


def decide_judgment(study: optuna.Study, pick: int, seed: int, seeds: int, tested: bool) -> tuple[list[int], list[int]]:
    """Whom this call judges and with which seeds; each pick gets seeds that judge nothing else.

    Returns:
        Numbers of the pick's trial and of the reference's, and the seeds; no seeds where the pick is the reference.
    """
    plan, results = JudgingPlan.of(study.user_attrs), replicate_results(study)
    assert plan is not None
    assert results is not None
    if results.reference_trial in (pick, None):
        return [], []
    data = names.TEST if tested else names.VALIDATION
    wanted, judgment = seeds - choosing_seeds(seeds), plan.judgment_of(pick, data)
    if judgment is None:
        judgment = Judgment(pick, data, wanted, tuple(fresh_seeds(seed, plan.seeds, wanted)))
        _stored(study, replace(plan, judgments=(*plan.judgments, judgment)))
    elif more := judgment.grown(wanted) - len(judgment.seeds):
        grown = replace(judgment, seeds=(*judgment.seeds, *fresh_seeds(seed, plan.seeds, more)))
        _stored(study, replace(plan, judgments=tuple(grown if j == judgment else j for j in plan.judgments)))
        judgment = grown
    return [pick, int(results.reference_trial or 0)], list(judgment.seeds)


def fresh_seeds(seed: int, taken: Sequence[int] | set[int], number: int) -> list[int]:
    """The first seeds after the study's own that are not taken."""
    following = ((seed + at) % _SEEDS for at in count(1))
    free = (this for this in following if this not in taken)
    return [next(free) for _ in range(number)]


def _stored(study: optuna.Study, plan: JudgingPlan) -> JudgingPlan:
    study.set_user_attr(names.JUDGING, plan.to_dict())
    stored = JudgingPlan.of(study.user_attrs)
    assert stored is not None
    return stored
