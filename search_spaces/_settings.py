"""The settings of a Keras object that differ from its class's defaults."""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping
from typing import Any

from search_spaces._problems import InputError


def changed_settings(
    thing: Any, config: Mapping[str, Any], leave_out: frozenset[str], inherited: Mapping[str, Any], custom: bool = False
) -> dict[str, Any]:
    """The constructor settings of a Keras object that differ from its class's defaults.

    `get_config` alone is not enough: some classes (`Huber` in Keras 3.15) leave a setting out of it. Constructor arguments
    that it lacks are read from the object.

    Args:
        thing: A `keras.losses.Loss` or `keras.optimizers.Optimizer`.
        config: What its `get_config` gives.
        leave_out: Names of settings to ignore.
        inherited: Defaults of settings that the class takes through `**kwargs`.
        custom: Whether the class is not Keras's own; settings that are not plain data are then left out.

    Raises:
        InputError: A setting of Keras's own class is not plain data, so that it could not be stored.
    """
    config = {key: value for key, value in config.items() if key not in leave_out}
    parameters = inspect.signature(type(thing).__init__).parameters
    for name, parameter in parameters.items():
        required = parameter.default is inspect.Parameter.empty
        if name not in config and name not in leave_out and (not required or (custom and hasattr(thing, name))):
            config[name] = _constructor_argument(thing, name, parameter.default)
    defaults = dict(inherited) | {name: parameter.default for name, parameter in parameters.items()}
    plain = {key: _as_lists(value) for key, value in config.items()}
    own = {key: value for key, value in plain.items() if key not in defaults or value != _as_lists(defaults[key])}
    for key in [key for key, value in own.items() if not is_plain(value)]:
        if not custom:
            raise InputError(f"setting {key!r} of {type(thing).__name__} is not plain data: {own[key]!r}")
        del own[key]
    return own


def is_plain(value: Any) -> bool:
    """Whether the value survives JSON unchanged (tuples apart, which become lists)."""
    try:
        return bool(json.loads(json.dumps(value)) == (list(value) if isinstance(value, tuple) else value))
    except (TypeError, ValueError):
        return False


def _constructor_argument(thing: Any, name: str, default: Any) -> Any:
    """The value with which the object was made; losses that wrap a function keep it beside the function."""
    inner = vars(thing).get("_fn_kwargs", {})
    return inner.get(name, getattr(thing, name, default))


def _as_lists(value: Any) -> Any:
    """Arrays, tensors and variables as lists of numbers, anything else as it is."""
    if hasattr(value, "numpy"):
        value = value.numpy()
    return value.tolist() if hasattr(value, "tolist") else value
