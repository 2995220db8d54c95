"""Keras optimizers as pure functions: Keras itself refuses `stateless_apply` on TensorFlow, because of `tf.distribute`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import keras
import tensorflow as tf

from search_spaces import OptimizerSpec
from tuner._keras_internals import (
    DISTRIBUTED_METHODS,
    BaseOptimizer,
    backend_numpy,
    filter_empty_gradients,
    learning_rate,
    nadam_build,
    nadam_update_step,
    set_learning_rate,
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

_REFUSED: Mapping[str, str] = {
    "loss_scale_factor": "scales the loss",
    "gradient_accumulation_steps": "accumulates gradients over steps",
    "use_ema": "replaces the weights by their moving average when `fit` ends",
}
"""What no lane does, by the setting that asks for it."""


def refusal(spec: OptimizerSpec) -> str:
    """Why an optimizer cannot train in lanes; empty where it can."""
    if spec.custom:
        return f"the optimizer {spec.class_name} is not one of Keras's own"
    if spec.class_name not in _TENSORS:
        return f"the optimizer {spec.class_name} is not known to train in lanes as it does alone"
    if spec.schedule is not None:
        return f"the optimizer {spec.label} has a learning rate that is a schedule or function of one's own"
    return next((f"the optimizer {spec.label} {what}" for name, what in _REFUSED.items() if spec.config.get(name)), "")


def runtime_setting_names(specs: Iterable[OptimizerSpec]) -> dict[str, tuple[str, ...]]:
    """The numeric settings in which optimizers of one class differ, by class: a program takes them as tensors.

    A setting that does not differ is a constant of the program. In float64 all settings are constants, because Keras rounds a
    constant to float32 in some places only, which no tensor can repeat.
    """
    if keras.config.floatx() == "float64":
        return {}
    values: dict[str, dict[str, set[float | None]]] = {}
    for spec in specs:
        live = spec.build(1.0) if not refusal(spec) else None
        for name in _TENSORS.get(spec.class_name, ()) if live is not None else ():
            values.setdefault(spec.class_name, {}).setdefault(name, set()).add(getattr(live, name))
    return {
        kind: tuple(name for name, distinct in by_name.items() if len(distinct) > 1 and None not in distinct)
        for kind, by_name in values.items()
    }


def split_settings(spec: OptimizerSpec, runtime_names: Mapping[str, Sequence[str]]) -> tuple[OptimizerSpec, dict[str, float]]:
    """Separates the constant settings of an optimizer from its runtime settings.

    Args:
        spec: An optimizer.
        runtime_names: Names of the runtime settings by optimizer class, from `runtime_setting_names`.

    Returns:
        The optimizer with its constant settings alone, and the values of its runtime settings.
    """
    names = tuple(runtime_names.get(spec.class_name, ()))
    constant = {key: value for key, value in spec.config.items() if key not in names}
    return OptimizerSpec(spec.class_name, constant), dict(_live_settings(spec.class_name, json.dumps(spec.config), names))


@lru_cache(maxsize=256)
def _live_settings(class_name: str, config: str, names: tuple[str, ...]) -> tuple[tuple[str, float], ...]:
    """The values of these settings in a live optimizer; cached, because TensorFlow never frees all memory of an optimizer."""
    live = OptimizerSpec(class_name, json.loads(config)).build(1.0) if names else None
    return tuple((name, float(getattr(live, name))) for name in names)


class StatelessOptimizer:
    """An optimizer as a pure function: `apply` takes and returns the values of all its variables.

    Args:
        spec: An optimizer that `refusal` does not refuse.
        variables: The trainable variables of the model.
    """

    def __init__(self, spec: OptimizerSpec, variables: list[keras.Variable]) -> None:
        self._optimizer = _stateless(spec.build(1.0))
        spec.exclude_variables(self._optimizer, variables)
        self._optimizer.build(variables)
        rate = learning_rate(self._optimizer)
        self._scheduled = rate if isinstance(rate, keras.optimizers.schedules.LearningRateSchedule) else None
        self._rate_at = None if self._scheduled else next(i for i, v in enumerate(self._optimizer.variables) if v is rate)

    @property
    def initial(self) -> list[Any]:
        """The values before the first step, as arrays."""
        return [variable.numpy() for variable in self._optimizer.variables]

    def apply(
        self, slots: list[Any], gradients: list[Any], trainable: list[Any], rate: Any, runtime_settings: Mapping[str, Any]
    ) -> tuple[list[Any], list[Any]]:
        """One step.

        Args:
            slots: The values of the optimizer's variables.
            gradients: One per trainable variable, None where there is none. `tf.IndexedSlices` must not be made dense: Keras's
                adaptive optimizers square the rows of an embedding's gradient before they sum them.
            trainable: The values of the trainable variables.
            rate: Learning rate, a scalar; where the optimizer has a schedule, the factor that scales it.
            runtime_settings: Scalars by name.

        Returns:
            The new trainable values and slots.
        """
        slots = list(slots)
        if self._rate_at is not None:
            slots[self._rate_at] = rate
        with self._with_settings(runtime_settings), self._scaled(rate), _dividing_rows():
            trainable, slots = self._optimizer.stateless_apply(slots, gradients, trainable)
        return list(trainable), list(slots)

    @contextmanager
    def _with_settings(self, settings: Mapping[str, Any]) -> Iterator[None]:
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
        set_learning_rate(self._optimizer, _Scaled(self._scheduled, rate))
        try:
            yield
        finally:
            set_learning_rate(self._optimizer, self._scheduled)


class _Scaled(keras.optimizers.schedules.LearningRateSchedule):  # type: ignore[misc]
    def __init__(self, schedule: Callable[[Any], Any], scale: Any) -> None:
        self.schedule, self.scale = schedule, scale

    def __call__(self, step: Any) -> Any:
        rate = self.schedule(step)
        return rate * keras.ops.cast(self.scale, rate.dtype)


class _RowsSummed:
    """Assigns `tf.IndexedSlices`, the rows of an embedding's gradient; equal rows are summed, as `scatter_add` does."""

    def assign(self, variable: keras.Variable, value: Any) -> None:
        variable.assign(tf.convert_to_tensor(value))

    def assign_add(self, variable: keras.Variable, value: Any) -> None:
        variable.assign(variable.value + tf.convert_to_tensor(value))

    def assign_sub(self, variable: keras.Variable, value: Any) -> None:
        variable.assign(variable.value - tf.convert_to_tensor(value))


@contextmanager
def _dividing_rows() -> Iterator[None]:
    """Divides the rows of `tf.IndexedSlices` by those of a dense tensor without asking whether some are zero.

    Keras has a branch of unknown size for zeros, which does not vectorise. No optimizer needs it: each divides by a root plus
    epsilon, which is never zero.
    """
    keras_divide = backend_numpy.divide

    def divide(x1: Any, x2: Any) -> Any:
        rows = isinstance(x1, tf.IndexedSlices) and isinstance(x2, tf.Tensor) and x2.shape.rank
        if not rows:
            return keras_divide(x1, x2)
        return tf.IndexedSlices(x1.values / tf.gather(x2, x1.indices), x1.indices, x1.dense_shape)

    backend_numpy.divide = divide
    try:
        yield
    finally:
        backend_numpy.divide = keras_divide


def _stateless(optimizer: Any) -> Any:
    """The optimizer with Keras's own methods where the TensorFlow backend put those for `tf.distribute`."""
    kind = type(optimizer)
    methods: dict[str, Any] = {name: BaseOptimizer.__dict__[name] for name in DISTRIBUTED_METHODS}
    methods["_filter_empty_gradients"] = filter_empty_gradients
    if kind is keras.optimizers.Nadam:
        methods |= {"build": nadam_build, "_backend_update_step": nadam_update_step}
    stateless: Any = type(kind.__name__, (_RowsSummed, kind), methods)
    return stateless.from_config(optimizer.get_config())
