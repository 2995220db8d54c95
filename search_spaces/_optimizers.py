"""Optimizers as plain data, without the learning rate, which is searched as a parameter of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from search_spaces._keras_names import public_classes
from search_spaces._problems import InputError, nearest
from search_spaces._specs import Spec, changed_settings

_SCHEDULE = "learning_rate"
_SCALED_SETTINGS = ("initial_learning_rate", "end_learning_rate", "warmup_target")


@dataclass(frozen=True)
class OptimizerSpec(Spec):
    """An optimizer as plain data; `build` makes the `keras.optimizers.Optimizer`, and scales its learning-rate schedule if any.

    Example:
        >>> optimizer = OptimizerSpec("SGD", {"momentum": 0.9}).build(learning_rate=0.01)
        >>> optimizer.momentum, round(float(optimizer.learning_rate), 6)
        (0.9, 0.01)
    """

    def build(self, learning_rate: float) -> Any:
        """A new `keras.optimizers.Optimizer` with this learning rate.

        A schedule is scaled as a whole, so that its `initial_learning_rate` becomes `learning_rate`.

        Raises:
            InputError: Unknown class, unregistered custom optimizer, or settings that the class refuses.
        """
        import keras

        settings = {key: value for key, value in self.config.items() if key != _SCHEDULE}
        schedule = self.config.get(_SCHEDULE)
        rate = learning_rate if schedule is None else _scaled_schedule(schedule, learning_rate)
        return self.make(keras.optimizers, "optimizer", settings | {_SCHEDULE: rate})


def optimizer_spec(identifier: Any) -> OptimizerSpec:
    """The plain data of an optimizer, given in any form that `Model.compile(optimizer=...)` takes.

    Args:
        identifier: A Keras name (`"adam"`), a configured `keras.optimizers.Optimizer` (its constant learning rate is
            left out), a dictionary with `class_name` and `config`, or an `OptimizerSpec`.

    Raises:
        InputError: Nothing that Keras knows as an optimizer.
    """
    if isinstance(identifier, OptimizerSpec):
        return identifier
    if isinstance(identifier, Mapping):
        return OptimizerSpec.from_dict(identifier)
    import keras

    if isinstance(identifier, str):
        identifier = _class_by_name(identifier)
    if isinstance(identifier, type) and issubclass(identifier, keras.optimizers.Optimizer):
        identifier = identifier()
    if not isinstance(identifier, keras.optimizers.Optimizer):
        raise InputError(f"expected an optimizer (a Keras name or a keras.optimizers.Optimizer), got {identifier!r}")
    cls = type(identifier)
    inherited = keras.optimizers.SGD().get_config()
    config = changed_settings(identifier, frozenset({"name", _SCHEDULE, "kwargs"}), inherited)
    schedule = identifier.get_config()[_SCHEDULE]
    if isinstance(schedule, Mapping):
        _check_schedule(schedule)
        config[_SCHEDULE] = {"class_name": schedule["class_name"], "config": dict(schedule["config"])}
    is_keras = public_classes(keras.optimizers).get(cls.__name__) is cls
    return OptimizerSpec(cls.__name__, config, custom=not is_keras, factory=None if is_keras else cls)


def learning_rate_of(optimizer: Any) -> float:
    """The learning rate of an optimizer: the constant one, or the initial one of its schedule.

    A float32 variable holds 0.001 as 0.0010000000474974513; the shorter number that means the same float32 is returned.
    """
    import numpy as np

    rate = optimizer.get_config()[_SCHEDULE]
    return _initial_rate(rate["config"]) if isinstance(rate, Mapping) else float(str(np.float32(rate)))


def scaled_settings(config: Mapping[str, Any], learning_rate: float) -> dict[str, Any]:
    """The settings of a learning-rate schedule, scaled as a whole so that it starts (after its warm-up) at `learning_rate`.

    Args:
        config: Settings of a schedule, as its `get_config` gives them.
        learning_rate: Learning rate that the scaled schedule starts with.

    Example:
        >>> scaled_settings({"initial_learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.5}, learning_rate=0.02)
        {'initial_learning_rate': 0.02, 'decay_steps': 10, 'decay_rate': 0.5}
    """
    factor = learning_rate / _initial_rate(config)
    scaled = {key: config[key] * factor for key in _SCALED_SETTINGS if config.get(key) is not None}
    if "values" in config:
        scaled["values"] = [value * factor for value in config["values"]]
    return {**config, **scaled}


def _class_by_name(name: str) -> Any:
    import keras

    classes = {class_name.lower(): cls for class_name, cls in public_classes(keras.optimizers).items()}
    if name.lower() in classes:  # `keras.optimizers.get` lacks some of Keras's own optimizers, Lamb for example
        return classes[name.lower()]
    raise InputError(f"Keras has no optimizer {name!r}; {nearest(name, classes)}")


def _check_schedule(schedule: Mapping[str, Any]) -> None:
    import keras

    schedules = public_classes(keras.optimizers.schedules)
    if schedule["class_name"] not in schedules:
        raise InputError(
            f"the learning-rate schedule {schedule['class_name']!r} is not one of Keras's own, so it cannot be scaled by"
            f" the searched learning rate; {nearest(schedule['class_name'], schedules)}"
        )


def _initial_rate(config: Mapping[str, Any]) -> float:
    """The learning rate at a schedule's start, or at the end of its warm-up if it starts from zero."""
    return float(config.get("initial_learning_rate") or config.get("warmup_target") or config["values"][0])


def _scaled_schedule(schedule: Mapping[str, Any], learning_rate: float) -> Any:
    import keras

    cls = public_classes(keras.optimizers.schedules)[schedule["class_name"]]
    return cls.from_config(scaled_settings(schedule["config"], learning_rate))  # type: ignore[attr-defined]
