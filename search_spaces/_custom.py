"""Custom losses and optimizers by name. A study stores only their names, so two different ones need different names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from search_spaces._problems import Problems
from search_spaces._specs import Spec


@dataclass(frozen=True)
class FunctionFactory:
    """Factory of a custom loss that is a function: a call returns the function.

    Attributes:
        function: Loss function of (targets, predictions).

    Example:
        >>> FunctionFactory(max)() is max
        True
    """

    function: Any

    def __call__(self) -> Any:
        return self.function


def custom_objects(specs: Iterable[Spec], problems: Problems) -> dict[str, Callable[..., Any]]:
    """The factory of each custom loss and optimizer, by name.

    Args:
        specs: Specs of losses and optimizers; those of Keras's own classes are passed over.
        problems: Collects the names that stand for two different objects.

    Example:
        >>> from search_spaces import SearchSpace
        >>> space = SearchSpace({"price": max})  # any function of two arguments can be a loss
        >>> custom_objects(space.specs, Problems("the space cannot be used"))
        {'max': FunctionFactory(function=<built-in function max>)}
    """
    factories: dict[str, Callable[..., Any]] = {}
    for spec in specs:
        if not spec.custom or spec.factory is None:
            continue
        first = factories.setdefault(spec.class_name, spec.factory)
        if not _same_object(first, spec.factory):
            problems.add(
                f"two different custom objects are called {spec.class_name!r}, and a study knows them by name: give each a name "
                "of its own (for a function made by another, set its __name__)"
            )
    return factories


def _same_object(one: Any, other: Any) -> bool:
    """Whether two factories make the same object. A function that each call of a build function defines again is the same."""
    if one is other:
        return True
    if isinstance(one, FunctionFactory) and isinstance(other, FunctionFactory):
        return one.function is other.function or _identity(one.function) == _identity(other.function)
    return _origin(one) == _origin(other)


def _identity(thing: Any, enclosing: tuple[int, ...] = ()) -> Any:
    """A value that is equal for equal functions (or values that functions hold), also if they were defined again."""
    if id(thing) in enclosing:  # a function that calls itself
        return "itself"
    enclosing = (*enclosing, id(thing))
    thing = getattr(thing, "python_function", thing)  # of a `tf.function`
    code = getattr(thing, "__code__", None)
    if code is not None:
        cells = [_identity(_cell_value(cell), enclosing) for cell in thing.__closure__ or ()]
        owner = getattr(thing, "__self__", None)
        return *_origin(thing), code, cells, _identity(owner, enclosing), repr(thing.__defaults__), repr(thing.__kwdefaults__)
    if isinstance(thing, type | ModuleType):
        return _origin(thing), thing.__name__
    if hasattr(thing, "tobytes"):
        return str(thing.dtype), thing.shape, thing.tobytes()
    own = {name: _text(value) for name, value in vars(thing).items()} if hasattr(thing, "__dict__") else {}
    return _text(thing), own


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
