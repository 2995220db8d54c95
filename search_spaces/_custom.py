"""Custom losses and optimizers by name: what is stored of them is the name alone, so that one name must mean one thing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from search_spaces._problems import Problems
from search_spaces._specs import Spec


@dataclass(frozen=True)
class GivenFunction:
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
    if one is other:
        return True
    if isinstance(one, GivenFunction) and isinstance(other, GivenFunction):
        return one.function is other.function or _traits(one.function) == _traits(other.function)
    return _origin(one) == _origin(other)


def _traits(thing: Any, within: tuple[int, ...] = ()) -> Any:
    """What tells a function, or what a function holds, from another; the same for one that was made again."""
    if id(thing) in within:  # a function that calls itself
        return "itself"
    within = (*within, id(thing))
    thing = getattr(thing, "python_function", thing)  # of a `tf.function`
    code = getattr(thing, "__code__", None)
    if code is not None:
        cells = [_traits(_content(cell), within) for cell in thing.__closure__ or ()]
        owner = getattr(thing, "__self__", None)
        return *_origin(thing), code, cells, _traits(owner, within), repr(thing.__defaults__), repr(thing.__kwdefaults__)
    if isinstance(thing, type | ModuleType):
        return _origin(thing), thing.__name__
    if hasattr(thing, "tobytes"):
        return str(thing.dtype), thing.shape, thing.tobytes()
    own = {name: _plain(value) for name, value in vars(thing).items()} if hasattr(thing, "__dict__") else {}
    return _plain(thing), own


def _content(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # not set yet
        return None


def _plain(thing: Any) -> str:
    return re.sub(r" at 0x[0-9a-f]+", "", repr(thing))


def _origin(thing: Any) -> tuple[Any, ...]:
    return getattr(thing, "__module__", ""), getattr(thing, "__qualname__", id(thing))
