"""Custom losses and optimizers by name: what is stored of them is the name alone, so that one name must mean one thing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from search_spaces._problems import Problems
from search_spaces._specs import Spec


@dataclass(frozen=True)
class Given:
    """Makes a custom loss that is a function: the function itself.

    Attributes:
        function: Of (targets, predictions).
    """

    function: Any

    def __call__(self) -> Any:
        return self.function


def custom_objects(specs: Iterable[Spec], problems: Problems) -> dict[str, Callable[..., Any]]:
    """What makes each custom object, by name.

    Args:
        specs: Of losses and optimizers; those of Keras's own are passed over.
        problems: Where names that mean two things are noted.
    """
    found: dict[str, Callable[..., Any]] = {}
    for spec in specs:
        if not spec.custom or spec.factory is None:
            continue
        known = found.setdefault(spec.class_name, spec.factory)
        if not _same(known, spec.factory):
            problems.add(
                f"two different custom objects are called {spec.class_name!r}, and a study knows them by name: give each a name "
                "of its own (for a function made by another, set its __name__)"
            )
    return found


def _same(one: Any, other: Any) -> bool:
    """Whether both make the same object: one made anew by each call of a build function is the same one still."""
    if isinstance(one, Given) and isinstance(other, Given):
        return _traits(one.function) == _traits(other.function)
    return _origin(one) == _origin(other)


def _traits(function: Any) -> tuple[Any, ...]:
    code = getattr(function, "__code__", None)
    if code is None:
        return (id(function),)
    cells = tuple(_content(cell) for cell in function.__closure__ or ())
    return (*_origin(function), code, cells, repr(function.__defaults__), repr(function.__kwdefaults__))


def _content(cell: Any) -> Any:
    try:
        held = cell.cell_contents
    except ValueError:  # not set yet
        return None
    return _traits(held) if hasattr(held, "__code__") else repr(held)


def _origin(thing: Any) -> tuple[Any, ...]:
    return getattr(thing, "__module__", ""), getattr(thing, "__qualname__", id(thing))
