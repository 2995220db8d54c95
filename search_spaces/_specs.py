"""Losses and optimizers as plain data: class name and the settings that differ from the class's defaults."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from search_spaces._keras_names import public_classes
from search_spaces._problems import InputError, nearest


@dataclass(frozen=True)
class Spec:
    """A Keras object as plain data.

    Attributes:
        class_name: The Keras class, or for a custom object the name it is registered under.
        config: Constructor settings that differ from the class's defaults.
        custom: True where the class is not Keras's own.
        factory: Function or class that makes a custom object from `config`; it is never stored.

    Example:
        >>> spec = Spec("Huber", {"delta": 2.0})
        >>> spec.label, Spec.from_dict(spec.to_dict()) == spec
        ('Huber(delta=2.0)', True)
    """

    class_name: str
    config: Mapping[str, Any] = field(default_factory=dict)
    custom: bool = False
    factory: Callable[..., Any] | None = field(default=None, compare=False, repr=False)

    @property
    def label(self) -> str:
        """Readable and unique among different settings, as in `Huber(delta=2.0)`."""
        settings = ", ".join(f"{key}={_setting_text(value)}" for key, value in sorted(self.config.items()))
        return f"{self.class_name}({settings})" if settings else self.class_name

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON and TOML."""
        plain: dict[str, Any] = {"class_name": self.class_name, "config": dict(self.config)}
        return plain | {"custom": True} if self.custom else plain

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Self:
        """Reads what `to_dict` wrote.

        Args:
            plain: `class_name`, and optionally `config` and `custom`.
            custom_objects: Custom classes and functions by name; needed only to build custom objects.

        Raises:
            InputError: `plain` has other keys or values of the wrong type.
        """
        unknown = set(plain) - {"class_name", "config", "custom"}
        name, config = plain.get("class_name"), plain.get("config", {})
        if unknown or not isinstance(name, str) or not isinstance(config, Mapping):
            raise InputError(f"expected a mapping with class_name (text) and optionally config (a mapping), got {dict(plain)!r}")
        return cls(name, dict(config), bool(plain.get("custom", False)), (custom_objects or {}).get(name))

    def make(self, module: Any, kind: str, config: Mapping[str, Any]) -> Any:
        """Makes the object: calls a class of `module`, or the registered custom one, with `config`.

        Raises:
            InputError: No such class, a custom object that is not registered, or settings that the class refuses.
        """
        maker = self.factory if self.custom else public_classes(module).get(self.class_name)
        if maker is None and self.custom:
            raise InputError(
                f"{kind} {self.class_name!r} is not one of Keras's own: pass it as custom_objects={{{self.class_name!r}: ...}}"
            )
        if maker is None:
            raise InputError(f"Keras has no {kind} {self.class_name!r}; {nearest(self.class_name, public_classes(module))}")
        try:
            return maker(**config)
        except (TypeError, ValueError) as error:
            raise InputError(f"{kind} {self.class_name!r} refuses its settings {dict(config)!r}: {error}") from error


def changed_settings(thing: Any, leave_out: frozenset[str], inherited: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The constructor settings of a Keras object that differ from its class's defaults.

    `get_config` alone is not enough: some classes (`Huber` in Keras 3.15) leave a setting out of it. Constructor arguments
    that it lacks are read from the object.

    Args:
        thing: A `keras.losses.Loss` or `keras.optimizers.Optimizer`.
        leave_out: Names of settings to ignore.
        inherited: Defaults of settings that the class takes through `**kwargs`.

    Raises:
        InputError: A setting is not plain data, so that it could not be stored.
    """
    config = {key: value for key, value in thing.get_config().items() if key not in leave_out}
    parameters = inspect.signature(type(thing).__init__).parameters
    for name, parameter in parameters.items():
        if name not in config and name not in leave_out and parameter.default is not inspect.Parameter.empty:
            config[name] = _constructor_argument(thing, name, parameter.default)
    defaults = dict(inherited or {}) | {name: parameter.default for name, parameter in parameters.items()}
    own = {key: value for key, value in config.items() if key not in defaults or value != defaults[key]}
    for key, value in own.items():
        if not is_plain(value):
            raise InputError(f"setting {key!r} of {type(thing).__name__} is not plain data: {value!r}")
    return own


def _constructor_argument(thing: Any, name: str, default: Any) -> Any:
    """The value with which the object was made; losses that wrap a function keep it beside the function."""
    inner = vars(thing).get("_fn_kwargs", {})
    return inner.get(name, getattr(thing, name, default))


def is_plain(value: Any) -> bool:
    """Whether the value survives JSON unchanged (tuples apart, which become lists)."""
    try:
        return bool(json.loads(json.dumps(value)) == (list(value) if isinstance(value, tuple) else value))
    except (TypeError, ValueError):
        return False


def _setting_text(value: Any) -> str:
    return str(value["class_name"]) if isinstance(value, Mapping) and "class_name" in value else repr(value)
