"""Census-Income: income and never married, by a mixture of experts, beside what the literature reports."""

from __future__ import annotations

from typing import Any

import reports
from benchmarks._trained import row, studied
from examples import census
from examples.census.experts import build
from search_spaces import names
from tuner import Objective

OUTPUTS = ("income", "never_married")
PUBLISHED = "published, income / never married: Nash-MTL .9534/.9946, MMoE .9387/.9927"


def census_income(quick: bool) -> list[dict[str, Any]]:
    """AUC of the pick on the official test file, with 95 % intervals."""
    loaded = census.load(2_000 if quick else None, all_columns=True)
    data = {key: _two_outputs(value) for key, value in loaded.items() if key != "x"} | {"x": loaded["x"]}
    tuner = studied(
        "census-all-columns",
        build,
        data,
        [Objective(output, "auc") for output in OUTPUTS],
        quick,
        trials=30,
        top=3,
        seeds=4,
        epochs=4,
        batch_size=1024,
    )
    pick = int(tuner.best_config().study["trial"])
    table = reports.intervals(tuner.study)
    rows = [row("for comparison", PUBLISHED, "")]
    for name, trial in {"pick": pick, "current": _current(tuner)}.items():
        own = table[(table[names.TRIAL] == trial) & (table[names.DATA] == names.TEST)]
        for interval in own[own[names.OBJECTIVE] != names.DELTA_M].to_dict("records"):
            rows.append(row(f"{interval[names.OBJECTIVE]} on the test file", name, interval[names.MEAN]))
            rows.append(row("95 % interval", name, f"{interval[names.LOW]:.4f} to {interval[names.HIGH]:.4f}"))
    return rows


def _current(tuner: Any) -> int:
    ranking = tuner.ranking()
    return int(ranking[ranking[names.BASELINE] == names.CURRENT][names.TRIAL].iloc[0])


def _two_outputs(part: Any) -> Any:
    if isinstance(part, tuple):
        return part[0], _two_outputs(part[1])
    return {output: part[output] for output in OUTPUTS}
