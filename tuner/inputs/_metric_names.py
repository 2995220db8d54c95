"""Names of metrics: Keras's own, snake case and the usual short ones, read in the light of an output's losses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import keras

from search_spaces import InputError, nearest, public_classes, snake_case
from tuner.inputs._objectives import MAX, MIN, Objective
from tuner.inputs._output_kinds import OutputKind

_SHORT_NAMES = {
    "r2": "R2Score",
    "f1": "F1Score",
    "rmse": "RootMeanSquaredError",
    "mae": "MeanAbsoluteError",
    "mse": "MeanSquaredError",
    "mape": "MeanAbsolutePercentageError",
    "msle": "MeanSquaredLogarithmicError",
    "auc": "AUC",
    "top_k_accuracy": "TopKCategoricalAccuracy",
    "log_cosh": "LogCoshError",
}
_BY_FAMILY: Mapping[str, Mapping[str, str]] = {
    "accuracy": {
        "binary": "BinaryAccuracy",
        "categorical": "CategoricalAccuracy",
        "sparse": "SparseCategoricalAccuracy",
        "margin": "BinaryAccuracy",
    },
    "crossentropy": {
        "binary": "BinaryCrossentropy",
        "categorical": "CategoricalCrossentropy",
        "sparse": "SparseCategoricalCrossentropy",
    },
    "top_k_accuracy": {"categorical": "TopKCategoricalAccuracy", "sparse": "SparseTopKCategoricalAccuracy"},
}
_ABBREVIATIONS = {"acc": "accuracy", "ce": "crossentropy"}
_ONE_HOT_ONLY = ("AUC", "Precision", "Recall", "F1Score", "FBetaScore", "CategoricalAccuracy")
_TO_MINIMISE = ("Error", "rossentropy", "Divergence", "Poisson", "Hinge")
_TO_MAXIMISE = (
    "AUC",
    "Accuracy",
    "Precision",
    "Recall",
    "Score",
    "IoU",
    "Sensitivity",
    "Specificity",
    "True",
    "Correlation",
    "CosineSimilarity",
)


def metric_class(objective: Objective, kind: OutputKind) -> type:
    """The Keras class that the name of a metric means for an output of this kind.

    Where losses tell nothing and data were not yet seen, the name of a family of metrics gives one of them.

    Raises:
        InputError: Keras has no such metric, or it does not take the output's targets.
    """
    classes = public_classes(keras.metrics)
    by_snake_case = {snake_case(name): name for name in classes}
    key = _full_name(objective)
    in_family = _BY_FAMILY.get(key, {})
    family = (kind.by_data or "other") if in_family and kind.family == "regression" else kind.family
    any_of_family = next(iter(in_family.values()), "") if family == "other" else ""
    name = in_family.get(family) or any_of_family or _SHORT_NAMES.get(key.lower()) or by_snake_case.get(key, key)
    if name not in classes or (in_family and family not in in_family and family != "other"):
        raise InputError(_unknown_metric(objective, kind, sorted({*by_snake_case, *_SHORT_NAMES, *_BY_FAMILY})))
    if kind.family == "sparse" and name in _ONE_HOT_ONLY:
        raise InputError(
            f"objective {objective.name!r}: {name} needs one-hot targets, and {_classes_in(kind)}; "
            "use 'accuracy', or one-hot targets with CategoricalCrossentropy"
        )
    return classes[name]


def counts_each_label(objective: Objective, kind: OutputKind, prediction: Sequence[int]) -> bool:
    """Whether the name `accuracy` means that of each yes or no, where Keras compares which label is the largest.

    Args:
        objective: On the output.
        kind: What the output predicts.
        prediction: Shape of the predictions, rows first.
    """
    labels = kind.family == "binary" and len(prediction) > 1 and prediction[-1] > 1
    return labels and isinstance(objective.metric, str) and _full_name(objective) == "accuracy"


def has_families(objective: Objective) -> bool:
    """Whether the metric's name means another class for another kind of targets."""
    return _full_name(objective) in _BY_FAMILY


def _full_name(objective: Objective) -> str:
    """The metric's name, those of a family in small letters and without abbreviation, which Keras takes in both ways."""
    given = str(objective.metric)
    short = _ABBREVIATIONS.get(given.lower(), given.lower())
    return short if short in _BY_FAMILY else given


def usual_direction(class_name: str) -> str | None:
    """Whether a Keras metric is better when larger or smaller, as its class name tells; None where it does not."""
    if class_name.startswith("False") or any(part in class_name for part in _TO_MINIMISE):
        return MIN
    return MAX if any(part in class_name for part in _TO_MAXIMISE) else None


def direction_by_ending(logged: str) -> str | None:
    """The usual direction of the metric whose name ends what `fit` logs, as in `val_kind_accuracy`; None where there is none."""
    named = {snake_case(name): name for name in public_classes(keras.metrics)} | _SHORT_NAMES
    endings = [name for name in named if logged.endswith(name)]
    return usual_direction(named[max(endings, key=len)]) if endings else None


def _classes_in(kind: OutputKind) -> str:
    return "the targets are class numbers" if kind.loss is None else f"the loss {kind.loss.label} takes class numbers"


def _source(kind: OutputKind) -> str:
    return "targets and predictions like these" if kind.loss is None else f"the loss {kind.loss.label}"


def _unknown_metric(objective: Objective, kind: OutputKind, accepted: list[str]) -> str:
    if objective.metric in accepted:
        return (
            f"objective {objective.name!r}: {objective.metric!r} is not defined for output {objective.output!r} with "
            f"{_source(kind)}; name another metric or pass a keras.Metric"
        )
    return f"objective {objective.name!r}: Keras has no metric {objective.metric!r}; {nearest(objective.metric, accepted)}"
