"""Losses as plain data, and the targets and predictions that each family of losses expects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from search_spaces._custom import FunctionFactory
from search_spaces._keras_names import public_classes, snake_case
from search_spaces._problems import InputError, nearest
from search_spaces._specs import Spec, changed_settings

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
    """A loss as plain data; `build` makes the `keras.losses.Loss`.

    Example:
        >>> spec = LossSpec("BinaryCrossentropy", {"from_logits": True})
        >>> spec.family, spec.predictions, type(spec.build()).__name__
        ('binary', 'logits', 'BinaryCrossentropy')
    """

    @property
    def family(self) -> str:
        """`binary`, `categorical`, `sparse`, `regression`, `margin` or `other`."""
        return OTHER if self.custom else _FAMILIES.get(self.class_name, OTHER)

    @property
    def predictions(self) -> str:
        """Kind of prediction that the loss expects: `logits`, `probabilities` or plain `values`."""
        if self.family not in _CLASSIFIES:
            return VALUES
        return LOGITS if self.config.get("from_logits") else PROBABILITIES

    @property
    def never_negative(self) -> bool:
        """Whether the loss is certainly never below 0; False for custom losses, which can do anything."""
        return not self.custom and self.class_name not in _MAY_BE_NEGATIVE

    def build(self) -> Any:
        """A new `keras.losses.Loss` (or the custom function itself).

        Raises:
            InputError: Unknown class, unregistered custom loss, or settings that the class refuses.
        """
        import keras

        return self.make(keras.losses, "loss", self.config)


def loss_spec(identifier: Any) -> LossSpec:
    """The plain data of a loss, given in any form that `Model.compile(loss=...)` takes for one output.

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
        return _spec_by_name(identifier)
    import keras

    if isinstance(identifier, type) and issubclass(identifier, keras.losses.Loss):
        identifier = identifier()
    if isinstance(identifier, keras.losses.Loss):
        return _loss_object_spec(identifier)
    if callable(identifier):
        return _function_spec(identifier)
    raise InputError(f"expected a loss (a Keras name, a keras.losses.Loss or a function), got {identifier!r}")


def _spec_by_name(name: str) -> LossSpec:
    import keras

    classes = public_classes(keras.losses)
    if name in classes:
        return _loss_object_spec(classes[name]())
    try:
        return _function_spec(keras.losses.get(name))
    except ValueError as error:
        raise InputError(f"Keras has no loss {name!r}; {nearest(name, [snake_case(c) for c in classes])}") from error


def _function_spec(function: Any) -> LossSpec:
    """The spec of a function: Keras's own become their class, which computes the same; any other is a custom loss."""
    import keras

    name = getattr(function, "__name__", type(function).__name__)
    if str(getattr(function, "__module__", "")).startswith("keras."):
        for class_name, cls in public_classes(keras.losses).items():
            if snake_case(class_name) == name:
                return _loss_object_spec(cls())
    return LossSpec(name, {}, custom=True, factory=FunctionFactory(function))


def _loss_object_spec(loss: Any) -> LossSpec:
    import keras

    cls = type(loss)
    is_keras = public_classes(keras.losses).get(cls.__name__) is cls
    if not is_keras and cls.__name__ == "LossFunctionWrapper":
        return _function_spec(loss.fn)
    default_name = snake_case(cls.__name__)
    config = changed_settings(loss, leave_out=frozenset({"name", "dtype", "fn"}))
    if config.get("reduction") == "sum_over_batch_size":
        del config["reduction"]
    if not is_keras:
        return LossSpec(cls.__name__ or default_name, config, custom=True, factory=cls)
    return LossSpec(cls.__name__, config)
