"""What this package uses of Keras that is not public: here and nowhere else. Keras is imported only where a function needs it.

`tuner` has a file of its own; tests/test_search_spaces/test_keras_internals.py exercises each entry and says which one moved.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

_NO_SETTINGS = frozenset({"built", "inner_optimizer", "learning_rate", "name"})


def compile_arguments(model: Any) -> dict[str, Any]:
    """The arguments that `Model.compile` was given, as the objects that they are; empty where the model is not compiled."""
    arguments = getattr(model, "_compile_config", None)
    return dict(arguments.config) if arguments is not None and model.compiled else {}


def automatic_name(named: Any) -> str:
    """The name that Keras gives to the first object of a class that is made without one."""
    from keras.src.utils.naming import to_snake_case

    return str(to_snake_case(type(named).__name__))


def automatic_numbers() -> dict[str, int]:
    """How many automatic names Keras has made so far, by what they begin with.

    Example:
        >>> import keras
        >>> before = automatic_numbers().get("dense", 0)
        >>> _ = keras.layers.Dense(1)
        >>> automatic_numbers()["dense"] - before
        1
    """
    from keras.src.backend.common.global_state import get_global_attribute

    return dict(get_global_attribute("object_name_uids") or {})


def automatic_jit(model: Any) -> bool:
    """What `jit_compile="auto"` means for a model."""
    return bool(model._resolve_auto_jit_compile())


def pair_losses(losses: Any, weights: Any, predictions: Any, output_names: Sequence[str] | None) -> list[tuple[Any, Any, Any]]:
    """How Keras pairs losses and loss weights with outputs.

    Args:
        losses: What `compile` was given; its leaves are instances of `keras.losses.Loss`, or None.
        weights: What `compile` was given.
        predictions: One array per output, in the structure of the model's outputs.
        output_names: Keras's own names of the outputs.

    Returns:
        The last part of the path, the loss and the weight of each pair; a path is empty where there is one output.

    Raises:
        ValueError: Keras refuses them (KeyError where names differ).
    """
    from keras.src.trainers.compile_utils import CompileLoss

    together = CompileLoss(losses, weights, output_names=None if output_names is None else list(output_names))
    together.build(predictions, predictions)
    return [(pair.path[-1] if pair.path else None, pair.loss, pair.loss_weights) for pair in together._flat_losses]


def pair_metrics(metrics: Any, predictions: Any, output_names: Sequence[str] | None) -> list[tuple[str | None, list[Any]]]:
    """How Keras pairs metrics with outputs: the name of each output and its metrics, in Keras's order of the outputs.

    Args:
        metrics: What `compile` was given; its leaves are instances of `keras.Metric`.
        predictions: One array per output, in the structure of the model's outputs.
        output_names: Keras's own names of the outputs.

    Raises:
        ValueError: Keras refuses them.
    """
    from keras.src.trainers.compile_utils import CompileMetrics

    together = CompileMetrics(metrics, None, output_names=None if output_names is None else list(output_names))
    together.build(predictions, predictions)
    return [(part.output_name, list(part.metrics)) for part in together._flat_metrics if part is not None]


def learning_rate(optimizer: Any) -> Any:
    """The learning rate as the optimizer holds it: a variable, a schedule or a function."""
    return optimizer._learning_rate


def config_without_rate(optimizer: Any) -> dict[str, Any]:
    """The optimizer's `get_config` without its learning rate, which is not asked for its own configuration."""
    rate = optimizer._learning_rate
    optimizer._learning_rate = 0.5
    try:
        config = dict(optimizer.get_config())
    finally:
        optimizer._learning_rate = rate
    config.pop("learning_rate", None)
    return config


def decay_exclusions(optimizer: Any) -> tuple[str, list[Any]]:
    """What `exclude_from_weight_decay` was given: the pattern of the names (empty for none), and the keys of the variables."""
    pattern = getattr(optimizer, "_exclude_from_weight_decay_pattern", None)
    return pattern.pattern if pattern else "", sorted(getattr(optimizer, "_exclude_from_weight_decay", ()))


def variable_key(optimizer: Any, variable: Any) -> Any:
    """The key by which an optimizer knows a variable in `decay_exclusions`."""
    return optimizer._var_key(variable)


def own_attributes(optimizer: Any) -> dict[str, Any]:
    """What an optimizer of one's own keeps beside what Keras keeps for every optimizer."""
    import keras

    of_keras = vars(keras.optimizers.SGD())
    private = {name for name in of_keras if name.startswith("_")}
    return {name: value for name, value in vars(optimizer).items() if name not in private | _NO_SETTINGS}
