"""Learning-rate schedules, scaled as a whole by the searched learning rate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from search_spaces._keras_names import public_classes
from search_spaces._problems import InputError
from search_spaces._settings import is_plain

_SCALED_SETTINGS = ("initial_learning_rate", "end_learning_rate", "warmup_target")
_WARM_UP = 1000


def schedule_settings(schedule: Any) -> dict[str, Any]:
    """The plain data of a schedule; of one that is not Keras's own, and of a function, only the name is certain."""
    import keras

    cls = type(schedule)
    if public_classes(keras.optimizers.schedules).get(cls.__name__) is cls:
        return {"class_name": cls.__name__, "config": dict(schedule.get_config())}
    name = cls.__name__ if hasattr(schedule, "get_config") else getattr(schedule, "__name__", cls.__name__)
    return {"class_name": name, "config": _own_config(schedule), "custom": True}


def initial_rate(schedule: Any) -> float:
    """The learning rate with which a schedule (or a function without arguments) starts, after a warm-up from zero.

    Raises:
        InputError: A schedule of one's own that is zero for a thousand steps.
    """
    settings = schedule_settings(schedule)
    if not settings.get("custom"):
        return _initial_setting(settings["config"])
    return _first_positive(schedule)


def scaled_settings(config: Mapping[str, Any], learning_rate: float) -> dict[str, Any]:
    """The settings of a learning-rate schedule, scaled as a whole so that it starts (after its warm-up) at `learning_rate`.

    Args:
        config: Settings of a schedule, as its `get_config` gives them.
        learning_rate: Learning rate that the scaled schedule starts with.

    Example:
        >>> scaled_settings({"initial_learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.5}, learning_rate=0.02)
        {'initial_learning_rate': 0.02, 'decay_steps': 10, 'decay_rate': 0.5}
    """
    factor = learning_rate / _initial_setting(config)
    scaled = {key: config[key] * factor for key in _SCALED_SETTINGS if config.get(key) is not None}
    if "values" in config:
        scaled["values"] = [value * factor for value in config["values"]]
    return {**config, **scaled}


def scaled_schedule(settings: Mapping[str, Any], own: Any, learning_rate: float) -> Any:
    """The schedule scaled so that it starts at `learning_rate`.

    Args:
        settings: What `schedule_settings` gave.
        own: The schedule or function itself, or the schedule's class, where it is not Keras's own.
        learning_rate: Learning rate that it starts with.

    Raises:
        InputError: The schedule is not Keras's own and not at hand, or its settings are none.
    """
    import keras

    name, config = settings["class_name"], settings.get("config", {})
    classes = public_classes(keras.optimizers.schedules)
    if not settings.get("custom") and name in classes:
        try:
            return classes[name].from_config(scaled_settings(config, learning_rate))  # type: ignore[attr-defined]
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            raise InputError(f"the learning-rate schedule {name} refuses its settings {config!r:.120}: {error}") from error
    if own is None:
        raise InputError(
            f"the learning-rate schedule {name!r} is not one of Keras's own: pass it as custom_objects={{{name!r}: ...}}"
        )
    schedule = own(**config) if isinstance(own, type) else own
    start = _first_positive(schedule)
    return schedule if learning_rate == start else _scaled(schedule, learning_rate / start)


def _first_positive(schedule: Any) -> float:
    import keras

    takes_step = isinstance(schedule, keras.optimizers.schedules.LearningRateSchedule)
    for step in range(_WARM_UP if takes_step else 1):
        rate = float(schedule(step)) if takes_step else float(schedule())
        if rate > 0:
            return rate
    raise InputError(
        f"the learning rate {schedule!r} is not above 0 in its first steps, so it cannot be scaled by the searched one"
    )


def _scaled(schedule: Any, factor: float) -> Any:
    from search_spaces._scaled_schedule import ScaledSchedule, scaled_function

    takes_step = hasattr(schedule, "get_config")
    return ScaledSchedule(schedule, factor) if takes_step else scaled_function(schedule, factor)


def _own_config(schedule: Any) -> dict[str, Any]:
    try:
        config = schedule.get_config()
    except (AttributeError, NotImplementedError):
        return {}
    return {key: value for key, value in config.items() if is_plain(value)} if isinstance(config, Mapping) else {}


def _initial_setting(config: Mapping[str, Any]) -> float:
    """The learning rate at a schedule's start, or at the end of its warm-up if it starts from zero."""
    return float(config.get("initial_learning_rate") or config.get("warmup_target") or config["values"][0])
