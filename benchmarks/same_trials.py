"""Whether two versions of the code train the same trials, bit for bit: a digest of every trial of seven small studies.

Run as `python -m benchmarks.same_trials > here.txt` in one checkout and in the other, and compare the two files. Lanes and XLA
are fixed by `PROGRAM_VARIABLE`, since what is measured on a machine decides them otherwise; one worker trains.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PROGRAM_VARIABLE = "LOSS_WEIGHT_TUNER_PROGRAM"
PROGRAMS = {"mlp": "8 xla", "embedding": "4 xla", "attention": "4", "lstm": "1 xla", "conv2d": "1", "compute": "2 xla"}
ROWS, EPOCHS, TRIALS, RELEASE = 640, 2, 14, "release"


def main() -> None:
    """Prints one line a trial."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.same_trials", description=__doc__.splitlines()[0])
    parser.add_argument("study", nargs="*", help=f"{RELEASE}, or a model of the throughput benchmark; all where left out")
    for name in parser.parse_args().study or [RELEASE, *PROGRAMS]:
        for line in _lines(name):
            print(name, line, flush=True)


def _lines(name: str) -> Iterator[str]:
    """What each trial chose, and a digest of its values after each epoch."""
    os.environ[PROGRAM_VARIABLE] = PROGRAMS.get(name, "4 xla")
    with tempfile.TemporaryDirectory() as folder:
        study = _release_study(Path(folder)) if name == RELEASE else _workload_study(name, Path(folder))
        trials = study.get_trials(deepcopy=False)
    for trial in trials:
        outcome = trial.user_attrs.get("outcome", {})
        chosen = [trial.user_attrs.get(key) for key in ("baseline", "seed", "candidate", "replicate_of")]
        values = [outcome.get(key) for key in ("state", "history", "test_values")]
        yield f"{trial.number} {_digest([chosen, trial.params])} {_digest(values)} {outcome.get('state')} {trial.values}"


def _digest(plain: Any) -> str:
    return hashlib.blake2b(json.dumps(plain, sort_keys=True).encode(), digest_size=8).hexdigest()


def _release_study(folder: Path) -> Any:
    """The study that every release writes: a search, two policies and replicates."""
    from tests.studies.make import run

    return run(folder).study


def _workload_study(name: str, folder: Path) -> Any:
    from benchmarks.models import WORKLOADS
    from tuner import LossWeightTuner

    workload = WORKLOADS[name].smaller(ROWS, EPOCHS)
    data = workload.load()
    tuner = LossWeightTuner(workload.compiled, workload.space(), workload.objectives(), directory=folder, seed=7, engine="fused")
    tuner.search(
        data.x,
        data.y,
        validation_data=data.validation_data,
        epochs=EPOCHS,
        batch_size=workload.batch_size,
        n_trials=TRIALS,
        verbose=0,
    )
    return tuner.study


if __name__ == "__main__":
    main()
