"""Reports of large studies: seconds to build the page and its size, and seconds to rank.

Run as `python -m benchmarks.reports [--quick]`. The trials are made up: a report does not care where its numbers come from.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import optuna
from optuna.trial import TrialState, create_trial

import reports
from benchmarks import results
from search_spaces import names

PAGE_TRIALS, RANK_TRIALS, QUICK_SHARE = 10_000, 100_000, 100
EPOCHS = 5
_OUTPUTS = ("priority", "department")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures, prints the table and writes `reports.json`."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reports", description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a hundredth of the trials")
    parser.add_argument("--results", type=Path, default=results.FOLDER, help="folder of the results")
    asked = parser.parse_args(arguments)
    share = QUICK_SHARE if asked.quick else 1
    measured = {"page": page(PAGE_TRIALS // share), "rank": ranked(RANK_TRIALS // share)}
    results.add(asked.results / "reports.json", measured)
    rows = {
        "report folder and page": [
            f"{measured['page']['trials']:,}",
            f"{measured['page']['seconds']:.1f}",
            f"{measured['page']['megabytes']:.1f}",
        ],
        "rank": [f"{measured['rank']['trials']:,}", f"{measured['rank']['seconds']:.1f}", ""],
    }
    results.print_table("Reports", rows, ["what", "trials", "seconds", "MB"])
    return 0


def page(trials: int) -> dict[str, Any]:
    """Seconds to write the whole report folder, and the size of its page in megabytes."""
    study = made_up(trials)
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        written = reports.write_report(study, folder) / "report.html"
        seconds = time.perf_counter() - began
        return {"trials": trials, "seconds": seconds, "megabytes": written.stat().st_size / 1e6}


def ranked(trials: int) -> dict[str, Any]:
    """Seconds to rank the table of a study."""
    frame = reports.study_frame(made_up(trials))
    began = time.perf_counter()
    reports.rank(frame)
    return {"trials": trials, "seconds": time.perf_counter() - began}


def made_up(trials: int) -> optuna.Study:
    """A study with a curved front, noise, and the usual baselines."""
    random = np.random.default_rng(0)
    study = optuna.create_study(directions=["maximize", "maximize"])
    study.set_user_attr(names.STUDY, _meta())
    shares = random.uniform(0.02, 0.98, trials)
    values = np.column_stack([0.9 - 0.3 * shares**2, 0.9 - 0.3 * (1 - shares) ** 2]) - random.exponential(0.03, (trials, 2))
    single = {names.single(output): 0.95 - 0.4 * (np.arange(2) != at) for at, output in enumerate(_OUTPUTS)}
    fixed = {names.CURRENT: np.array([0.8, 0.7]), names.EQUAL: np.array([0.78, 0.78]), **single}
    rows = [(name, 0.5, row) for name, row in fixed.items()] + [("", *row) for row in zip(shares, values, strict=True)]
    study.add_trials([_trial(baseline, share, row, random) for baseline, share, row in rows])
    return study


def _trial(baseline: str, share: float, values: np.ndarray, random: np.random.Generator) -> optuna.trial.FrozenTrial:
    rate = float(10 ** random.uniform(-4, -2))
    loss = {"class_name": "BinaryCrossentropy", "config": {"from_logits": True}}
    candidate = {
        "learning_rate": rate,
        "optimizer": {"class_name": "Adam", "config": {}},
        "losses": dict.fromkeys(_OUTPUTS, loss),
        "weights": {_OUTPUTS[0]: 1.0, _OUTPUTS[1]: (1 - share) / share},
        "hyperparameters": {},
    }
    history = [(values * (epoch / EPOCHS) ** 0.1).tolist() for epoch in range(1, EPOCHS + 1)]
    outcome = {"state": names.COMPLETE, "reason": "", "epochs": EPOCHS, "seconds": 0.2, "engine": "fused", "history": history}
    attributes = {names.CANDIDATE: candidate, names.SEED: 0, names.OUTCOME: outcome}
    if baseline:
        attributes[names.BASELINE] = baseline
    return create_trial(state=TrialState.COMPLETE, values=values.tolist(), user_attrs=attributes)


def _meta() -> dict[str, Any]:
    objectives = [{"name": f"{output}/auc", "output": output, "metric": "auc", "direction": "max"} for output in _OUTPUTS]
    data = {"fingerprint": "made up", "rows": 1, "validation_rows": 1}
    return {
        "schema": 1,
        "name": "made up",
        "objectives": objectives,
        "outputs": list(_OUTPUTS),
        "space": {},
        "epochs": EPOCHS,
        "batch_size": 32,
        "seed": 0,
        "data": data,
        "versions": {},
    }


if __name__ == "__main__":
    sys.exit(main())
