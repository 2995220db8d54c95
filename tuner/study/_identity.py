"""What makes two searches comparable, kept with the study."""

from __future__ import annotations

import json
import re
import warnings
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import keras

from search_spaces import SCHEMA, Candidate, names
from tuner.inputs import Measure, Training, fingerprint, label, short_hash
from tuner.production import output_shapes
from tuner.study._computation import computation
from tuner.study._design import StudyDesign
from tuner.study._sources import sources

_PACKAGES = ("loss-weight-tuner", "tensorflow", "keras", "keras-tuner", "optuna")


def study_meta(
    name: str, design: StudyDesign, training: Training, current: Candidate | None, example: keras.Model
) -> dict[str, Any]:
    """Plain data that is stored with a study and says what it searches.

    Args:
        name: The study's name.
        design: What is searched.
        training: What all trials share.
        current: What the model came compiled with.
        example: The model of this seed, with every hyperparameter at its default.
    """
    data = training.data
    return {
        "schema": SCHEMA,
        "semantics": names.SEMANTICS,
        "name": name,
        "objectives": [_objective(measure) for measure in training.measures],
        "metrics": [_metric(measure) for measure in training.measures],
        "outputs": [output for output in training.outputs if output in design.space.outputs],
        "model": {"outputs": output_shapes(example), **_weights(example)},
        "current": None if current is None else current.to_dict(),
        "space": design.space.to_dict(),
        "epochs": training.epochs,
        "batch_size": training.batch_size,
        "shuffle": training.shuffle,
        "callbacks": [] if training.callbacks is None else training.callbacks.described,
        **_relative_schedule(training, current),
        "class_weight": {
            output: {str(one): weight for one, weight in each.items()} for output, each in training.class_weight.items()
        },
        "seed": design.seed,
        "same_start": training.architecture.starts_alike(example, design.seed),
        "given_weights": training.architecture.given_weights(),
        "data": {
            "fingerprint": data.fingerprint,
            "rows": None if data.arrays is None else data.arrays.rows,
            "validation_fingerprint": fingerprint(training.validation),
            "validation_rows": training.validation.rows,
            **({} if training.steps_per_epoch is None else {"steps_per_epoch": training.steps_per_epoch}),
            **_folds(training),
            **_watched(training),
        },
        "computed": computation(design, training, example),
        "sources": sources(design, training),
        "versions": versions(),
    }


def _relative_schedule(training: Training, current: Candidate | None) -> dict[str, Any]:
    """What the rates of a schedule are taken relative to, None for its first one; nothing where there is no such schedule."""
    if training.callbacks is None or not training.callbacks.own_rates:
        return {}
    return {"schedule_relative_to": None if current is None else current.learning_rate}


def _folds(training: Training) -> dict[str, Any]:
    """How many folds there are, and a short hash of their rows; nothing without cross-validation."""
    if not training.folds:
        return {}
    return {"folds": len(training.folds), "fold_rows": short_hash(side.tobytes() for fold in training.folds for side in fold)}


def _watched(training: Training) -> dict[str, Any]:
    """How `fit` logs what callbacks watch of the validation rows; nothing where they watch nothing of them."""
    watched = training.watched
    if watched is None or not any(name.startswith("val_") for name in training.logs_watched):
        return {}
    freq = watched.freq if isinstance(watched.freq, int) else list(watched.freq)
    return {"validation_batch_size": watched.batch_size, "validation_freq": freq}


def versions() -> dict[str, str]:
    """Installed versions of what trains."""
    return {package: _version(package) for package in _PACKAGES}


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "unknown"


def _objective(measure: Measure) -> dict[str, Any]:
    objective = measure.objective
    return {
        "name": objective.name,
        "output": objective.output,
        "metric": label(objective.metric),
        "direction": objective.direction,
    }


def _metric(measure: Measure) -> dict[str, Any]:
    """The metric with its settings: a name alone does not tell a threshold."""
    if measure.make is None:
        return {"function": label(measure.objective.metric)}
    metric = measure.make()
    config = {key: value for key, value in _config(metric).items() if key not in ("name", "dtype")}
    return {
        "class_name": type(metric).__name__,
        "config": json.loads(json.dumps(config, default=_without_address)),
        "link": measure.link,
    }


def _config(metric: Any) -> dict[str, Any]:
    """The settings of a metric; none where it cannot say them. They are compared, and no metric is made from them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of a lambda, which Keras could not read back
        try:
            return dict(metric.get_config())
        except (NotImplementedError, TypeError, ValueError):
            return {}


def _without_address(thing: Any) -> str:
    """The object's `repr` without its memory address, which differs in the next process."""
    return re.sub(r" at 0x[0-9a-f]+", "", repr(thing))


def _weights(model: keras.Model) -> dict[str, Any]:
    """How many weights there are, and a short hash of their shapes in order."""
    shapes = repr([tuple(variable.shape) for variable in model.weights])
    return {
        "parameters": int(model.count_params()),
        "shapes": short_hash([shapes.encode()]),
    }
