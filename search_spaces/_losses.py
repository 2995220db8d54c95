"""Losses as plain data, and what each family of losses asks of targets and predictions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from search_spaces._custom import GivenFunction
from search_spaces._problems import InputError, nearest
from search_spaces._specs import Spec, own_settings, public_classes

BINARY, CATEGORICAL, SPARSE, REGRESSION, MARGIN, OTHER = (
    "binary",
    "categorical",
    "sparse",
    "regression",
    "margin",
    "other",
)
_FAMILIES = {
    "BinaryCrossentropy": BINARY,
    "BinaryFocalCrossentropy": BINARY,
    "CategoricalCrossentropy": CATEGORICAL,
    "CategoricalFocalCrossentropy": CATEGORICAL,
    "CategoricalGeneralizedCrossEntropy": SPARSE,
    "KLDivergence": CATEGORICAL,
    "SparseCategoricalCrossentropy": SPARSE,
    "MeanSquaredError": REGRESSION,
    "MeanAbsoluteError": REGRESSION,
    "MeanAbsolutePercentageError": REGRESSION,
    "MeanSquaredLogarithmicError": REGRESSION,
    "Huber": REGRESSION,
    "LogCosh": REGRESSION,
    "Poisson": REGRESSION,
    "Hinge": MARGIN,
    "SquaredHinge": MARGIN,
}
_MAY_BE_NEGATIVE = ("CosineSimilarity", "KLDivergence", "Poisson")
_CLASSIFIES = (BINARY, CATEGORICAL, SPARSE)
LOGITS, PROBABILITIES, VALUES = "logits", "probabilities", "values"


@dataclass(frozen=True)
class LossSpec(Spec):
    """A loss as plain data; `build` makes the live `keras.losses.Loss`."""

    @property
    def family(self) -> str:
        """`binary`, `categorical`, `sparse`, `regression`, `margin` or `other`."""
        return OTHER if self.custom else _FAMILIES.get(self.class_name, OTHER)

    @property
    def predictions(self) -> str:
        """What the loss takes a prediction for: `logits`, `probabilities` or plain `values`."""
        if self.family not in _CLASSIFIES:
            return VALUES
        return LOGITS if self.config.get("from_logits") else PROBABILITIES

    @property
    def never_negative(self) -> bool:
        """Whether it is known that the loss is never below 0; of a custom loss nobody knows."""
        return not self.custom and self.class_name not in _MAY_BE_NEGATIVE

    def build(self) -> Any:
        """A new `keras.losses.Loss` (or the custom function itself).

        Raises:
            InputError: Unknown class, unregistered custom loss, or settings that the class refuses.
        """
        import keras

        return self.make(keras.losses, "loss", self.config)


def loss_spec(identifier: Any) -> LossSpec:
    """The plain data of whatever `Model.compile(loss=...)` takes for one output.

    Args:
        identifier: A Keras name (`"mse"`), a `keras.losses.Loss`, a dictionary with `class_name` and `config`, a
            function of (targets, predictions), or a `LossSpec`.

    Raises:
        InputError: Nothing that Keras knows as a loss.
    """
    if isinstance(identifier, LossSpec):
        return identifier
    if isinstance(identifier, Mapping):
        return LossSpec.from_dict(identifier)
    if isinstance(identifier, str):
        return _named(identifier)
    import keras

    if isinstance(identifier, type) and issubclass(identifier, keras.losses.Loss):
        identifier = identifier()
    if isinstance(identifier, keras.losses.Loss):
        return _of_loss(identifier)
    if callable(identifier):
        return _of_function(identifier)
    raise InputError(f"expected a loss (a Keras name, a keras.losses.Loss or a function), got {identifier!r}")


def _named(name: str) -> LossSpec:
    import keras

    classes = public_classes(keras.losses)
    if name in classes:
        return _of_loss(classes[name]())
    try:
        return _of_function(keras.losses.get(name))
    except ValueError as error:
        raise InputError(f"Keras has no loss {name!r}; {nearest(name, [_snake(c) for c in classes])}") from error


def _of_function(function: Any) -> LossSpec:
    """Keras's own functions become their class (the same numbers); any other function is a custom loss."""
    import keras

    name = getattr(function, "__name__", type(function).__name__)
    if str(getattr(function, "__module__", "")).startswith("keras."):
        for class_name, cls in public_classes(keras.losses).items():
            if _snake(class_name) == name:
                return _of_loss(cls())
    return LossSpec(name, {}, custom=True, factory=GivenFunction(function))


def _of_loss(loss: Any) -> LossSpec:
    import keras

    cls = type(loss)
    ours = public_classes(keras.losses).get(cls.__name__) is cls
    if not ours and cls.__name__ == "LossFunctionWrapper":
        return _of_function(loss.fn)
    default_name = _snake(cls.__name__)
    config = own_settings(loss, leave_out=frozenset({"name", "dtype", "fn"}))
    if config.get("reduction") == "sum_over_batch_size":
        del config["reduction"]
    if not ours:
        return LossSpec(cls.__name__ or default_name, config, custom=True, factory=cls)
    return LossSpec(cls.__name__, config)


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()
