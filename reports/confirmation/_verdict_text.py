"""A verdict as one paragraph, in words and numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from reports.confirmation._intervals import interval_table
from reports.confirmation._paired_delta_m import per_seed
from reports.confirmation._plan import seeds_for
from reports.confirmation._results import ReplicateResults
from reports.confirmation._t_test import LEVEL, interval
from search_spaces import names

if TYPE_CHECKING:
    from reports.confirmation._plan import JudgingPlan
    from reports.confirmation._verdict import Verdict


def verdict_text(verdict: Verdict, results: ReplicateResults, finalists: pd.DataFrame) -> str:
    """Puts a verdict into one paragraph.

    Args:
        verdict: The verdict, as `decide` gives it.
        results: The results of replicates that it was made from.
        finalists: Table of finalists, as `finalist_table` gives it, for the probabilities.
    """
    if verdict.kind == names.UNKNOWN:
        return _why_unknown(verdict, results)
    evidence = results.evidence_on(verdict.trial)
    assert evidence is not None
    rows = interval_table(evidence)
    own = rows[rows[names.TRIAL] == verdict.trial]
    reference = own[names.AGAINST].iloc[0]
    at = results.paired.trials[results.paired.reference] if results.paired.reference is not None else -1
    if verdict.trial == at:
        if not finalists.loc[finalists[names.TRIAL] == at, names.PICK].any():
            return f"Trial {at} is {reference}, with which the others are compared."
        parts = [
            f"No significant gain over {reference}: it is itself the choice among the {len(finalists)} confirmed candidates."
        ]
    else:
        differences = "; ".join(_objective(row) for row in own.to_dict("records") if row[names.OBJECTIVE] != names.DELTA_M)
        basis = _basis(verdict) if results.plan is None else _judged_basis(verdict)
        parts = [_opening(verdict, reference), f"{differences}.", basis]
        parts += [_winners_curse(verdict, finalists) if results.plan is None else ""]
        parts += [_same_start(results), _delta_m(own)]
    parts += [_probabilities(verdict, results, finalists), _policies(verdict, results), _ending(verdict, reference, at)]
    return " ".join(part for part in parts if part)


def _opening(verdict: Verdict, reference: str) -> str:
    trial = f"Trial {verdict.trial}"
    if verdict.kind == names.GAIN:
        return f"{trial} is a gain over {reference}:"
    if verdict.kind == names.TRADE_OFF:
        return (
            f"{trial} is a trade-off against {reference}, better on {_listed(verdict.better)}, worse on {_listed(verdict.worse)}:"
        )
    return f"No significant gain over {reference}. {trial} against it:"


def _objective(row: Mapping[Any, Any]) -> str:
    word = row[names.CHANGE] or "no sure difference"
    against = row[names.MEAN] - row[names.DIFFERENCE]
    ends = f"95 % interval {row[names.DIFFERENCE_LOW]:+.3g} to {row[names.DIFFERENCE_HIGH]:+.3g}"
    return f"{row[names.OBJECTIVE]} {row[names.MEAN]:.4g} against {against:.4g} ({row[names.DIFFERENCE]:+.3g}, {ends}, {word})"


def _basis(verdict: Verdict) -> str:
    return (
        f"These are means over {verdict.replicates} seeds on {verdict.data} data, the same seeds for both; better "
        f"means significant with all {verdict.comparisons} comparisons taken together (family-wise error 5 %)."
    )


def _judged_basis(verdict: Verdict) -> str:
    further = (
        "" if verdict.false_gains >= (1 - LEVEL) / 2 else "; further verdicts may err less, so that all together stay below 5 %"
    )
    return (
        f"These are means over {verdict.replicates} seeds that had no part in choosing it, on {verdict.data} data, the same "
        f"seeds for both; better means significant with its {verdict.comparisons} objectives taken together. Where there is "
        f"nothing to gain, such a verdict claims a gain in at most {100 * verdict.false_gains:.2g} % of studies{further}."
        f"{_next_step(verdict)}"
    )


def _next_step(verdict: Verdict) -> str:
    if verdict.kind != names.NO_GAIN:
        return ""
    return f" A next verdict on it takes twice the seeds: confirm(seeds={seeds_for(2 * verdict.replicates)})."


def _winners_curse(verdict: Verdict, finalists: pd.DataFrame) -> str:
    """Says that what was chosen for its mean has an interval that is a little too hopeful."""
    picked = finalists.loc[finalists[names.PICK].astype(bool), names.TRIAL]
    if verdict.data != names.VALIDATION or verdict.trial not in set(picked):
        return ""
    return (
        "The same data chose it, so that its own 95 % intervals hold the truth in 91 to 93 of 100 studies: test_data mends that."
    )


def _same_start(results: ReplicateResults) -> str:
    """Says that the noise of initial weights is missing from the intervals, where it is."""
    if not results.paired.meta.get("same_start"):
        return ""
    return (
        "All replicates start from the same weights, so that the intervals hold the noise of shuffling and random layers, but "
        "none of initial weights: a model trained from other ones may do better or worse than they say."
    )


def _delta_m(own: pd.DataFrame) -> str:
    rows = own[own[names.OBJECTIVE] == names.DELTA_M]
    if rows.empty:
        return ""
    row = rows.iloc[0]
    ends = f"{row[names.DIFFERENCE_LOW]:+.2f} to {row[names.DIFFERENCE_HIGH]:+.2f}"
    return f"Δm changes by {row[names.DIFFERENCE]:+.2f} points ({ends})."


def _probabilities(verdict: Verdict, results: ReplicateResults, finalists: pd.DataFrame) -> str:
    rows = finalists[finalists[names.TRIAL] == verdict.trial]
    if rows.empty or rows[names.PICK_PROBABILITY].isna().all():
        return ""
    row = rows.iloc[0]
    required = row[names.REQUIRED_PROBABILITY]
    by = "" if results.plan is None else ", and the seeds that choose,"
    holds = f" What is required holds with probability {required:.2f}." if required == required else ""
    return (
        f"By the validation data{by} it is the best choice of {len(finalists)} candidates with probability "
        f"{row[names.PICK_PROBABILITY]:.2f}, and on their front with {row[names.FRONT_PROBABILITY]:.2f}.{holds}"
    )


def _policies(verdict: Verdict, results: ReplicateResults) -> str:
    """The best adaptive policy against the candidate. Choosing the best of several favours the policies, not the candidate."""
    evidence = results.evidence
    spread = per_seed(evidence.paired)
    rows = [at for at, name in enumerate(evidence.paired.baselines) if names.is_policy(name)]
    if spread is None or not rows:
        return ""
    best = max(rows, key=lambda at: float(spread[at].mean()))
    own = spread[int((evidence.paired.trials == verdict.trial).argmax())]
    gap = interval(own - spread[best])
    name = evidence.paired.baselines[best].removeprefix(names.POLICY_PREFIX)
    many = f"Of {len(rows)} adaptive policies the best is {name}" if len(rows) > 1 else f"The adaptive policy {name} comes to"
    count = len(evidence.paired.seeds)
    seeds = "the one seed that chooses" if count == 1 else f"the {count} seeds that choose"
    by = "" if results.plan is None else f", by {seeds}"
    ends = f" ({gap.low:+.2f} to {gap.high:+.2f})" if count > 1 else ""
    return f"{many}{by}, Δm {spread[best].mean():+.2f} against {own.mean():+.2f}: the difference is {gap.mean:+.2f} points{ends}."


def _ending(verdict: Verdict, reference: str, at: int) -> str:
    if verdict.kind == names.GAIN:
        return "No output is worse, as far as these seeds can tell."
    if verdict.kind == names.TRADE_OFF:
        return "Which of them matters more is yours to say: prefer= or require=."
    if verdict.others:
        return f"A gain over {reference}: {_listed(tuple(f'trial {number}' for number in verdict.others))}."
    name = "Today's configuration" if reference == names.CURRENT else "Equal weights"
    return f"{name} (trial {at}) should stay."


def _why_unknown(verdict: Verdict, results: ReplicateResults) -> str:
    failures = results.paired.failures
    if verdict.trial in failures:
        return (
            f"Trial {verdict.trial} ended without a value with {failures[verdict.trial][1]} of the seeds (diverged or failed), "
            "so it is not compared, however well the other seeds went."
        )
    if verdict.trial not in results.paired.trials:
        return f"Trial {verdict.trial} has no replicates: how much of its result is seed noise is not known."
    if results.paired.noiseless:
        return (
            f"Every seed gave the same values, for trial {verdict.trial} and all others: training depends on no seed, and how "
            "much a difference means is not known. Give a build function, so that initial weights differ, or shuffle."
        )
    if results.paired.reference is None:
        return f"{verdict.against} has no value with every seed, so there is nothing to compare trial {verdict.trial} with."
    if results.plan is not None and results.evidence_on(verdict.trial) is None:
        return _not_judged(verdict, results.plan)
    return f"Trial {verdict.trial} has one replicate, which says nothing of seed noise: confirm with more seeds."


def _not_judged(verdict: Verdict, plan: JudgingPlan) -> str:
    judgment = plan.judgment_of(verdict.trial)
    if judgment is None:
        return (
            f"Trial {verdict.trial} is not judged: it has seeds that choose, {len(plan.choosing)} of them, and none that judge. "
            "confirm judges the pick of its prefer and require."
        )
    return f"Trial {verdict.trial} is judged once all {judgment.first} seeds of its first verdict are trained: confirm goes on."


def _listed(texts: tuple[str, ...]) -> str:
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}"
