"""The verdict on one candidate: a gain over today's configuration, a trade-off, or none that is significant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from html import escape
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from reports.confirmation._estimates import Estimates
from reports.confirmation._finalists import finalist_table
from reports.confirmation._results import ReplicateResults, replicate_results
from reports.confirmation._t_test import LEVEL
from reports.confirmation._verdict_text import verdict_text
from reports.ranking import check_trial
from search_spaces import names

if TYPE_CHECKING:
    import optuna


@dataclass(frozen=True)
class Verdict:
    """How one candidate compares with the reference, by the replicates.

    Attributes:
        kind: `gain`, `trade-off`, `no significant gain`, or `unknown` where the replicates do not allow a comparison.
        trial: Number of the candidate.
        against: Name of the reference: `current`, or `equal` in a study without it.
        data: Data that the replicates were measured on, `test` or `validation`.
        replicates: Number of seeds.
        comparisons: Number of comparisons with the reference; the error is controlled over all of them together.
        better: Objectives that the candidate improves.
        worse: Objectives on which it loses.
        others: Numbers of other trials that are a gain.
        false_gains: In which share of studies without a gain such a verdict claims one, at most.
        text: The verdict in words and numbers, one paragraph.

    Example:
        >>> verdict = Verdict("gain", 4, "current", "test", replicates=10, comparisons=12, text="Trial 4 is a gain.")
        >>> print(verdict)
        Trial 4 is a gain.
    """

    kind: str
    trial: int
    against: str
    data: str
    replicates: int
    comparisons: int
    better: tuple[str, ...] = ()
    worse: tuple[str, ...] = ()
    others: tuple[int, ...] = ()
    text: str = ""
    false_gains: float = (1 - LEVEL) / 2

    def __str__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return f"<p>{escape(self.text)}</p>"


def verdict(
    study: optuna.Study | pd.DataFrame,
    prefer: Mapping[str, float] | None = None,
    require: Mapping[str, float] | None = None,
    trial: int | None = None,
) -> Verdict | None:
    """The verdict on the pick; `decide` documents the rule.

    Args:
        study: A study that loss-weight-tuner ran, or the table of `study_frame`.
        prefer: Importance of each output (or objective).
        require: The value that each output (or objective) must reach at least (at most, where less is better).
        trial: The trial to judge, instead of the pick.

    Returns:
        None where there are no replicates.

    Raises:
        InputError: Unknown names, or no confirmed candidate meets what is required.

    Example:
        >>> import reports
        >>> verdict = reports.verdict(study)
        >>> verdict.kind, verdict.trial, verdict.against
        ('no significant gain', 4, 'current')
    """
    if trial is not None:
        check_trial(trial, prefer, require)
    results = replicate_results(study)
    if results is None:
        return None
    judged = decide(results, results.best_trial(prefer, require) if trial is None else trial)
    return replace(judged, text=verdict_text(judged, results, finalist_table(results, prefer, require)))


def decide(results: ReplicateResults, trial: int) -> Verdict:
    """Judges one candidate against the reference.

    A *gain* is better on at least one objective and worse on none; a *trade-off* is better on one and worse on another;
    everything else is *no significant gain*. Better means that the paired t test, over the seeds that judge the candidate and
    had no part in choosing it, rejects "no difference" after Holm's correction over its objectives. The level is 5 % for the
    first verdict of a study and a quarter for each further one, of more seeds or of another pick. So where nothing is better
    than the reference, a study claims a gain or a trade-off with less than 5 %, however often it is confirmed. Worse means that
    the objective's own 95 % interval lies on the wrong side, without a correction: losses are to be seen early.

    In a study that was confirmed in one stage, all seeds judge all candidates, and all comparisons are one family at 5 %.

    Args:
        results: The results of the study's replicates.
        trial: Number of a candidate.
    """
    evidence = results.evidence_on(trial)
    if evidence is None:
        return Verdict(names.UNKNOWN, trial, results.paired.against, results.paired.data, 0, 0)
    paired, reference = evidence.paired, evidence.paired.reference
    undecided = Verdict(
        names.UNKNOWN,
        trial,
        paired.against,
        paired.data,
        len(paired.seeds),
        evidence.comparisons,
        false_gains=_false_gains(evidence),
    )
    needed = 1 if results.plan is not None and trial == results.reference_trial else 2  # what is the reference needs no test
    if trial not in paired.trials or reference is None or len(paired.seeds) < needed or paired.noiseless:
        return undecided
    at = int((paired.trials == trial).argmax())
    better, worse = (_marked_names(paired.objectives, marked[at]) for marked in (evidence.better, evidence.worse))
    gains = np.flatnonzero(evidence.better.any(axis=1) & ~evidence.worse.any(axis=1))
    others = tuple(int(paired.trials[row]) for row in gains if row != at)
    return replace(undecided, kind=_kind(better, worse), better=better, worse=worse, others=others)


def _false_gains(evidence: Estimates) -> float:
    return 0.0 if evidence.level is None else evidence.level / 2


def _kind(better: tuple[str, ...], worse: tuple[str, ...]) -> str:
    if not better:
        return names.NO_GAIN
    return names.TRADE_OFF if worse else names.GAIN


def _marked_names(objectives: list[str], marked: np.ndarray) -> tuple[str, ...]:
    return tuple(name for name, this in zip(objectives, marked, strict=True) if this)
