"""What a method says to an argument that it does not have."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import wraps
from typing import ParamSpec, TypeVar

from search_spaces import InputError, Problems, nearest

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

INSTEAD = {
    "initial_epoch": "leave it out: every trial trains from its first epoch",
    "max_queue_size": "set it on the PyDataset",
    "max_trials": "the number of trials is n_trials",
    "use_multiprocessing": "set it on the PyDataset",
    "workers": "set it on the PyDataset; for more processes see `loss-weight-tuner worker`",
}
"""What to do instead of an argument of `Model.fit` or of KerasTuner that `search` does not take."""


def with_named_arguments(
    instead: Mapping[str, str] = {},
) -> Callable[[Callable[Arguments, Result]], Callable[Arguments, Result]]:
    """A decorator: an unknown argument is an `InputError` that names the nearest one, or says what to do instead.

    Args:
        instead: What to do instead of an argument, by its name.

    Example:
        >>> @with_named_arguments({"workers": "leave it out"})
        ... def search(epochs=1):
        ...     return epochs
        >>> search(epochs=2)
        2
        >>> search(epoch=2)
        Traceback (most recent call last):
        search_spaces._problems.InputError: search takes no argument 'epoch': did you mean 'epochs'? Known: 'epochs'
    """

    def decorate(method: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
        known = [name for name in inspect.signature(method).parameters if name != "self"]
        name = method.__qualname__.removesuffix(".__init__").rpartition(".")[2]

        @wraps(method)
        def checked(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
            unknown = [key for key in kwargs if key not in known]
            if unknown:
                raise _unknown(name, unknown, known, instead)
            return method(*args, **kwargs)

        return checked

    return decorate


def unknown_arguments(what: str, given: Mapping[str, object], known: list[str], problems: Problems) -> None:
    """Notes each argument that is not one of the known ones.

    Args:
        what: What the arguments are for, as the problems call it.
        given: The arguments by name.
        known: The names that there are.
        problems: Where mistakes are noted.
    """
    for key in [key for key in given if key not in known]:
        problems.add(f"{what} takes no argument {key!r}: {INSTEAD.get(key) or nearest(key, known)}")


def _unknown(method: str, unknown: list[str], known: list[str], instead: Mapping[str, str]) -> InputError:
    lines = [f"{method} takes no argument {key!r}: {instead.get(key) or nearest(key, known)}" for key in unknown]
    return InputError("\n".join(lines), lines)
