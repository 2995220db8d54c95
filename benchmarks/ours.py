"""The same search as this project's users write it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import optuna

from benchmarks.data import Data
from benchmarks.workload import FIXED, SEED, Chosen, Workload
from search_spaces import names
from tuner import LossWeightTuner

BASELINES = 4  # current, equal, and one for each of the two outputs alone


def search(
    engine: str,
    workload: Workload,
    data: Data,
    trials: int,
    folder: Path,
    *,
    shuffle: bool = True,
    fixed: Chosen | None = None,
) -> list[list[float]]:
    """`LossWeightTuner.search` with its defaults: multi-objective TPE, a journal file, baselines first.

    The baselines are trained as every other trial is and count among the trials; so there are at least five.

    Args:
        engine: `fused` or `fit`.
        workload: What to train.
        data: The rows to train and measure on.
        trials: How many, baselines included.
        folder: Where the study is kept.
        shuffle: Whether the rows are shuffled before each epoch.
        fixed: `FIXED`, to get the values of the baseline `current` alone; or None.

    Returns:
        Each complete trial's objectives after its last epoch.
    """
    assert fixed in (None, FIXED), "the model comes compiled with FIXED"
    tuner = LossWeightTuner(
        workload.compiled, workload.space(), workload.objectives(), directory=folder, seed=SEED, engine=engine, overwrite=True
    )
    tuner.search(
        data.x,
        data.y,
        validation_data=data.validation_data,
        epochs=workload.epochs,
        batch_size=workload.batch_size,
        n_trials=max(1, trials - BASELINES),
        shuffle=shuffle,
        verbose=0,
    )
    done = tuner.study.get_trials(deepcopy=False, states=(optuna.trial.TrialState.COMPLETE,))
    return [trial.values for trial in done if fixed is None or trial.user_attrs.get(names.BASELINE) == names.CURRENT]


OURS: dict[str, Callable[..., list[list[float]]]] = {name: partial(search, name) for name in ("fused", "fit")}
