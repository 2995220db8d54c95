"""What `Model.fit` makes of a row, and what the tuner makes of it."""

from __future__ import annotations

import atexit
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from search_spaces import names
from tests.test_models._example import ALL_CHECKS, HELD_OUT, ROWS, Example, part, probe
from tests.test_models.zoo import MODELS
from tuner import LossWeightTuner, Objective
from tuner.engines._custom_gradients import forgetting_custom_gradients
from tuner.study import Runner

SEED, EPOCHS, BATCH = 7, 2, 32
TRAIN, HELD = slice(ROWS), slice(ROWS, ROWS + HELD_OUT)


class QueuedAlone(Runner):
    """Trains what is queued, and draws nothing."""

    def search(self, study, training, n_trials, timeout, verbose):
        self.train_queued(study, training, 1, verbose, replicates=False)


class CurrentAlone(LossWeightTuner):
    """Trains the baseline `current` and no other, so that a row takes seconds; in the program also one candidate."""

    def baselines(self):
        return {name: candidate for name, candidate in super().baselines().items() if name == "current"}

    def _runner(self):
        runner = super()._runner()
        return QueuedAlone(**vars(runner)) if self.engine == "fit" else runner


def training_arguments(example: Example) -> dict[str, Any]:
    """What the author gives to `fit`."""
    x, y = example.data()
    rows = {key: part(value, TRAIN) for key, value in example.fit.items()}
    if example.as_dataset:
        return {"x": tf.data.Dataset.from_tensor_slices((part(x, TRAIN), part(y, TRAIN))).batch(BATCH)}
    targets = {} if y is None else {"y": part(y, TRAIN)}
    return {"x": part(x, TRAIN), **targets, "batch_size": BATCH, **rows, **example.fit_settings}


def held_out(example: Example) -> tuple[Any, Any]:
    """Rows to measure on."""
    x, y = example.data()
    return part(x, HELD), None if y is None else part(y, HELD)


def fresh(example: Example) -> keras.Model:
    """The model as the author's script makes it, under the seed of the study."""
    keras.utils.set_random_seed(SEED)
    return example.build()


def fit(model: keras.Model, example: Example) -> keras.Model:
    """The author's own training. What TensorFlow keeps of it for good would make all later tests of the process slower."""
    with forgetting_custom_gradients():
        model.fit(**training_arguments(example), epochs=EPOCHS, shuffle=False, verbose=0)
    return model


def by_output(structure: Any, outputs: Sequence[str]) -> dict[str, Any]:
    """Targets or predictions by the names of the objectives; Keras's own order where they are listed."""
    if isinstance(structure, dict):
        return {name: np.asarray(value) for name, value in structure.items()}
    if hasattr(structure, "columns"):
        structure = structure.to_numpy()
    listed = structure if isinstance(structure, list | tuple) else [structure]
    keys = outputs or [str(at) for at in range(len(listed))]
    return {key: np.asarray(value) for key, value in zip(keys, listed, strict=True)}


def measured(model: keras.Model, example: Example) -> list[float]:
    """The objectives by hand: the model's own predictions, and the targets as the author has them."""
    x, y = held_out(example)
    predictions = by_output(model.predict(x, batch_size=BATCH, verbose=0), example.outputs)
    targets = by_output(y, example.outputs)
    return [_value(example, name, targets[name], predictions[name], x) for name in example.outputs or targets]


def _value(example: Example, name: str, target: np.ndarray, prediction: np.ndarray, x: Any) -> float:
    if name in example.metrics:
        metric = example.metrics[name]()
        metric.update_state(target, prediction, sample_weight=(np.asarray(x) != 0).astype("float32"))
        return float(metric.result())
    if example.ignored is not None:
        counted = target != example.ignored
        target, prediction = target[counted], prediction[counted]
    if not example.outputs:
        return default_measure(target, prediction)
    return probe(target, prediction)


def default_measure(target: np.ndarray, prediction: np.ndarray) -> float:
    """What the tuner chooses where no objective is named: accuracy of classes, mean absolute error of numbers."""
    if prediction.shape[-1] > 1:
        return float(np.mean(target.argmax(-1) == prediction.argmax(-1)))
    return float(np.mean(np.abs(target - prediction)))


@lru_cache(maxsize=1)
def oracle(name: str) -> tuple[float, ...]:
    """The objectives of the author's own compile and fit."""
    example = row(name)
    return tuple(measured(fit(fresh(example), example), example))


def row(name: str) -> Example:
    """The example of this name."""
    return next(example for example in MODELS if example.name == name)


def objectives(example: Example) -> list[Objective] | None:
    """One for each output, by `probe` or the row's metric; None where the tuner chooses them."""
    if not example.outputs:
        return None
    return [
        Objective(name, example.metrics[name]() if name in example.metrics else probe, "min", name=f"{name}/value")
        for name in example.outputs
    ]


def make_tuner(example: Example, style: str, engine: str, folder: Path, kind: type = CurrentAlone) -> LossWeightTuner:
    """A tuner that is given the compiled model, or the function that builds it."""
    source = fresh(example) if style == "model" else example.build
    return kind(source, objectives=objectives(example), directory=folder, project_name="study", seed=SEED, engine=engine)


def search(tuner: LossWeightTuner, example: Example) -> None:
    """The search with the author's data."""
    arguments = training_arguments(example)
    tuner.search(**arguments, validation_data=held_out(example), epochs=EPOCHS, n_trials=1, shuffle=False, verbose=0)


@dataclass(frozen=True)
class FinishedStudy:
    """A study that was searched.

    Attributes:
        tuner: With its study.
        given: The weights of the given model before the search; empty where a function was given.
    """

    tuner: LossWeightTuner
    given: Sequence[np.ndarray]

    def current_values(self) -> list[float]:
        """What the baseline `current` reached: in the ranking, which must agree with the stored trial."""
        shown = self.tuner.ranking().query("baseline == 'current'").iloc[0]
        assert shown["state"] == "complete", f"the trial of `current` is {shown['state']}: {shown['reason']}"
        study = self.tuner.study
        values = [float(shown[objective["name"]]) for objective in study.user_attrs[names.STUDY]["objectives"]]
        assert values == study.get_trials(deepcopy=False)[int(shown["trial"])].values
        return values

    def given_weights_are_the_same(self) -> bool:
        """Whether the search left the given model as it was."""
        source = self.tuner.architecture.source
        now = source.get_weights() if isinstance(source, keras.Model) else []
        return all(np.array_equal(one, other) for one, other in zip(self.given, now, strict=True))


@lru_cache(maxsize=2)
def study(name: str, style: str, engine: str) -> FinishedStudy:
    """A search with the row's model: of the core one with every baseline, of all others `current`."""
    example, folder = row(name), Path(mkdtemp(prefix="models-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    whole = example.core and f"{style} {engine}" == ALL_CHECKS[-1]
    tuner = make_tuner(example, style, engine, folder, LossWeightTuner if whole else CurrentAlone)
    source = tuner.architecture.source
    given = [value.copy() for value in source.get_weights()] if isinstance(source, keras.Model) else []
    search(tuner, example)
    return FinishedStudy(tuner, given)
