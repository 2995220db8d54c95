"""Writes the study of the present version: `python -m tests.studies.make`, once for each release."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import tuner
from tests.conftest import make_data, make_model, small_search
from tuner.study import versions

HERE = Path(__file__).parent
FILES = ("journal.log", "best.json")
N_TRIALS, FINALISTS, SEEDS = 6, 2, 3


def make_tuner(directory: Path) -> tuner.LossWeightTuner:
    """Of the study that every release writes."""
    return tuner.LossWeightTuner(make_model, directory=directory, project_name="study", seed=3)


def run(directory: Path) -> tuner.LossWeightTuner:
    """Searches, compares two policies and confirms."""
    study_tuner = make_tuner(directory)
    x, y = make_data(seed=1)
    study_tuner.search(**small_search(), n_trials=N_TRIALS)
    study_tuner.compare_policies(["dwa", "uncertainty"], trials=2, verbose=0)
    study_tuner.confirm(top=FINALISTS, seeds=SEEDS, test_data=(x, y), verbose=0)
    return study_tuner


def main() -> None:
    """Runs the study, and keeps the journal and the best configuration."""
    with tempfile.TemporaryDirectory() as folder:
        run(Path(folder)).best_config().save(Path(folder) / "study" / "best.json")
        kept = HERE / versions()["loss-weight-tuner"]
        kept.mkdir(exist_ok=True)
        for name in FILES:
            shutil.copy(Path(folder) / "study" / name, kept / name)


if __name__ == "__main__":
    main()
