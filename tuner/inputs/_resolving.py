"""From objectives, as a person names them, to measures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import keras

from search_spaces import InputError, LossSpec, Problems, SearchSpace, nearest
from tuner.inputs._measures import Measure
from tuner.inputs._metric_names import metric_class, usual_direction
from tuner.inputs._objectives import Objective

_KEEP_ORDER = (  # they compare predictions with each other only, so logits do as well as probabilities
    "CategoricalAccuracy",
    "SparseCategoricalAccuracy",
    "TopKCategoricalAccuracy",
    "SparseTopKCategoricalAccuracy",
)


def resolve(objectives: Sequence[Objective], space: SearchSpace) -> list[Measure]:
    """Makes the objectives ready in the light of the outputs' losses.

    Raises:
        InputError: Unknown outputs or metrics, an unknown direction, two objectives of one name, the weighted `val_loss`.
    """
    problems, measures = Problems("the objectives cannot be used"), []
    if not objectives:
        problems.add("no objectives; leave objectives out to have one chosen per output")
    for objective in objectives:
        try:
            measures.append(_resolve(objective, space))
        except InputError as error:
            problems.include(error)
    columns = [measure.objective.name for measure in measures]
    for name in sorted({name for name in columns if columns.count(name) > 1}):
        problems.add(f"two objectives are called {name!r}; give each its own name=")
    problems.raise_any()
    return measures


def _resolve(objective: Objective, space: SearchSpace) -> Measure:
    _check_objective(objective, space)
    measure = _measure(objective, space.outputs[objective.output].losses[0])
    if measure.objective.direction is None:
        raise InputError(
            f"objective {objective.name!r}: whether more or less is better is not known for this metric; "
            "give direction='max' or 'min'"
        )
    return measure


def _check_objective(objective: Objective, space: SearchSpace) -> None:
    if objective.output in ("loss", "val_loss") or objective.metric in ("loss", "val_loss"):
        raise InputError(
            "the weighted val_loss cannot be an objective: it changes with the weights and losses that are searched, so a "
            "trial would win by small weights; name a metric of an output, for example Objective("
            f"{next(iter(space.outputs))!r}, 'accuracy')"
        )
    if objective.output not in space.outputs:
        raise InputError(
            f"objective {objective.name!r} is on an unknown output {objective.output!r}; "
            f"{nearest(objective.output, space.outputs)}"
        )


def _measure(objective: Objective, loss: LossSpec) -> Measure:
    metric = objective.metric
    if isinstance(metric, str):
        cls = metric_class(objective, loss)
        _new_metric(objective, cls)
        return _for_predictions(_with_direction(objective, cls), cls, loss)
    if isinstance(metric, type) and issubclass(metric, keras.Metric):
        metric = _new_metric(objective, metric)
    if isinstance(metric, keras.Metric):
        cls, config = type(metric), metric.get_config()
        return Measure(_with_direction(objective, cls), lambda: cls.from_config(config))
    if callable(metric):
        return Measure(objective, None, function=metric)
    raise InputError(f"objective {objective.name!r}: expected a metric name, a keras.Metric or a function, got {metric!r}")


def _new_metric(objective: Objective, cls: type) -> Any:
    try:
        return cls()
    except TypeError as error:
        raise InputError(
            f"objective {objective.name!r}: {cls.__name__} cannot be made without arguments ({error}); pass the metric itself, "
            f"keras.metrics.{cls.__name__}(...)"
        ) from error


def _with_direction(objective: Objective, cls: type) -> Objective:
    return replace(objective, direction=objective.direction or usual_direction(cls.__name__))


def _for_predictions(objective: Objective, cls: type, loss: LossSpec) -> Measure:
    """The metric as the output's predictions need it.

    With logits: `from_logits=True` where the class means the right link by it, a threshold at 0 for binary accuracy, and for
    every other metric the probabilities.
    """
    logits = loss.predictions == "logits"
    if cls.__name__ == "BinaryAccuracy" and (logits or loss.family == "margin"):
        return Measure(objective, lambda: cls(threshold=0.0))
    if cls.__name__ in ("F1Score", "FBetaScore") and loss.family == "binary":  # by default they take the largest output for yes
        return Measure(objective, lambda: cls(threshold=0.5), link="sigmoid" if logits else "")
    if not logits or cls.__name__ in _KEEP_ORDER:
        return Measure(objective, cls)
    if "rossentropy" in cls.__name__ or (cls.__name__ == "AUC" and loss.family == "binary"):
        return Measure(objective, lambda: cls(from_logits=True))
    return Measure(objective, cls, link="sigmoid" if loss.family == "binary" else "softmax")
