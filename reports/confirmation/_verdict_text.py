"""A verdict as one paragraph, in words and numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from reports.confirmation._confirmed import Confirmed
from reports.confirmation._intervals import interval_table
from reports.confirmation._paired_delta_m import per_seed
from reports.confirmation._t_test import interval
from search_spaces import names

if TYPE_CHECKING:
    from reports.confirmation._verdict import Verdict


def verdict_text(verdict: Verdict, known: Confirmed, finalists: pd.DataFrame) -> str:
    """The paragraph.

    Args:
        verdict: Of `decide`.
        known: The replicates that it was made from.
        finalists: Of `finalist_table`, for the probabilities.
    """
    if verdict.kind == names.UNKNOWN:
        return _unknown(verdict, known)
    rows = interval_table(known.evidence)
    own = rows[rows[names.TRIAL] == verdict.trial]
    reference = own[names.AGAINST].iloc[0]
    at = known.paired.trials[known.paired.reference] if known.paired.reference is not None else -1
    if verdict.trial == at:
        first = f"No significant gain over {reference}: it is itself the choice among the {len(finalists)} confirmed candidates."
        rest = (_sure(verdict, finalists), _rivals(verdict, known), _ending(verdict, reference, at))
        return " ".join(part for part in (first, *rest) if part)
    told = "; ".join(_objective(row) for row in own.to_dict("records") if row[names.OBJECTIVE] != names.DELTA_M)
    parts = [_opening(verdict, reference), f"{told}.", _basis(verdict), _same_start(known), _delta_m(own)]
    parts += [_sure(verdict, finalists), _rivals(verdict, known), _ending(verdict, reference, at)]
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
        f"These are means over {verdict.replicates} seeds on {verdict.data} data, the same seeds for both; better is what "
        f"stands with all {verdict.comparisons} comparisons taken together (family-wise error 5 %)."
    )


def _same_start(known: Confirmed) -> str:
    """Said where a source of noise is missing from the intervals."""
    if not known.paired.meta.get("same_start"):
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


def _sure(verdict: Verdict, finalists: pd.DataFrame) -> str:
    rows = finalists[finalists[names.TRIAL] == verdict.trial]
    if rows.empty or rows[names.PICK_PROBABILITY].isna().all():
        return ""
    row = rows.iloc[0]
    required = row[names.REQUIRED_PROBABILITY]
    holds = f" What is required holds with probability {required:.2f}." if required == required else ""
    return (
        f"By the validation data it is the best choice of {len(finalists)} candidates with probability "
        f"{row[names.PICK_PROBABILITY]:.2f}, and on their front with {row[names.FRONT_PROBABILITY]:.2f}.{holds}"
    )


def _rivals(verdict: Verdict, known: Confirmed) -> str:
    """The best adaptive policy against the candidate; of several the best one flatters the policies, not the candidate."""
    evidence = known.evidence
    spread = per_seed(evidence.paired)
    rows = [at for at, name in enumerate(evidence.paired.baselines) if names.is_policy(name)]
    if spread is None or not rows:
        return ""
    best = max(rows, key=lambda at: float(spread[at].mean()))
    own = spread[int((evidence.paired.trials == verdict.trial).argmax())]
    gap = interval(own - spread[best])
    name = evidence.paired.baselines[best].removeprefix(names.POLICY_PREFIX)
    many = f"Of {len(rows)} adaptive policies the best is {name}" if len(rows) > 1 else f"The adaptive policy {name} comes to"
    return (
        f"{many}, Δm {spread[best].mean():+.2f} against {own.mean():+.2f}: the difference is {gap.mean:+.2f} points "
        f"({gap.low:+.2f} to {gap.high:+.2f})."
    )


def _ending(verdict: Verdict, reference: str, at: int) -> str:
    if verdict.kind == names.GAIN:
        return "No output is worse, as far as these seeds can tell."
    if verdict.kind == names.TRADE_OFF:
        return "Which of them matters more is yours to say: prefer= or require=."
    if verdict.others:
        return f"A gain over {reference}: {_listed(tuple(f'trial {number}' for number in verdict.others))}."
    name = "Today's configuration" if reference == names.CURRENT else "Equal weights"
    return f"{name} (trial {at}) should stay."


def _unknown(verdict: Verdict, known: Confirmed) -> str:
    failures = known.paired.failures
    if verdict.trial in failures:
        return (
            f"Trial {verdict.trial} ended without a value with {failures[verdict.trial][1]} of the seeds (diverged or failed), "
            "so it is not compared, however well the other seeds went."
        )
    if verdict.trial not in known.paired.trials:
        return f"Trial {verdict.trial} has no replicates: how much of its result is seed noise is not known."
    if known.paired.noiseless:
        return (
            f"Every seed gave the same values, for trial {verdict.trial} and all others: training depends on no seed, and how "
            "much a difference means is not known. Give a build function, so that initial weights differ, or shuffle."
        )
    if known.paired.reference is None:
        return f"{verdict.against} has no value with every seed, so there is nothing to compare trial {verdict.trial} with."
    return f"Trial {verdict.trial} has one replicate, which says nothing of seed noise: confirm with more seeds."


def _listed(words: tuple[str, ...]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
