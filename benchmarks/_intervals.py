"""Coverage of the intervals, errors of the verdict and its power, over simulated studies.

Every study is a table as `reports.study_frame` gives it, and goes through the code that a report goes through.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from benchmarks._simulated import OBJECTIVES, Scenario, Simulated, simulate
from reports._confirmed import Confirmed, confirmed
from reports._delta_m import relative_improvement
from reports._intervals import interval_table
from reports._verdict import decide
from search_spaces import names

STUDIES, QUICK = 1_000, 60
COVERAGE, ERRORS = (0.93, 0.97), 0.05
_SEED = 20_250

COVERED = {
    "normal noise": Scenario(),
    "normal noise, 5 seeds": Scenario(seeds=5),
    "normal noise, 3 seeds": Scenario(seeds=3),
    "heavy tails": Scenario(noise="heavy"),
    "skewed noise": Scenario(noise="skewed"),
    "rounded values": Scenario(noise="rounded"),
}
NULL = COVERED | {
    "10 finalists": Scenario(finalists=10),
    "gain on validation data alone": Scenario(lucky=3.0),
    "one output lost": Scenario(effects=(0.0, -2.0)),
}
POWER = {f"gain of {size} on one output": Scenario(effects=(size, 0.0)) for size in (0.5, 1.0, 1.5, 2.0, 3.0)} | {
    "gain of 2 on both outputs": Scenario(effects=(2.0, 2.0)),
    "gain of 3 for a loss of 3": Scenario(effects=(3.0, -3.0)),
}


def intervals(quick: bool) -> list[dict[str, Any]]:
    """The rows of the part: coverage, null and power."""
    studies = QUICK if quick else STUDIES
    rows = [row for name, scenario in COVERED.items() for row in _coverage(name, scenario, studies, quick)]
    rows += [_null(name, scenario, studies, quick) for name, scenario in NULL.items()]
    return rows + [_power(name, scenario, studies) for name, scenario in POWER.items()]


def _studies(scenario: Scenario, studies: int) -> Iterator[tuple[Simulated, Confirmed]]:
    for made in simulate(scenario, studies, _SEED):
        known = confirmed(made.frame)
        assert known is not None
        yield made, known


def _coverage(name: str, scenario: Scenario, studies: int, quick: bool) -> Iterator[dict[str, Any]]:
    """The share of intervals that hold the truth: of means, of differences to current, and of both for Δm."""
    hits: dict[str, list[float]] = {}
    for made, known in _studies(scenario, studies):
        for kind, share in _covered(interval_table(known.validation), _truth(made)).items():
            hits.setdefault(kind, []).append(share)
    low, high = (0.8, 1.0) if quick else COVERAGE
    for kind, shares in hits.items():
        share = float(np.mean(shares))
        yield _row("coverage", f"{kind}: {name}", studies, share, f"{low} to {high}", low <= share <= high)


def _truth(made: Simulated) -> np.ndarray:
    """True means and true Δm, shape (candidates, objectives + 1)."""
    sign = np.array([1.0 if direction == "max" else -1.0 for *_, direction, _, _ in OBJECTIVES])
    alone = np.array([made.truth[2 + k, k] for k in range(len(OBJECTIVES))])
    return np.column_stack([made.truth, relative_improvement(made.truth, alone, sign)])


def _covered(table: pd.DataFrame, truth: np.ndarray) -> dict[str, float]:
    """The share of one study's intervals that hold the truth, by kind."""
    difference = (truth - truth[0]).ravel()
    mean_in = (table[names.LOW] <= truth.ravel()) & (truth.ravel() <= table[names.HIGH])
    difference_in = (table[names.DIFFERENCE_LOW] <= difference) & (difference <= table[names.DIFFERENCE_HIGH])
    delta_m, other = table[names.OBJECTIVE] == names.DELTA_M, table[names.BASELINE] != names.CURRENT
    return {
        "means": float(mean_in[~delta_m].mean()),
        "differences": float(difference_in[~delta_m & other].mean()),
        "Δm": float(mean_in[delta_m].mean()),
        "differences of Δm": float(difference_in[delta_m & other].mean()),
    }


def _verdicts(scenario: Scenario, studies: int) -> Counter[str]:
    """How often each verdict is given on the pick, and on any candidate."""
    counts: Counter[str] = Counter()
    for made, known in _studies(scenario, studies):
        counts[decide(known, known.pick()).kind] += 1
        counts["any"] += bool(known.evidence.better.any())
        counts[f"first {decide(known, made.pick).kind}"] += 1
    return counts


def _null(name: str, scenario: Scenario, studies: int, quick: bool) -> dict[str, Any]:
    """Where nothing is better than current: how often anything is called better, by any finalist on any objective."""
    share = _verdicts(scenario, studies)["any"] / studies
    limit = 0.2 if quick else ERRORS
    return _row("null", f"a gain or trade-off claimed: {name}", studies, share, f"at most {limit}", share <= limit)


def _power(name: str, scenario: Scenario, studies: int) -> dict[str, Any]:
    """Where the first finalist is better: how often the verdict on it says so, and names a trade-off as one."""
    kind = names.TRADE_OFF if scenario.effects[1] < 0 else names.GAIN
    share = _verdicts(scenario, studies)[f"first {kind}"] / studies
    return _row("power", f"{kind} found: {name}, in deviations of a paired difference", studies, share, "", None)


def _row(what: str, of: str, studies: int, share: float, promised: str, holds: bool | None) -> dict[str, Any]:
    return {"what": what, "of": of, "studies": studies, "share": round(share, 4), "promised": promised, "holds": holds}
