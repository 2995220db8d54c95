"""Keras optimizers as pure functions: Keras itself refuses `stateless_apply` on TensorFlow, because of `tf.distribute`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import keras
import tensorflow as tf
from keras.src.backend.tensorflow import numpy as keras_numpy
from keras.src.optimizers.base_optimizer import BaseOptimizer

from search_spaces import OptimizerSpec

_OVERRIDDEN = (
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
_TENSORS: Mapping[str, tuple[str, ...]] = {
    "SGD": (),
    "RMSprop": ("rho", "epsilon"),
    "Adam": ("beta_1", "beta_2", "epsilon"),
    "AdamW": ("beta_1", "beta_2", "epsilon", "weight_decay"),
    "Adamax": ("beta_1", "beta_2", "epsilon"),
    "Nadam": ("beta_1", "beta_2", "epsilon"),
    "Adagrad": ("epsilon",),
    "Adadelta": ("rho", "epsilon"),
    "Ftrl": (),
    "Lion": ("beta_1", "beta_2"),
    "Lamb": ("beta_1", "beta_2", "epsilon"),
    "Adafactor": (),
    "Muon": (),
}
"""Every optimizer that trains in lanes as it trains alone, with the settings that may differ from lane to lane."""


def refusal(spec: OptimizerSpec) -> str:
    """Why an optimizer cannot train in lanes; empty where it can."""
    if spec.custom:
        return f"the optimizer {spec.class_name} is not one of Keras's own"
    if spec.class_name not in _TENSORS:
        return f"the optimizer {spec.class_name} is not known to train in lanes as it does alone"
    if spec.config.get("loss_scale_factor"):
        return f"the optimizer {spec.label} scales the loss"
    if spec.config.get("gradient_accumulation_steps"):
        return f"the optimizer {spec.label} accumulates gradients over steps"
    if spec.config.get("use_ema"):
        return f"the optimizer {spec.label} replaces the weights by their moving average when `fit` ends"
    return ""


def varying_settings(specs: Iterable[OptimizerSpec]) -> dict[str, tuple[str, ...]]:
    """The numeric settings in which optimizers of one class differ, by class: they are told to the program at run time.

    A setting that does not differ stays a constant, and so do all in float64: Keras itself rounds such a constant to float32
    here and not there, which no tensor can repeat.
    """
    if keras.config.floatx() == "float64":
        return {}
    values: dict[str, dict[str, set[float | None]]] = {}
    for spec in specs:
        live = spec.build(1.0) if not refusal(spec) else None
        for name in _TENSORS.get(spec.class_name, ()) if live is not None else ():
            values.setdefault(spec.class_name, {}).setdefault(name, set()).add(getattr(live, name))
    return {
        kind: tuple(name for name, found in by_name.items() if len(found) > 1 and None not in found)
        for kind, by_name in values.items()
    }


def split_settings(spec: OptimizerSpec, told: Mapping[str, Sequence[str]]) -> tuple[OptimizerSpec, dict[str, float]]:
    """What a program depends on, and what it is told at run time.

    Args:
        spec: An optimizer.
        told: Of `varying_settings`.

    Returns:
        The optimizer without those settings, and their values.
    """
    names = tuple(told.get(spec.class_name, ()))
    constant = {key: value for key, value in spec.config.items() if key not in names}
    return OptimizerSpec(spec.class_name, constant), dict(_live_settings(spec.class_name, json.dumps(spec.config), names))


@lru_cache(maxsize=256)
def _live_settings(class_name: str, config: str, names: tuple[str, ...]) -> tuple[tuple[str, float], ...]:
    """What a live optimizer has for these settings; one is made for each kind of trial, since each keeps memory for good."""
    live = OptimizerSpec(class_name, json.loads(config)).build(1.0) if names else None
    return tuple((name, float(getattr(live, name))) for name in names)


class StatelessOptimizer:
    """An optimizer whose `apply` takes and returns every value that it keeps.

    Args:
        spec: One that `refusal` does not refuse.
        variables: Trainable variables of the model.
    """

    def __init__(self, spec: OptimizerSpec, variables: list[keras.Variable]) -> None:
        self._optimizer = _stateless(spec.build(1.0))
        self._optimizer.build(variables)
        rate = self._optimizer._learning_rate
        self._scheduled = rate if isinstance(rate, keras.optimizers.schedules.LearningRateSchedule) else None
        self._rate_at = None if self._scheduled else next(i for i, v in enumerate(self._optimizer.variables) if v is rate)

    @property
    def initial(self) -> list[Any]:
        """The values before the first step, as arrays."""
        return [variable.numpy() for variable in self._optimizer.variables]

    def apply(
        self, slots: list[Any], gradients: list[Any], trainable: list[Any], rate: Any, settings: Mapping[str, Any]
    ) -> tuple[list[Any], list[Any]]:
        """One step.

        Args:
            slots: What the optimizer keeps.
            gradients: One per trainable variable, None where there is none; as they are: Keras's adaptive optimizers square
                the rows of an embedding's `tf.IndexedSlices` before they sum them, which a dense gradient could not repeat.
            trainable: The variables' values.
            rate: Learning rate, a scalar; of a schedule, its scale.
            settings: Run-time settings, scalars.

        Returns:
            The new trainable values and slots.
        """
        slots = list(slots)
        if self._rate_at is not None:
            slots[self._rate_at] = rate
        with self._told(settings), self._scaled(rate), _dividing_rows():
            trainable, slots = self._optimizer.stateless_apply(slots, gradients, trainable)
        return list(trainable), list(slots)

    @contextmanager
    def _told(self, settings: Mapping[str, Any]) -> Iterator[None]:
        before = {name: getattr(self._optimizer, name) for name in settings}
        for name, value in settings.items():
            setattr(self._optimizer, name, value)
        try:
            yield
        finally:
            for name, value in before.items():
                setattr(self._optimizer, name, value)

    @contextmanager
    def _scaled(self, rate: Any) -> Iterator[None]:
        """Schedules are linear in their scale: the one built for a rate of 1, times the searched rate."""
        if self._scheduled is None:
            yield
            return
        self._optimizer._learning_rate = _Scaled(self._scheduled, rate)
        try:
            yield
        finally:
            self._optimizer._learning_rate = self._scheduled


class _Scaled(keras.optimizers.schedules.LearningRateSchedule):  # type: ignore[misc]
    def __init__(self, schedule: Callable[[Any], Any], scale: Any) -> None:
        self.schedule, self.scale = schedule, scale

    def __call__(self, step: Any) -> Any:
        rate = self.schedule(step)
        return rate * keras.ops.cast(self.scale, rate.dtype)


class _RowsSummed:
    """Assigns `tf.IndexedSlices`, the rows of an embedding: what is said twice of a row is summed, as `scatter_add` does."""

    def assign(self, variable: keras.Variable, value: Any) -> None:
        variable.assign(tf.convert_to_tensor(value))

    def assign_add(self, variable: keras.Variable, value: Any) -> None:
        variable.assign(variable.value + tf.convert_to_tensor(value))

    def assign_sub(self, variable: keras.Variable, value: Any) -> None:
        variable.assign(variable.value - tf.convert_to_tensor(value))


@contextmanager
def _dividing_rows() -> Iterator[None]:
    """Divides the rows of `tf.IndexedSlices` by those of a dense tensor without asking whether some are zero.

    Keras asks, and has another branch of unknown size for it, which does not vectorise. An optimizer divides by a root plus its
    epsilon, where that branch is never taken.
    """
    keras_divide = keras_numpy.divide

    def divide(x1: Any, x2: Any) -> Any:
        rows = isinstance(x1, tf.IndexedSlices) and isinstance(x2, tf.Tensor) and x2.shape.rank
        if not rows:
            return keras_divide(x1, x2)
        return tf.IndexedSlices(x1.values / tf.gather(x2, x1.indices), x1.indices, x1.dense_shape)

    keras_numpy.divide = divide
    try:
        yield
    finally:
        keras_numpy.divide = keras_divide


def _stateless(optimizer: Any) -> Any:
    """The optimizer with Keras's own methods where the TensorFlow backend put those for `tf.distribute`."""
    kind = type(optimizer)
    methods: dict[str, Any] = {name: BaseOptimizer.__dict__[name] for name in _OVERRIDDEN}
    if kind is keras.optimizers.Nadam:
        methods |= {"build": _nadam_build, "_backend_update_step": _nadam_update}
    made: Any = type(kind.__name__, (_RowsSummed, kind), methods)
    return made.from_config(optimizer.get_config())


def _nadam_build(self: Any, variables: list[keras.Variable]) -> None:
    """Nadam keeps one value outside its variables; here it is one of them."""
    keras.optimizers.Nadam.build(self, variables)
    self._track_variable(self._u_product)


def _nadam_update(self: Any, gradients: Any, variables: Any, rate: Any) -> None:
    step = keras.ops.cast(self.iterations + 1, self._u_product.dtype)
    self._u_product.assign(self._u_product * self.beta_1 * (1.0 - 0.5 * keras.ops.power(0.96, step)))
    BaseOptimizer._backend_update_step(self, gradients, variables, rate)
