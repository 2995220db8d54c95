"""Whether two objects of a person's own do the same: a build function makes its functions and objects anew at each call."""

from __future__ import annotations

import functools
import re
from types import ModuleType
from typing import Any

_SCALARS = (int, float, complex, str, bytes, bool, type(None))


def same_object(one: Any, other: Any) -> bool:
    """Whether two losses or metrics compute the same, as far as can be seen: False where it cannot.

    Args:
        one: A function, or an instance of a class.
        other: Another.

    Example:
        >>> from functools import partial
        >>> same_object(partial(pow, 2), partial(pow, 2)), same_object(partial(pow, 2), partial(pow, 3))
        (True, False)
    """
    return one is other or bool(_identity(one) == _identity(other))


def _identity(thing: Any, enclosing: tuple[int, ...] = ()) -> Any:
    """A value that is equal for equal functions (or values that functions hold), also if they were defined again."""
    if isinstance(thing, _SCALARS):
        return type(thing), thing
    if id(thing) in enclosing:  # a function that calls itself
        return "itself"
    if hasattr(thing, "trainable_variables"):  # a layer or a model is like no other one
        return id(thing)
    enclosing = (*enclosing, id(thing))
    if isinstance(thing, dict):
        thing = [part for item in thing.items() for part in item]
    if isinstance(thing, functools.partial):
        thing = ("partial", thing.func, thing.args, thing.keywords)
    if isinstance(thing, list | tuple | set | frozenset):
        return type(thing), [_identity(item, enclosing) for item in thing]
    return _identity_of_code(getattr(thing, "python_function", thing), enclosing)  # of a `tf.function`


def _identity_of_code(thing: Any, enclosing: tuple[int, ...]) -> Any:
    code = getattr(thing, "__code__", None)
    if code is not None:
        cells = [_identity(_cell_value(cell), enclosing) for cell in thing.__closure__ or ()]
        held = [getattr(thing, "__self__", None), thing.__defaults__, thing.__kwdefaults__]
        return *_origin(thing), code, cells, [_identity(part, enclosing) for part in held]
    if isinstance(thing, type | ModuleType):
        return _origin(thing), thing.__name__
    if hasattr(thing, "numpy"):  # a tensor or a variable
        thing = thing.numpy()
    if hasattr(thing, "tobytes"):
        return str(thing.dtype), thing.shape, thing.tobytes()
    own = vars(thing) if hasattr(thing, "__dict__") else {}
    state = [(name, _identity(value, enclosing)) for name, value in own.items() if name != "name"]
    return _origin(type(thing)), "" if state else _text(thing), state


def _cell_value(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # not set yet
        return None


def _text(thing: Any) -> str:
    """The object's `repr` without addresses in memory."""
    return re.sub(r" at 0x[0-9a-f]+", "", repr(thing))


def _origin(thing: Any) -> tuple[Any, ...]:
    """Where the object was defined: module and qualified name."""
    return getattr(thing, "__module__", ""), getattr(thing, "__qualname__", id(thing))
