"""Optimizers: the object and its plain data, without the learning rate, which is searched as a parameter of its own."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

from search_spaces import _keras_internals
from search_spaces._keras_names import public_classes
from search_spaces._problems import InputError, nearest
from search_spaces._same import same_object
from search_spaces._schedules import initial_rate, scaled_schedule, schedule_settings
from search_spaces._settings import changed_settings
from search_spaces._specs import Spec

_SCHEDULE, _INNER, _EXCLUDED = "learning_rate", "inner_optimizer", "exclude_from_weight_decay"
_WRAPPER = "LossScaleOptimizer"


@dataclass(frozen=True)
class OptimizerSpec(Spec):
    """An optimizer; `build` makes a new `keras.optimizers.Optimizer` like it, and scales its learning-rate schedule if any.

    Attributes:
        schedule: The learning-rate schedule or function at hand that is not Keras's own, or its class.

    Example:
        >>> optimizer = OptimizerSpec("SGD", {"momentum": 0.9}).build(learning_rate=0.01)
        >>> optimizer.momentum, round(float(optimizer.learning_rate), 6)
        (0.9, 0.01)
    """

    schedule: Any = field(default=None, compare=False, repr=False)

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Self:
        """Reads what `to_dict` wrote; a schedule of one's own is looked up in `custom_objects` too."""
        spec = super().from_dict(plain, custom_objects)
        schedule = spec.config.get(_SCHEDULE)
        if schedule is not None and not (isinstance(schedule, Mapping) and isinstance(schedule.get("class_name"), str)):
            raise InputError(f"expected a learning-rate schedule with class_name and config, got {schedule!r:.80}")
        own = (custom_objects or {}).get(schedule["class_name"]) if schedule else None
        return replace(spec, schedule=own)

    @property
    def inner(self) -> Self:
        """The optimizer that a `LossScaleOptimizer` wraps; any other optimizer itself."""
        if self.class_name != _WRAPPER:
            return self
        live = getattr(self.live, _INNER, None)
        return replace(type(self).from_dict(self.config[_INNER]), live=live, schedule=self.schedule)

    @property
    def scheduled(self) -> bool:
        """Whether the learning rate is a schedule, or a function of the step."""
        return self.inner.config.get(_SCHEDULE) is not None

    def build(self, learning_rate: float) -> Any:
        """A new `keras.optimizers.Optimizer` with this learning rate.

        A schedule is scaled as a whole, so that its `initial_learning_rate` becomes `learning_rate`.

        Raises:
            InputError: Unknown class, a custom optimizer that is not at hand, or settings that the class refuses.
        """
        import keras

        settings = {key: value for key, value in self.config.items() if key not in (_SCHEDULE, _INNER, _EXCLUDED)}
        if self.class_name == _WRAPPER:
            return self.make(keras.optimizers, "optimizer", settings | {_INNER: self.inner.build(learning_rate)})
        schedule = self.config.get(_SCHEDULE)
        rate = learning_rate if schedule is None else scaled_schedule(schedule, self.schedule, learning_rate)
        live = self.custom and self.live is not None and not isinstance(self.live, type)
        optimizer = _like(self.live, rate) if live else self.make(keras.optimizers, "optimizer", settings | {_SCHEDULE: rate})
        if names := self.config.get(_EXCLUDED, {}).get("var_names"):
            optimizer.exclude_from_weight_decay(var_names=names)
        return optimizer

    def exclude_variables(self, optimizer: Any, variables: Sequence[Any]) -> None:
        """Excludes the variables from weight decay that the given optimizer excludes one by one; others keep it.

        Args:
            optimizer: One that `build` made, or one like it, before it is built for the variables.
            variables: The trainable variables of the model.

        Raises:
            InputError: The model lacks one of them.
        """
        excluded = self.inner.config.get(_EXCLUDED, {})
        by_path = {variable.path: variable for variable in variables}
        if missing := [path for path in excluded.get("var_list", ()) if path not in by_path]:
            raise InputError(
                f"the optimizer excludes variables from weight decay that the model does not have: {missing}; "
                "name the layers, or exclude by var_names"
            )
        if excluded:
            listed = [by_path[path] for path in excluded.get("var_list", ())]
            inner = getattr(optimizer, _INNER, optimizer)
            inner.exclude_from_weight_decay(var_list=listed, var_names=excluded.get("var_names"))


def optimizer_spec(identifier: Any, variables: Sequence[Any] = ()) -> OptimizerSpec:
    """The spec of an optimizer, given in any form that `Model.compile(optimizer=...)` takes.

    Args:
        identifier: A Keras name (`"adam"`), a configured `keras.optimizers.Optimizer` (its constant learning rate is
            left out), a dictionary with `class_name` and `config`, or an `OptimizerSpec`.
        variables: The trainable variables of the model, among which are those that it excludes from weight decay.

    Raises:
        InputError: Nothing that Keras knows as an optimizer, or one that cannot be made anew.
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
    return _wrapper_spec(identifier, variables) if type(identifier).__name__ == _WRAPPER else _spec(identifier, variables)


def learning_rate_of(optimizer: Any) -> float:
    """The learning rate of an optimizer: the constant one, or the initial one of its schedule or function.

    A float32 variable holds 0.001 as 0.0010000000474974513; the shorter number that means the same float32 is returned.

    Example:
        >>> import keras
        >>> learning_rate_of(keras.optimizers.Adam(0.001))
        0.001
    """
    rate = _keras_internals.learning_rate(getattr(optimizer, _INNER, optimizer))
    return float(str(rate.numpy())) if hasattr(rate, "numpy") else initial_rate(rate)


def _spec(optimizer: Any, variables: Sequence[Any]) -> OptimizerSpec:
    import keras

    cls = type(optimizer)
    is_keras = public_classes(keras.optimizers).get(cls.__name__) is cls
    plain, inherited = _keras_internals.config_without_rate(optimizer), keras.optimizers.SGD().get_config()
    config = changed_settings(optimizer, plain, frozenset({"name", _SCHEDULE, "kwargs"}), inherited, custom=not is_keras)
    if excluded := _exclusions(optimizer, variables):
        config[_EXCLUDED] = excluded
    rate = _keras_internals.learning_rate(optimizer)
    schedule = None if hasattr(rate, "numpy") else rate
    if schedule is not None:
        config[_SCHEDULE] = schedule_settings(schedule)
    own = schedule if schedule is not None and config[_SCHEDULE].get("custom") else None
    if is_keras:
        return OptimizerSpec(cls.__name__, config, live=optimizer, schedule=own)
    again = _like(optimizer, learning_rate_of(optimizer), copy=False)
    rebuilds = again is not None and same_object(_settings_kept(again), _settings_kept(optimizer))
    return OptimizerSpec(cls.__name__, config, custom=True, live=optimizer, rebuilds=rebuilds, schedule=own)


def _wrapper_spec(optimizer: Any, variables: Sequence[Any]) -> OptimizerSpec:
    inner = _spec(optimizer.inner_optimizer, variables)
    if inner.custom:
        raise InputError(f"a {_WRAPPER} around {inner.class_name}, which is not one of Keras's own, cannot be searched")
    defaults = {"initial_scale": 2.0**15, "dynamic_growth_steps": 2000}
    own = {name: getattr(optimizer, name) for name, value in defaults.items() if getattr(optimizer, name) != value}
    config = {**own, _INNER: inner.to_dict()}
    return OptimizerSpec(_WRAPPER, config, live=optimizer, schedule=inner.schedule)


def _exclusions(optimizer: Any, variables: Sequence[Any]) -> dict[str, list[str]]:
    """What the optimizer excludes from weight decay, as `exclude_from_weight_decay` takes it, with paths for variables."""
    pattern, keys = _keras_internals.decay_exclusions(optimizer)
    paths = [variable.path for variable in variables if _keras_internals.variable_key(optimizer, variable) in keys]
    if keys and (len(paths) != len(keys) or len({variable.path for variable in variables}) != len(variables)):
        raise InputError(
            "the optimizer excludes variables from weight decay (var_list) that are not trainable variables of a compiled "
            "model with a path of their own; exclude by var_names instead"
        )
    plain_words = not re.search(r"[^\w|/.\-]", pattern)
    names = sorted(pattern.split("|")) if plain_words else [pattern]
    return ({"var_names": names} if pattern else {}) | ({"var_list": paths} if paths else {})


def _like(optimizer: Any, rate: Any, copy: bool = True) -> Any:
    """A new optimizer of one's own class like this one: from its `get_config`, and with whatever it keeps beside that."""
    config = _keras_internals.config_without_rate(optimizer)
    try:
        new = type(optimizer).from_config(config | {_SCHEDULE: rate})
    except Exception as error:  # a constructor of one's own may raise anything
        raise InputError(
            f"the optimizer {type(optimizer).__name__} cannot be made anew for each trial ({error}): let its get_config hold "
            "every argument of its constructor"
        ) from error
    for name, value in _settings_kept(optimizer).items() if copy else ():
        setattr(new, name, value)
    return new


def _settings_kept(optimizer: Any) -> dict[str, Any]:
    """The numbers, texts and functions among its attributes; what else it keeps belongs to one training."""
    attributes = _keras_internals.own_attributes(optimizer)
    kinds = (int, float, str, bool, type(None), tuple)
    return {name: value for name, value in attributes.items() if isinstance(value, kinds) or callable(value)}


def _class_by_name(name: str) -> Any:
    import keras

    classes = {class_name.lower(): cls for class_name, cls in public_classes(keras.optimizers).items()}
    if name.lower() in classes:  # `keras.optimizers.get` lacks some of Keras's own optimizers, Lamb for example
        return classes[name.lower()]
    raise InputError(f"Keras has no optimizer {name!r}; {nearest(name, classes)}")
