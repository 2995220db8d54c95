"""Which seeds choose the pick and which ones judge it, as a study keeps it, and how often each verdict may err."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from reports.confirmation._t_test import LEVEL
from search_spaces import names

_SHRINKS = 4


def verdict_level(place: int, step: int) -> float:
    """The two-sided level of a verdict's tests: 5 % for the first verdict, a quarter for each further step or pick.

    Half of it is what a verdict may err for the better: 2.5 % for the first one. Over all steps of all picks these sum to
    2.5 % · (1 + 1/4 + 1/16 + …)² = 4.4 %, so that a study claims any false gain with less than 5 %, whatever made someone go on
    (Bonferroni).

    Args:
        place: How many other picks were judged before this one.
        step: How many times the number of judging seeds was doubled.
    """
    return float((1 - LEVEL) / _SHRINKS ** (place + step))


@dataclass(frozen=True)
class Judgment:
    """One pick and the seeds that judge it; they judge nothing else and chose nothing.

    Attributes:
        trial: Number of the pick.
        data: Data that it is judged on, `test` or `validation`.
        first: Number of seeds of the first verdict; each further one has twice as many as the one before.
        seeds: All seeds up to now, those of the first verdict first.
    """

    trial: int
    data: str
    first: int
    seeds: tuple[int, ...]

    @property
    def steps(self) -> list[int]:
        """The numbers of seeds with which there is a verdict, ascending."""
        steps = [self.first]
        while 2 * steps[-1] <= len(self.seeds):
            steps.append(2 * steps[-1])
        return steps

    def grown(self, wanted: int) -> int:
        """The largest planned number of seeds up to `wanted`; never fewer than there are."""
        count = len(self.seeds)
        while 2 * count <= wanted:
            count *= 2
        return count


@dataclass(frozen=True)
class Chosen:
    """A pick, once it is decided.

    Attributes:
        trial: Number of the pick.
        among: Numbers of the trials that it was chosen from, baselines among them.
    """

    trial: int
    among: tuple[int, ...]


@dataclass(frozen=True)
class JudgingPlan:
    """The seeds of a study's replicates by what they are for, and the picks that they chose.

    Attributes:
        choosing: The seeds that all finalists and baselines get; their means choose.
        earlier: How many verdicts the choosing seeds gave before: those of a study that was confirmed in one stage.
        picks: The pick of each rule, by `rule_key`.
        judgments: In the order in which they began.
    """

    choosing: tuple[int, ...]
    earlier: int
    picks: Mapping[str, Chosen]
    judgments: tuple[Judgment, ...]

    @property
    def seeds(self) -> set[int]:
        """All seeds that are taken."""
        return {*self.choosing, *(seed for judgment in self.judgments for seed in judgment.seeds)}

    def level(self, judgment: Judgment, step: int) -> float:
        """The two-sided level of this verdict's tests; `step` counts from 0, and one seed, which tests nothing, is no step."""
        return verdict_level(self.earlier + self.judgments.index(judgment), max(0, step - (judgment.first < 2)))

    def judgment_of(self, trial: int, data: str | None = None) -> Judgment | None:
        """The last judgment of a trial, on this kind of data if one is named; None where there is none."""
        own = [j for j in self.judgments if j.trial == trial and data in (None, j.data)]
        return own[-1] if own else None

    def to_dict(self) -> dict[str, Any]:
        """Plain data for the study's attributes."""
        return asdict(self)

    @classmethod
    def of(cls, meta: Mapping[str, Any]) -> JudgingPlan | None:
        """The plan in a study's attributes or in the meta data of a table; None for one stage, and before `confirm`."""
        stored = meta.get(names.JUDGING)
        if not stored:
            return None
        picks = {rule: Chosen(chosen["trial"], tuple(chosen["among"])) for rule, chosen in stored["picks"].items()}
        judgments = (Judgment(**{**judgment, "seeds": tuple(judgment["seeds"])}) for judgment in stored["judgments"])
        return cls(tuple(stored["choosing"]), stored["earlier"], picks, tuple(judgments))


def choosing_seeds(seeds: int) -> int:
    """How many of the seeds of a call choose: three, or half of them where there are fewer than six."""
    return min(3, seeds // 2)


def seeds_for(judging: int) -> int:
    """The number of seeds of a call, so that this many of them judge."""
    return judging + min(3, judging)


def rule_key(prefer: Mapping[str, float] | None, require: Mapping[str, float] | None) -> str:
    """The name of a rule in the plan; the order of outputs changes nothing."""
    plain = [{name: float(value) for name, value in (rule or {}).items()} for rule in (prefer, require)]
    return json.dumps(plain, sort_keys=True)
