"""From objectives, as a person names them, to measures."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import keras

from search_spaces import InputError, Problems, SearchSpace, nearest
from tuner.inputs._measures import Measure
from tuner.inputs._metric_names import has_families, metric_class, usual_direction
from tuner.inputs._objectives import Objective
from tuner.inputs._output_kinds import UNKNOWN, OutputKind, kind_by_loss, kind_without_loss

_KEEP_ORDER = (  # they compare predictions with each other only, so logits do as well as probabilities
    "CategoricalAccuracy",
    "SparseCategoricalAccuracy",
    "TopKCategoricalAccuracy",
    "SparseTopKCategoricalAccuracy",
)


_OF_PROBABILITIES = ("AUC", "BinaryAccuracy", "Precision", "Recall", "F1Score", "FBetaScore", "Sensitivity", "Specificity")


def resolve(
    objectives: Sequence[Objective],
    space: SearchSpace,
    kinds: Mapping[str, OutputKind] | None = None,
    untrained: Collection[str] = (),
) -> list[Measure]:
    """Makes the objectives ready in the light of the outputs' losses.

    Args:
        objectives: As a person names them.
        space: Names the losses.
        kinds: What data and model tell of each output; only the losses are looked at where left out.
        untrained: The outputs that have no loss.

    Raises:
        InputError: Unknown outputs or metrics, an unknown direction, two objectives of one name, the weighted `val_loss`.
    """
    problems, measures = Problems("the objectives cannot be used"), []
    by_loss = {output: kind_by_loss(one) for output, one in space.outputs.items()}
    by_loss |= {output: kind_without_loss() for output in untrained}
    if not objectives:
        problems.add("no objectives; leave objectives out to have one chosen per output")
    for objective in objectives:
        try:
            measures.append(_resolve(objective, by_loss, kinds))
        except InputError as error:
            problems.include(error)
    columns = [measure.objective.name for measure in measures]
    for name in sorted({name for name in columns if columns.count(name) > 1}):
        problems.add(f"two objectives are called {name!r}; give each its own name=")
    problems.raise_any()
    return measures


def _resolve(objective: Objective, by_loss: Mapping[str, OutputKind], kinds: Mapping[str, OutputKind] | None) -> Measure:
    _check_objective(objective, list(by_loss))
    if kinds is not None and isinstance(objective.metric, str):
        _check_kind(objective, kinds[objective.output])
    measure = _measure(objective, (kinds or by_loss)[objective.output])
    if measure.objective.direction is None:
        raise InputError(
            f"objective {objective.name!r}: whether more or less is better is not known for this metric; "
            "give direction='max' or 'min'"
        )
    return measure


def _check_objective(objective: Objective, outputs: Sequence[str]) -> None:
    of_all = objective.output in ("loss", "val_loss") and objective.output not in outputs
    if of_all or objective.metric in ("loss", "val_loss"):
        raise InputError(
            "the weighted val_loss cannot be an objective: it changes with the weights and losses that are searched, so a "
            "trial would win by small weights; name a metric of an output, for example Objective("
            f"{outputs[0]!r}, 'accuracy')"
        )
    if objective.output not in outputs:
        raise InputError(
            f"objective {objective.name!r} is on an unknown output {objective.output!r}; {nearest(objective.output, outputs)}"
        )


def _check_kind(objective: Objective, kind: OutputKind) -> None:
    """A metric of classes needs to see what the targets and the predictions are."""
    silent = "no loss tells" if kind.loss is None else f"the loss {kind.loss.label} does not tell"
    start = f"objective {objective.name!r}: {silent}"
    if has_families(objective) and kind.family == "other":
        raise InputError(
            f"{start} what {objective.metric!r} means, and the shapes of targets and predictions do not either; "
            "pass a keras.Metric or a function of (targets, predictions)"
        )
    if kind.predictions == UNKNOWN and _of_probabilities(metric_class(objective, kind)):
        raise InputError(
            f"{start} whether the predictions are probabilities or logits, and they do not either; "
            f"pass the metric itself, for example keras.metrics.{metric_class(objective, kind).__name__}(...)"
        )


def _of_probabilities(cls: type) -> bool:
    return "rossentropy" in cls.__name__ or cls.__name__.startswith(_OF_PROBABILITIES)


def _measure(objective: Objective, kind: OutputKind) -> Measure:
    metric = objective.metric
    if isinstance(metric, str):
        cls = metric_class(objective, kind)
        _new_metric(objective, cls)
        return _for_predictions(_with_direction(objective, cls), cls, kind)
    if isinstance(metric, type) and issubclass(metric, keras.Metric):
        cls = metric
        _new_metric(objective, cls)
        return Measure(_with_direction(objective, cls), cls)
    if isinstance(metric, keras.Metric):
        return Measure(_with_direction(objective, type(metric)), lambda: metric)
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


def _for_predictions(objective: Objective, cls: type, kind: OutputKind) -> Measure:
    """The metric as the output's predictions need it.

    With logits: `from_logits=True` where the class means the right link by it, a threshold at 0 for binary accuracy, and for
    every other metric the probabilities. With a loss that tells nothing, errors are those of the predictions as they are.
    """
    logits = kind.predictions == "logits"
    if cls.__name__ == "BinaryAccuracy" and (logits or kind.family == "margin"):
        return Measure(objective, lambda: cls(threshold=0.0))
    if cls.__name__ in ("F1Score", "FBetaScore") and kind.family == "binary":  # by default they take the largest output for yes
        return Measure(objective, lambda: cls(threshold=0.5), link="sigmoid" if logits else "")
    as_they_are = (kind.loss is None or kind.loss.family == "other") and not _of_probabilities(cls)
    if not logits or as_they_are or cls.__name__ in _KEEP_ORDER:
        return Measure(objective, cls)
    if "rossentropy" in cls.__name__ or (cls.__name__ == "AUC" and kind.family == "binary"):
        return Measure(objective, lambda: cls(from_logits=True))
    return Measure(objective, cls, link="sigmoid" if kind.family == "binary" else "softmax")
