"""What a study optimises: one weight-free and loss-free measure of one output, on validation data."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from search_spaces import InputError, LossSpec, Problems, SearchSpace, nearest, snake_case

MAX, MIN = "max", "min"
_DIRECTIONS = {"max": MAX, "maximize": MAX, "min": MIN, "minimize": MIN, None: None}


@dataclass(frozen=True)
class Objective:
    """A metric of one output and its direction.

    Attributes:
        output: Name of the output.
        metric: A Keras metric name (`"auc"`, `"accuracy"`, `"mae"`, `"r2"`…), read in the light of the output's losses; a
            `keras.Metric`, used as it is; or a function of (targets, predictions), called once on the whole validation
            set, whose result is averaged.
        direction: `"max"` or `"min"`; may be left out where it is known.
        name: Column name; `<output>/<metric>` where left out.

    Example:
        >>> Objective("priority", "auc").name
        'priority/auc'
    """

    output: str
    metric: Any
    direction: str | None = None
    name: str = ""

    def __post_init__(self) -> None:
        if self.direction not in _DIRECTIONS:
            raise InputError(f"objective {self.output!r}: direction must be 'max' or 'min', got {self.direction!r}")
        object.__setattr__(self, "direction", _DIRECTIONS[self.direction])
        if not self.name:
            object.__setattr__(self, "name", f"{self.output}/{label(self.metric)}")


def label(metric: Any) -> str:
    """A short name for a metric in whatever form it was given."""
    if isinstance(metric, str):
        return metric
    return str(getattr(metric, "name", None) or getattr(metric, "__name__", type(metric).__name__))


def default_objectives(space: SearchSpace) -> list[Objective]:
    """One objective per output, by the family of its first loss.

    AUC for binary losses, accuracy for categorical and margin ones, mean absolute error for regression.

    Raises:
        InputError: An output whose loss says nothing about a measure.
    """
    chosen = {
        "binary": "auc",
        "categorical": "accuracy",
        "sparse": "accuracy",
        "margin": "accuracy",
        "regression": "mae",
    }
    problems, objectives = Problems("the objectives cannot be chosen"), []
    for output, space_of in space.outputs.items():
        family = space_of.losses[0].family
        if family in chosen:
            objectives.append(Objective(output, chosen[family]))
        else:
            problems.add(
                f"output {output!r} has the loss {space_of.losses[0].label}, which has no usual metric; "
                f"pass objectives=[Objective({output!r}, metric, 'max' or 'min')]"
            )
    problems.raise_any()
    return objectives


@dataclass(frozen=True)
class Measure:
    """An objective made ready: its metric, and what turns raw predictions into what the metric expects.

    Attributes:
        objective: With its direction known.
        make: Makes a new `keras.Metric`; None where `function` is used.
        function: Of (targets, predictions), called on the whole validation set.
        link: `sigmoid` or `softmax` where the predictions are logits and the metric wants probabilities, else empty.
    """

    objective: Objective
    make: Callable[[], Any] | None
    function: Callable[[Any, Any], Any] | None = None
    link: str = ""

    @property
    def output(self) -> str:
        """Name of the output measured."""
        return self.objective.output

    def evaluate(self, targets: Any, predictions: Any, sample_weight: Any = None) -> float:
        """The objective's value in its own unit and direction; a metric with a value per class is averaged.

        Args:
            targets: Array, one row per validation sample.
            predictions: Array of the raw predictions.
            sample_weight: Array with one number per sample, or None.
        """
        import keras
        import numpy as np

        predictions = self.linked(predictions)
        if self.function is not None:
            return float(np.mean(keras.ops.convert_to_numpy(self.function(targets, predictions))))
        assert self.make is not None
        metric = self.make()
        metric.update_state(targets, predictions, sample_weight=sample_weight)
        return float(np.mean(keras.ops.convert_to_numpy(metric.result())))

    def linked(self, predictions: Any) -> Any:
        """The predictions as the metric expects them; works on arrays and inside traced programs."""
        import keras

        return getattr(keras.ops, self.link)(predictions) if self.link else predictions


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
    listed = [measure.objective.name for measure in measures]
    for name in sorted({name for name in listed if listed.count(name) > 1}):
        problems.add(f"two objectives are called {name!r}; give each its own name=")
    problems.raise_any()
    return measures


def _resolve(objective: Objective, space: SearchSpace) -> Measure:
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
    loss = space.outputs[objective.output].losses[0]
    measure = _measure(objective, loss)
    if measure.objective.direction is None:
        raise InputError(
            f"objective {objective.name!r}: whether more or less is better is not known for this metric; "
            "give direction='max' or 'min'"
        )
    return measure


def _measure(objective: Objective, loss: LossSpec) -> Measure:
    import keras

    metric = objective.metric
    if isinstance(metric, str):
        return _named(objective, loss)
    if isinstance(metric, type) and issubclass(metric, keras.Metric):
        metric = _made(objective, metric)
    if isinstance(metric, keras.Metric):
        kind, config = type(metric), metric.get_config()
        return Measure(_directed(objective, kind.__name__), lambda: kind.from_config(config))
    if callable(metric):
        return Measure(objective, None, function=metric)
    raise InputError(f"objective {objective.name!r}: expected a metric name, a keras.Metric or a function, got {metric!r}")


def _made(objective: Objective, kind: type) -> Any:
    try:
        return kind()
    except TypeError as error:
        raise InputError(
            f"objective {objective.name!r}: {kind.__name__} cannot be made without arguments ({error}); pass the metric itself, "
            f"keras.metrics.{kind.__name__}(...)"
        ) from error


def _directed(objective: Objective, class_name: str) -> Objective:
    direction = objective.direction or _known_direction(class_name)
    return Objective(objective.output, objective.metric, direction, objective.name)


def _known_direction(class_name: str) -> str | None:
    if class_name.startswith("False") or any(
        part in class_name for part in ("Error", "rossentropy", "Divergence", "Poisson", "Hinge")
    ):
        return MIN
    parts = (
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
    )
    return MAX if any(part in class_name for part in (*parts, "CosineSimilarity")) else None


_ALIASES = {
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
_ONE_HOT_ONLY = ("AUC", "Precision", "Recall", "F1Score", "FBetaScore", "CategoricalAccuracy")


def _named(objective: Objective, loss: LossSpec) -> Measure:
    import keras

    from search_spaces import public_classes

    classes = public_classes(keras.metrics)
    snake = {snake_case(name): name for name in classes}
    asked = str(objective.metric)
    key = "accuracy" if asked.lower() in ("acc", "accuracy") else asked
    name = _BY_FAMILY.get(key, {}).get(loss.family) or _ALIASES.get(key.lower()) or snake.get(key, key)
    if name not in classes or (key in _BY_FAMILY and loss.family not in _BY_FAMILY[key] and not loss.custom):
        raise InputError(_unknown_metric(objective, loss, sorted({*snake, *_ALIASES, *_BY_FAMILY})))
    if loss.family == "sparse" and name in _ONE_HOT_ONLY:
        raise InputError(
            f"objective {objective.name!r}: {name} needs one-hot targets, and the loss {loss.label} takes class numbers; "
            "use 'accuracy', or one-hot targets with CategoricalCrossentropy"
        )
    _made(objective, classes[name])
    return _keras_measure(_directed(objective, name), classes[name], loss)


def _unknown_metric(objective: Objective, loss: LossSpec, known: list[str]) -> str:
    if objective.metric in known:
        return (
            f"objective {objective.name!r}: {objective.metric!r} is not defined for output {objective.output!r} with the loss "
            f"{loss.label}; name another metric or pass a keras.Metric"
        )
    return f"objective {objective.name!r}: Keras has no metric {objective.metric!r}; {nearest(objective.metric, known)}"


def _keras_measure(objective: Objective, cls: type, loss: LossSpec) -> Measure:
    """The metric as the output's predictions need it.

    With logits: `from_logits=True` where the class means the right link by it, a threshold at 0 for binary accuracy, and for
    every other metric the probabilities.
    """
    logits = loss.predictions == "logits"
    if cls.__name__ == "BinaryAccuracy" and (logits or loss.family == "margin"):
        return Measure(objective, lambda: cls(threshold=0.0))
    if cls.__name__ in ("F1Score", "FBetaScore") and loss.family == "binary":  # by default they take the largest output for yes
        return Measure(objective, lambda: cls(threshold=0.5), link="sigmoid" if logits else "")
    if not logits:
        return Measure(objective, cls)
    if "rossentropy" in cls.__name__ or (cls.__name__ == "AUC" and loss.family == "binary"):
        return Measure(objective, lambda: cls(from_logits=True))
    keeps_order = ("CategoricalAccuracy", "SparseCategoricalAccuracy", "TopKCategoricalAccuracy")
    if cls.__name__ in (*keeps_order, "SparseTopKCategoricalAccuracy"):
        return Measure(objective, cls)
    return Measure(objective, cls, link="sigmoid" if loss.family == "binary" else "softmax")
