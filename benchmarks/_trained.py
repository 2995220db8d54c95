"""Studies that the trust benchmark trains: resumable, each in a folder of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import reports
from search_spaces import SearchSpace, names
from tuner import LossWeightTuner, Objective

FOLDER = Path("studies") / "trust"
"""Where the studies are kept: what was finished is not trained again."""

DIGIT, CANVAS = 28, 36


def studied(
    name: str,
    build: Any,
    data: Mapping[str, Any],
    objectives: Sequence[Objective],
    quick: bool,
    space: SearchSpace | None = None,
    trials: int = 50,
    policies: int = 0,
    top: int = 5,
    seeds: int = 0,
    seed: int = 0,
    **search: Any,
) -> LossWeightTuner:
    """Searches, compares policies and confirms.

    Args:
        name: The study's name.
        build: Makes the model.
        data: x, y, validation_data, and test_data for the replicates.
        objectives: What is optimised.
        quick: A fraction of everything, to see that it runs.
        space: What may be chosen; around the compiled model where left out.
        trials: Number of trials that the sampler chooses.
        policies: Number of learning rates of each weighting policy; 0 compares none.
        top: Number of finalists.
        seeds: Number of replicates of each finalist; 0 confirms nothing.
        seed: The study's seed.
        **search: Further arguments of `LossWeightTuner.search`.
    """
    folder = FOLDER / "quick" if quick else FOLDER
    tuner = LossWeightTuner(build, space, objectives, directory=folder, project_name=name, seed=seed)
    if quick:
        trials, policies, top, seeds, search["epochs"] = 3, min(policies, 1), 1, min(seeds, 2), 1
    tuner.search(data["x"], data["y"], validation_data=data["validation_data"], n_trials=trials, **search)
    if policies:
        tuner.compare_policies(["uncertainty", "mgda"] if quick else None, policies)
    if seeds:
        tuner.confirm(top, seeds, data.get("test_data"))
    return tuner


def confirmed_means(tuner: LossWeightTuner, trial: int) -> dict[str, float]:
    """Mean of each objective over the replicates of a trial, and its Δm, on test data where there are any."""
    table = reports.intervals(tuner.study)
    data = names.TEST if (table[names.DATA] == names.TEST).any() else names.VALIDATION
    table = table[table[names.STAGE] != names.JUDGED]
    rows = table[(table[names.TRIAL] == trial) & (table[names.DATA] == data)]
    return dict(zip(rows[names.OBJECTIVE], rows[names.MEAN].astype(float), strict=True))


def baseline_trials(tuner: LossWeightTuner) -> dict[str, int]:
    """Number of each baseline's trial, of a policy the best one's."""
    rows = reports.one_of_each_policy(tuner.ranking())
    rows = rows[(rows[names.BASELINE] != "") & (rows[names.STATE] == names.COMPLETE)]
    return {str(name): int(trial) for name, trial in zip(rows[names.BASELINE], rows[names.TRIAL], strict=True)}


def row(what: str, of: str, value: float | str, promised: str = "", holds: bool | None = None) -> dict[str, Any]:
    """One line of a part's table."""
    shown = round(value, 5) if isinstance(value, float) else value
    return {"what": what, "of": of, "value": shown, "promised": promised, "holds": holds}


def pairs(images: np.ndarray, labels: np.ndarray, rows: int, seed: int) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Two images on one canvas, upper left and lower right, as the multi-task literature makes them.

    Args:
        images: Shape (images, 28, 28), 0…1.
        labels: Shape (images,), 0 to 9.
        rows: Number of canvases.
        seed: Seed of the pairing.

    Returns:
        Canvases of shape (rows, 36, 36, 1), the brighter image on top; and `left` and `right`, class numbers of shape (rows,).
    """
    one, other = np.random.default_rng(seed).integers(0, len(images), (2, rows))
    canvas = np.zeros((rows, CANVAS, CANVAS), "float32")
    canvas[:, :DIGIT, :DIGIT] = images[one]
    canvas[:, -DIGIT:, -DIGIT:] = np.maximum(canvas[:, -DIGIT:, -DIGIT:], images[other])
    return canvas[..., None], {"left": labels[one].astype("int32"), "right": labels[other].astype("int32")}


def searched(tuner: LossWeightTuner) -> pd.DataFrame:
    """The ranking's complete rows that a sampler chose."""
    ranking = tuner.ranking()
    return ranking[(ranking[names.BASELINE] == "") & (ranking[names.STATE] == names.COMPLETE)]
