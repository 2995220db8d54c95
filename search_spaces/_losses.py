"""Losses: the object and its plain data, and the targets and predictions that each family of losses expects."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from search_spaces._keras_names import public_classes, snake_case
from search_spaces._problems import InputError, nearest
from search_spaces._same import same_object
from search_spaces._settings import changed_settings
from search_spaces._specs import Spec

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
_BY_SHAPES = "crossentropy"
LOGITS, PROBABILITIES, VALUES = "logits", "probabilities", "values"


@dataclass(frozen=True)
class LossSpec(Spec):
    """A loss; `build` gives the object that was given, or makes the `keras.losses.Loss` from plain data.

    Example:
        >>> spec = LossSpec("BinaryCrossentropy", {"from_logits": True})
        >>> spec.family, spec.predictions, type(spec.build()).__name__
        ('binary', 'logits', 'BinaryCrossentropy')
    """

    @property
    def by_shapes(self) -> bool:
        """Whether Keras chooses the loss by the shapes of targets and predictions; until data are seen it cannot be built."""
        return not self.custom and self.class_name == _BY_SHAPES

    @property
    def family(self) -> str:
        """`binary`, `categorical`, `sparse`, `regression`, `margin` or `other`."""
        return OTHER if self.custom else _FAMILIES.get(self.class_name, OTHER)

    @property
    def predictions(self) -> str:
        """Kind of prediction that the loss expects: `logits`, `probabilities` or plain `values`."""
        if self.by_shapes:
            return PROBABILITIES
        if self.family not in _CLASSIFIES:
            return VALUES
        return LOGITS if self.config.get("from_logits") else PROBABILITIES

    @property
    def never_negative(self) -> bool:
        """Whether the loss is certainly never below 0; False for custom losses, which can do anything."""
        return not self.custom and self.class_name not in _MAY_BE_NEGATIVE

    def build(self) -> Any:
        """The loss or function that was given, itself; a new `keras.losses.Loss` where only plain data are at hand.

        Raises:
            InputError: Unknown class, a custom loss that is not at hand, or settings that the class refuses.
        """
        if self.live is not None and not isinstance(self.live, type):
            return self.live
        if self.by_shapes:
            raise InputError(f"the loss {_BY_SHAPES!r} is chosen by the shapes of targets and predictions; no data were seen yet")
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

    if name.lower() in (_BY_SHAPES, "ce"):
        return LossSpec(_BY_SHAPES)
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

    name = getattr(function, "__name__", "")
    if str(getattr(function, "__module__", "")).startswith("keras."):
        for class_name, cls in public_classes(keras.losses).items():
            if snake_case(class_name) == name:
                return _loss_object_spec(cls())
    return LossSpec(function_name(function), {}, custom=True, live=function)


def function_name(function: Any) -> str:
    """The name of a function, of a `functools.partial` with its arguments, or of a callable object's class."""
    if isinstance(function, functools.partial):
        arguments = [*map(repr, function.args), *(f"{key}={value!r}" for key, value in function.keywords.items())]
        return f"partial({', '.join([function_name(function.func), *arguments])})"
    return str(getattr(function, "__name__", type(function).__name__))


def _loss_object_spec(loss: Any) -> LossSpec:
    import keras

    cls = type(loss)
    if cls.__name__ == "LossFunctionWrapper":
        return LossSpec(function_name(loss.fn), {}, custom=True, live=loss, rebuilds=False)
    is_keras = public_classes(keras.losses).get(cls.__name__) is cls
    config = _loss_settings(loss, custom=not is_keras)
    if is_keras:
        return LossSpec(cls.__name__, config, live=loss)
    return LossSpec(cls.__name__, config, custom=True, live=loss, rebuilds=_rebuilds(loss, config))


def _loss_settings(loss: Any, custom: bool) -> dict[str, Any]:
    import keras

    leave_out = frozenset({"name", "dtype", "fn"})
    config = changed_settings(loss, loss.get_config(), leave_out, {"reduction": "sum_over_batch_size"}, custom)
    return config if loss.dtype == keras.config.floatx() else config | {"dtype": loss.dtype}


def _rebuilds(loss: Any, config: Mapping[str, Any]) -> bool:
    """Whether the class makes the same loss from its settings: a loss may keep an argument under another name."""
    try:
        return same_object(type(loss)(**config), loss)
    except Exception:  # noqa: BLE001  a constructor of one's own may raise anything
        return False
