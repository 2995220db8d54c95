"""What makes two searches comparable, kept with the study."""

from __future__ import annotations

import json
import re
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import keras

from search_spaces import SCHEMA, Candidate, SearchSpace
from tuner.inputs import Measure, Training, fingerprint, label, short_hash
from tuner.production import output_shapes

_PACKAGES = ("loss-weight-tuner", "tensorflow", "keras", "keras-tuner", "optuna")


def study_meta(
    name: str, space: SearchSpace, training: Training, seed: int, current: Candidate | None, example: keras.Model
) -> dict[str, Any]:
    """Plain data that a study keeps of itself.

    Args:
        name: Of the study.
        space: What may be chosen.
        training: What all trials share.
        seed: Of every trial.
        current: What the model came compiled with.
        example: The model of this seed, with every hyperparameter at its default.
    """
    data = training.data
    return {
        "schema": SCHEMA,
        "name": name,
        "objectives": [_objective(measure) for measure in training.measures],
        "metrics": [_metric(measure) for measure in training.measures],
        "outputs": list(training.outputs),
        "model": {"outputs": output_shapes(example), **_weights(example)},
        "current": None if current is None else current.to_dict(),
        "space": space.to_dict(),
        "epochs": training.epochs,
        "batch_size": training.batch_size,
        "shuffle": training.shuffle,
        "seed": seed,
        "same_start": training.architecture.starts_alike(example, seed),
        "given_weights": training.architecture.given_weights(),
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


def _metric(measure: Measure) -> dict[str, Any]:
    """What measures: a name alone does not tell a threshold."""
    if measure.make is None:
        return {"function": label(measure.objective.metric)}
    metric = measure.make()
    config = {key: value for key, value in metric.get_config().items() if key not in ("name", "dtype")}
    return {
        "class_name": type(metric).__name__,
        "config": json.loads(json.dumps(config, default=_without_address)),
        "link": measure.link,
    }


def _without_address(thing: Any) -> str:
    """What it says of itself, which must be the same in the next process."""
    return re.sub(r" at 0x[0-9a-f]+", "", repr(thing))


def _weights(model: keras.Model) -> dict[str, Any]:
    """How many weights there are, and a short hash of their shapes in order."""
    shapes = repr([tuple(variable.shape) for variable in model.weights])
    return {
        "parameters": int(model.count_params()),
        "shapes": short_hash([shapes.encode()]),
    }
