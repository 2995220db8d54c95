"""Losses that hold layers or variables: each model needs its own."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import replace
from types import ModuleType
from typing import TYPE_CHECKING, Any

from search_spaces._candidate import Candidate
from search_spaces._losses import LossSpec
from search_spaces._pairing import paired_losses
from search_spaces._problems import InputError

if TYPE_CHECKING:
    import keras

_LIBRARIES = ("keras", "tensorflow", "numpy", "pandas")


def held_variables(thing: Any) -> list[Any]:
    """The variables that a loss or function holds, itself or in its layers, in its attributes, arguments, closure or globals.

    Example:
        >>> import keras
        >>> layer = keras.layers.Dense(1)
        >>> layer.build((None, 2))
        >>> [tuple(variable.shape) for variable in held_variables(lambda targets, predictions: layer.kernel)]
        [(2, 1), (1,)]
    """
    return list(_variables(thing, set()))


def with_own_losses(candidate: Candidate, model: keras.Model, outputs: Sequence[str]) -> Candidate:
    """The candidate for one model: a loss that holds variables of another model becomes the one that this model came with.

    Args:
        candidate: What the model is going to be compiled with.
        model: As the build function returned it, compiled or not.
        outputs: The output names.

    Raises:
        InputError: Such a loss is none that the model is compiled with.

    Example:
        >>> from search_spaces import compiled_candidate
        >>> model = build()
        >>> candidate = compiled_candidate(model)
        >>> with_own_losses(candidate, model, ["urgent", "kind"]) is candidate
        True
    """
    if not any(loss.custom for loss in candidate.losses.values()):
        return candidate
    compiled = paired_losses(model, outputs) if model.compiled else {}
    given = {output: pair[0] for output, pair in compiled.items()}
    losses = {output: _own(loss, output, model, given.get(output)) for output, loss in candidate.losses.items()}
    changed = any(losses[output] is not loss for output, loss in candidate.losses.items())
    return replace(candidate, losses=losses) if changed else candidate


def _own(loss: LossSpec, output: str, model: keras.Model, given: Any) -> LossSpec:
    if loss.custom and loss.live is None:  # of a file: what the model came with is the only one that can hold its variables
        return replace(loss, live=given) if _is_named(given, loss.class_name) and held_variables(given) else loss
    own = {id(variable) for variable in model.variables}
    if not loss.custom or all(id(variable) in own for variable in held_variables(loss.live)):
        return loss
    if type(given) is not type(loss.live) or given is loss.live:
        raise InputError(
            f"loss {loss.label!r} of output {output!r} holds layers or variables that are not those of the trial's model: "
            "compile the model with it in a build function, which makes a new one for each trial"
        )
    return replace(loss, live=given)


def _is_named(given: Any, name: str) -> bool:
    return name in (type(given).__name__, getattr(given, "__name__", ""))


def _variables(thing: Any, seen: set[int]) -> Iterator[Any]:
    if id(thing) in seen or isinstance(thing, str | bytes | int | float | bool | type | None):
        return
    seen.add(id(thing))
    if hasattr(thing, "trainable_variables"):
        yield from thing.variables
    elif hasattr(thing, "assign") and hasattr(thing, "shape"):
        yield thing
    else:
        for part in _parts(thing):
            yield from _variables(part, seen)


def _parts(thing: Any) -> list[Any]:
    if isinstance(thing, dict):
        return list(thing.values())
    if isinstance(thing, list | tuple | set | frozenset):
        return list(thing)
    if isinstance(thing, functools.partial):
        return [thing.func, thing.args, thing.keywords]
    if type(thing).__module__.partition(".")[0] in _LIBRARIES or isinstance(thing, ModuleType):
        return []
    if hasattr(thing, "__code__"):
        return _parts_of_function(thing)
    return list(vars(thing).values()) if hasattr(thing, "__dict__") else []


def _parts_of_function(function: Any) -> list[Any]:
    """What a function holds, the global names that it uses among it."""
    if str(function.__module__).partition(".")[0] in _LIBRARIES:
        return []
    cells = [cell.cell_contents for cell in function.__closure__ or () if not _is_empty(cell)]
    used = [function.__globals__[name] for name in function.__code__.co_names if name in function.__globals__]
    return [*cells, *used, getattr(function, "__self__", None), function.__defaults__, function.__kwdefaults__]


def _is_empty(cell: Any) -> bool:
    try:
        return cell.cell_contents is None
    except ValueError:  # not set yet
        return True
