"""Coverage of the intervals, errors of the verdict and its power, over simulated studies.

Every study is a table as `reports.study_frame` gives it, and goes through the code that a report goes through.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np

from benchmarks._simulated import Scenario, simulate
from reports.confirmation import ReplicateResults, decide, replicate_results
from reports.ranking import relative_improvement
from search_spaces import names

STUDIES, QUICK = 500, 60
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
NULL = {  # and all of those above
    "10 finalists": Scenario(finalists=10),
    "gain on validation data alone": Scenario(lucky=3.0),
    "one output lost": Scenario(effects=(0.0, -2.0)),
}
# Effects in standard deviations of a paired difference: a gain of 1 is as large as what another seed does to it.
POWER = {f"gain of {size} on one output": Scenario(effects=(size, 0.0)) for size in (0.5, 1.0, 1.5, 2.0, 3.0)} | {
    "gain of 2 on both outputs": Scenario(effects=(2.0, 2.0)),
    "gain of 3 for a loss of 3": Scenario(effects=(3.0, -3.0)),
}


def intervals(quick: bool) -> list[dict[str, Any]]:
    """The rows of the part: coverage, null and power."""
    studies = QUICK if quick else STUDIES
    runs = {name: _run(scenario, studies) for name, scenario in (COVERED | NULL).items()}
    rows = [row for name in COVERED for row in _coverage(name, runs[name], studies, quick)]
    rows += [_null(name, runs[name], studies, quick) for name in runs]
    return rows + [_power(name, scenario, _run(scenario, studies), studies) for name, scenario in POWER.items()]


def _run(scenario: Scenario, studies: int) -> Counter[str]:
    """Sums over studies: shares of intervals that hold the truth, and how often each verdict was given."""
    sums: Counter[str] = Counter()
    for study in simulate(scenario, studies, _SEED):
        replicated = replicate_results(study.frame)
        assert replicated is not None
        sums.update(_covered(replicated, study.truth))
        sums["claimed"] += bool(replicated.evidence.better.any())
        sums[decide(replicated, study.first).kind] += 1
    return sums


def _covered(replicated: ReplicateResults, truth: np.ndarray) -> dict[str, float]:
    """The share of one study's intervals on validation data that hold the truth, by kind.

    Args:
        replicated: What the replicates of the study say.
        truth: True means in the objectives' own units, shape (candidates, objectives).
    """
    estimates, count = replicated.validation, truth.shape[1]
    paired = estimates.paired
    alone = np.array([truth[2 + k, k] for k in range(count)])
    true = np.column_stack([truth * paired.sign, relative_improvement(truth, alone, paired.sign)])
    mean = (estimates.mean.low <= true) & (true <= estimates.mean.high)
    difference = ((estimates.difference.low <= true - true[0]) & (true - true[0] <= estimates.difference.high))[1:]
    return {
        "means": float(mean[:, :count].mean()),
        "differences": float(difference[:, :count].mean()),
        "Δm": float(mean[:, count].mean()),
        "differences of Δm": float(difference[:, count].mean()),
    }


def _coverage(name: str, sums: Counter[str], studies: int, quick: bool) -> Iterator[dict[str, Any]]:
    """The share of intervals that hold the truth: of means, of differences to current, and of both for Δm."""
    low, high = (0.8, 1.0) if quick else COVERAGE
    for kind in ("means", "differences", "Δm", "differences of Δm"):
        share = sums[kind] / studies
        yield _row("coverage", f"{kind}: {name}", studies, share, f"{low} to {high}", low <= share <= high)


def _null(name: str, sums: Counter[str], studies: int, quick: bool) -> dict[str, Any]:
    """Where nothing is better than current: how often anything is called better, of any finalist on any objective."""
    share, limit = sums["claimed"] / studies, 0.2 if quick else ERRORS
    return _row("null", f"gain or trade-off claimed: {name}", studies, share, f"at most {limit}", share <= limit)


def _power(name: str, scenario: Scenario, sums: Counter[str], studies: int) -> dict[str, Any]:
    """Where the first finalist is better: how often the verdict on it says so, and calls a trade-off one."""
    kind = names.TRADE_OFF if scenario.effects[1] < 0 else names.GAIN
    return _row("power", f"{kind} found: {name}", studies, sums[kind] / studies, "", None)


def _row(what: str, of: str, studies: int, share: float, promised: str, holds: bool | None) -> dict[str, Any]:
    return {"what": what, "of": of, "studies": studies, "share": round(share, 4), "promised": promised, "holds": holds}
