"""What makes two searches comparable, kept with the study."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import Any

from search_spaces import SearchSpace
from search_spaces._schema import SCHEMA
from tuner._data import fingerprint
from tuner._objectives import Measure, label
from tuner.engines import Training

_PACKAGES = ("loss-weight-tuner", "tensorflow", "keras", "keras-tuner", "optuna")


def study_meta(name: str, space: SearchSpace, training: Training, seed: int) -> dict[str, Any]:
    """Plain data that a study keeps of itself."""
    data = training.data
    return {
        "schema": SCHEMA,
        "name": name,
        "objectives": [_objective(measure) for measure in training.measures],
        "outputs": list(training.outputs),
        "space": space.to_dict(),
        "epochs": training.epochs,
        "batch_size": training.batch_size,
        "seed": seed,
        "data": {
            "fingerprint": data.fingerprint,
            "rows": None if data.arrays is None else data.arrays.rows,
            "validation_fingerprint": fingerprint(training.validation),
            "validation_rows": training.validation.rows,
        },
        "versions": versions(),
    }


def versions() -> dict[str, str]:
    """Installed versions of what trains."""
    found = {}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "unknown"
    return found


def _objective(measure: Measure) -> dict[str, Any]:
    objective = measure.objective
    return {
        "name": objective.name,
        "output": objective.output,
        "metric": label(objective.metric),
        "direction": objective.direction,
    }
