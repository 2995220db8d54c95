"""What the project uses of Keras and TensorFlow that is not public: here and nowhere else.

Keras and TensorFlow may change any of this in any release. It was checked with the versions in `CHECKED`;
tests/test_tuner/test_keras_internals.py exercises each entry and says which one moved.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, MutableMapping
from typing import Any, NamedTuple

import keras
import tensorflow as tf
from keras.src.backend.tensorflow import numpy as backend_numpy
from keras.src.losses.losses import LossFunctionWrapper
from keras.src.optimizers.base_optimizer import BaseOptimizer
from keras.src.trainers.compile_utils import CompileMetrics
from tensorflow.python.framework import ops

CHECKED: Mapping[str, str] = {"keras": "3.15.1", "tensorflow": "2.21.0"}
"""The versions that these internals were last checked with."""

DISTRIBUTED_METHODS = (
    "add_variable_from_reference",
    "stateless_apply",
    "_apply_weight_decay",
    "_backend_apply_gradients",
    "_backend_increment_gradient_accumulators",
    "_backend_reset_gradient_accumulators",
    "_backend_update_step",
    "_overwrite_model_variables_with_average_value",
    "_var_key",
)
"""Methods of `BaseOptimizer` that Keras's TensorFlow backend replaces for `tf.distribute`."""

__all__ = [
    "CHECKED",
    "DISTRIBUTED_METHODS",
    "BaseOptimizer",
    "CompileMetrics",
    "LossFunctionWrapper",
    "NamedMetric",
    "backend_numpy",
    "compile_metrics",
    "custom_gradients",
    "dataset_inputs",
    "filter_empty_gradients",
    "has_seed_generator_path",
    "input_structure",
    "is_of_keras",
    "is_recurrent",
    "learning_rate",
    "logits_behind",
    "mask_of",
    "metric_pairs",
    "model_layers",
    "nadam_build",
    "nadam_update_step",
    "named_metrics",
    "nodes_of",
    "set_learning_rate",
    "shuffle_buffer",
    "standardized_inputs",
    "takes_training",
    "with_training",
    "without_wrapper",
]


def model_layers(model: Any) -> list[Any]:
    """The layers of a model or layer and of the models inside it, without itself."""
    return list(model._flatten_layers(include_self=False))


def without_wrapper(model: Any) -> Any:
    """The functional model that a sequential model wraps; any other model itself."""
    return getattr(model, "_functional", None) or model


def nodes_of(model: Any) -> list[Any]:
    """The calls of layers that make up a functional model, each after those that it needs; none where `call` is its own."""
    levels = getattr(model, "_nodes_by_depth", {})
    return [node for depth in sorted(levels, reverse=True) for node in levels[depth]]


def input_structure(model: Any) -> Any:
    """The structure in which a functional model takes its inputs; None where it is not known."""
    return getattr(model, "_inputs_struct", None)


def standardized_inputs(functional: Any, x: Any) -> list[Any]:
    """Inputs as the calls of a functional model take them: in its flat order, with its types and ranks."""
    return list(functional._standardize_inputs(x))


def with_training(operation: Any, arguments: dict[str, Any], training: bool) -> dict[str, Any]:
    """The named arguments of a call inside a functional model that is called in this mode.

    The mode of the model holds even where the call was written with another `training`.
    """
    takes = "training" in getattr(operation, "_call_context_args", ()) or getattr(operation, "_call_has_training_arg", False)
    return {**arguments, "training": training} if takes else arguments


def takes_training(model: Any) -> bool:
    """Whether a model's `call` has an argument `training`: without one, `fit` calls the model in no mode."""
    return bool(model._call_has_training_arg)


def mask_of(tensor: Any) -> Any:
    """The mask that Keras left on a layer's output; None where there is none."""
    return getattr(tensor, "_keras_mask", None)


def logits_behind(prediction: Any) -> Any:
    """The logits that Keras's cross-entropies take instead of the result of a sigmoid or softmax; None where there are none.

    They are found on the result, or, inside a traced function, before it in the graph.
    """
    logits = getattr(prediction, "_keras_logits", None)
    if logits is None and tf.is_symbolic_tensor(prediction) and prediction.op.type in ("Sigmoid", "Softmax"):
        return prediction.op.inputs[0]
    return logits


def is_of_keras(owner: type) -> bool:
    """Whether a class is one of Keras's own."""
    return owner.__module__.startswith("keras.")


def is_recurrent(layer: Any) -> bool:
    """Whether a layer is one of Keras's recurrent layers or their cells."""
    return type(layer).__module__.startswith("keras.src.layers.rnn.")


def has_seed_generator_path(variable: Any) -> bool:
    """Whether a variable holds the state of a `keras.random.SeedGenerator`."""
    return bool(variable.path.endswith("seed_generator_state"))


def learning_rate(optimizer: Any) -> Any:
    """The learning rate as the optimizer holds it: a variable or a schedule."""
    return optimizer._learning_rate


def set_learning_rate(optimizer: Any, rate: Any) -> None:
    """Replaces what `learning_rate` gives, without the checks of the public setter."""
    optimizer._learning_rate = rate


def filter_empty_gradients(_: Any, gradients: Any, variables: Any) -> tuple[list[Any], list[Any]]:
    """`BaseOptimizer._filter_empty_gradients`, without its warning: a trial is told of once, by `fit`."""
    pairs = [(gradient, variable) for gradient, variable in zip(gradients, variables, strict=True) if gradient is not None]
    if not pairs:
        raise ValueError("No gradients provided for any variable.")
    return [gradient for gradient, _ in pairs], [variable for _, variable in pairs]


def nadam_build(nadam: Any, variables: Iterable[keras.Variable]) -> None:
    """Nadam's `build`, after which the one value that Nadam keeps outside its variables is one of them."""
    keras.optimizers.Nadam.build(nadam, variables)
    nadam._track_variable(nadam._u_product)


def nadam_update_step(nadam: Any, gradients: Any, variables: Any, rate: Any) -> None:
    """Nadam's `_backend_update_step`, without what the TensorFlow backend adds for `tf.distribute`."""
    step = keras.ops.cast(nadam.iterations + 1, nadam._u_product.dtype)
    nadam._u_product.assign(nadam._u_product * nadam.beta_1 * (1.0 - 0.5 * keras.ops.power(0.96, step)))
    BaseOptimizer._backend_update_step(nadam, gradients, variables, rate)


def custom_gradients() -> MutableMapping[str, Any]:
    """TensorFlow's registry of gradients, where each trace of a `tf.custom_gradient` leaves an entry for good."""
    registry: MutableMapping[str, Any] = getattr(ops.gradient_registry, "_registry", {})
    return registry


def shuffle_buffer(dataset: Any) -> int | None:
    """The number of rows within which a `tf.data.Dataset` shuffles; the smallest where it does so more than once.

    None where it does not shuffle, or shuffles anything but single rows.
    """
    found = [shuffle_buffer(one) for one in dataset_inputs(dataset)]
    if "Shuffle" in type(dataset).__name__ and hasattr(dataset, "_buffer_size"):
        found.append(int(dataset._buffer_size))
    return min((one for one in found if one is not None), default=None)


def dataset_inputs(dataset: Any) -> list[Any]:
    """The datasets that a `tf.data.Dataset` was made from; none for anything else."""
    return list(dataset._inputs()) if hasattr(dataset, "_inputs") else []


class NamedMetric(NamedTuple):
    """A metric that a model is compiled with.

    Attributes:
        metric: The metric itself.
        place: Which of the pairs of `metric_pairs` it measures.
        weighted: Whether the weights of rows count.
    """

    metric: keras.Metric
    place: int
    weighted: bool


def compile_metrics(model: Any, given: Mapping[str, Any]) -> CompileMetrics:
    """What Keras makes of `metrics` and `weighted_metrics` when a model is compiled with them."""
    names = getattr(model, "output_names", None)
    return CompileMetrics(given.get("metrics"), given.get("weighted_metrics"), output_names=names)


def metric_pairs(metrics: CompileMetrics, y: Any, predictions: Any) -> list[tuple[Any, Any]]:
    """Targets and prediction of each output, in the order in which Keras pairs metrics with them; the metrics were used once."""
    return list(zip(metrics._flatten_y(y), metrics._flatten_y(predictions), strict=True))


def named_metrics(metrics: CompileMetrics) -> dict[str, NamedMetric]:
    """The metrics by the names that `fit` logs them under; they were used once."""
    found = [
        NamedMetric(metric, place, weighted)
        for weighted, lists in ((False, metrics._flat_metrics), (True, metrics._flat_weighted_metrics))
        for place, one in enumerate(lists)
        for metric in (one.metrics if one else ())
    ]
    return dict(zip(metrics.result(), found, strict=True))
