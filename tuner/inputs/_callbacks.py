"""The callbacks of `fit`: each trial gets copies of its own."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import keras

from search_spaces import Problems
from tuner._errors import first_line
from tuner.inputs._unreadable import in_words

_WRITERS = ("BackupAndRestore", "CSVLogger", "ModelCheckpoint", "TensorBoard")
_NEEDLESS = ("History", "ProgbarLogger", "TerminateOnNaN")
_PROBED_EPOCHS = 4


@dataclass(frozen=True)
class Callbacks:
    """What each trial is given as `callbacks`.

    Attributes:
        make: Returns new callbacks, for one trial.
        described: The class and the settings of each, as plain data.
        left_out: Names of classes whose callbacks no trial is given, since the trials would overwrite one another's files.
    """

    make: Callable[[], list[keras.callbacks.Callback]]
    described: list[dict[str, Any]]
    left_out: tuple[str, ...] = ()

    @property
    def names(self) -> str:
        """The classes in words."""
        return ", ".join(one["class_name"] for one in self.described)


def read_callbacks(given: Any, problems: Problems) -> Callbacks | None:
    """The callbacks of every trial; None where there are none.

    A trial that diverges ends without `TerminateOnNaN`, so that it is left out, as are those that show progress.

    Args:
        given: A callback, a list of them, or a function that returns such a list; or None.
        problems: Where mistakes are noted.
    """
    if given is None:
        return None
    made = callable(given) and not isinstance(given, keras.callbacks.Callback | type)
    listed = _listed(_called(given, problems) if made else given, problems)
    kept = [one for one in listed if type(one).__name__ not in (*_WRITERS, *_NEEDLESS)]
    left_out = tuple(sorted({type(one).__name__ for one in listed if type(one).__name__ in _WRITERS}))
    for one in kept:
        _check_scheduler(one, problems)
        if not made:
            _check_copy(one, problems)

    def make() -> list[keras.callbacks.Callback]:
        if not made:
            return [_copied(one) for one in kept]
        return [one for one in given() if type(one).__name__ not in (*_WRITERS, *_NEEDLESS)]

    return Callbacks(make, [_described(one) for one in kept], left_out) if listed else None


def check_monitors(callbacks: Callbacks, logged: Sequence[str], problems: Problems) -> None:
    """Every callback that watches a value must watch one that `fit` logs; else Keras warns after each epoch, and nothing happens.

    Args:
        callbacks: Those of every trial.
        logged: The names that `evaluate` returns.
        problems: Where mistakes are noted.
    """
    known = [*logged, *(f"val_{name}" for name in logged), "learning_rate"]
    for one in callbacks.make():
        monitor = getattr(one, "monitor", None)
        if isinstance(monitor, str) and monitor not in known:
            problems.add(
                f"callbacks: {type(one).__name__} watches {monitor!r}, which fit does not log; it logs {', '.join(known)}"
            )


def _called(make: Callable[[], Any], problems: Problems) -> Any:
    try:
        return make()
    except Exception as error:  # noqa: BLE001  a function of one's own may raise anything
        problems.add(f"callbacks: the function that returns them raises {first_line(error)}")
        return []


def _listed(given: Any, problems: Problems) -> list[keras.callbacks.Callback]:
    listed = [given] if isinstance(given, keras.callbacks.Callback) else given
    if not isinstance(listed, list | tuple) or not all(isinstance(one, keras.callbacks.Callback) for one in listed):
        problems.add(
            f"callbacks must be a list of keras.callbacks.Callback, or a function that returns one, got {in_words(given)}"
        )
        return []
    return list(listed)


def _copied(callback: keras.callbacks.Callback) -> keras.callbacks.Callback:
    """A copy for one trial, without the model that it watched last."""
    alone = copy.copy(callback)
    alone.set_model(None)
    return copy.deepcopy(alone)


def _check_copy(callback: keras.callbacks.Callback, problems: Problems) -> None:
    try:
        _copied(callback)
    except Exception as error:  # noqa: BLE001  whatever the callback holds may refuse to be copied
        name = type(callback).__name__
        problems.add(
            f"callbacks: {name} cannot be copied for each trial ({first_line(error)}); give a function that returns new ones: "
            f"callbacks=lambda: [{name}(...)]"
        )


def _check_scheduler(callback: keras.callbacks.Callback, problems: Problems) -> None:
    """A schedule must go on from the rate that it is given: else every trial would train at the same one."""
    if type(callback) is not keras.callbacks.LearningRateScheduler:
        return
    try:
        low, high = callback.schedule(0, 1e-3), callback.schedule(0, 2e-3)
    except TypeError:  # it takes the epoch alone
        low = high = 0.0
    if low == high:
        problems.add(
            "callbacks: the schedule of LearningRateScheduler sets a learning rate of its own, whatever it is given, so that "
            "every trial would train at the same one; let it change the given rate: def schedule(epoch, lr): return lr * 0.9"
        )


def _described(callback: keras.callbacks.Callback) -> dict[str, Any]:
    """The class, and every setting that is plain data; of a schedule, what it makes of one rate in the first epochs."""
    settings = {key: value for key, value in vars(callback).items() if key != "params" and not key.startswith("_")}
    plain = {key: value for key, value in settings.items() if _is_plain(value)}
    if type(callback) is keras.callbacks.LearningRateScheduler:
        try:
            plain["schedule"] = [float(callback.schedule(epoch, 1e-3)) for epoch in range(_PROBED_EPOCHS)]
        except TypeError:
            plain["schedule"] = None  # refused
    return {"class_name": type(callback).__name__, "settings": plain}


def _is_plain(value: Any) -> bool:
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError):
        return False
    return True
