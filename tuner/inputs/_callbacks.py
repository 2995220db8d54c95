"""The callbacks of `fit`: each trial gets copies of its own."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras

from search_spaces import OptimizerSpec, Problems
from tuner._errors import first_line
from tuner._rate_schedules import first_rates, relative_where_own, sets_own_rates
from tuner.inputs._unreadable import in_words

_WRITERS = ("BackupAndRestore", "CSVLogger", "ModelCheckpoint", "TensorBoard")
_NEEDLESS = ("History", "ProgbarLogger", "TerminateOnNaN")
_RATE_SETTERS = (keras.callbacks.LearningRateScheduler, keras.callbacks.ReduceLROnPlateau)
_OF_EPOCHS = (keras.callbacks.EarlyStopping, *_RATE_SETTERS)
_PROBED_EPOCHS = 4


@dataclass(frozen=True)
class Callbacks:
    """What each trial is given as `callbacks`.

    Attributes:
        make: Returns new callbacks, for one trial.
        described: The class and the settings of each, as plain data.
        left_out: Names of classes whose callbacks no trial is given, since the trials would overwrite one another's files.
        need_model: Names of classes whose callbacks may use anything of a model: all but those of Keras that need nothing but
            what is logged after an epoch, the learning rate, and weights to put back.
        monitors: What these others watch, as `fit` logs it, each once.
        set_rate: Whether one of them sets the learning rate.
        own_rates: Whether a schedule among them sets rates of its own, which are taken relative to the compiled one.
    """

    make: Callable[[], list[keras.callbacks.Callback]]
    described: list[dict[str, Any]]
    left_out: tuple[str, ...] = ()
    need_model: tuple[str, ...] = ()
    monitors: tuple[str, ...] = ()
    set_rate: bool = False
    own_rates: bool = False

    @property
    def watch(self) -> bool:
        """Whether one of them watches something, or may."""
        return bool(self.monitors or self.need_model)


def read_callbacks(
    given: Any,
    epochs: int,
    compiled_rate: float | None,
    problems: Problems,
    best: keras.callbacks.EarlyStopping | None = None,
) -> Callbacks | None:
    """The callbacks of every trial; None where there are none.

    A trial that diverges ends without `TerminateOnNaN`, so that it is left out, as are those that show progress.

    Args:
        given: A callback, a list of them, or a function that returns such a list; or None.
        epochs: Number of epochs of every trial.
        compiled_rate: The learning rate that the model is compiled with; None where it is not compiled.
        problems: Where mistakes are noted.
        best: One more callback, which keeps the best epoch.
    """
    if given is None and best is None:
        return None
    given = [] if given is None else given
    made = callable(given) and not isinstance(given, keras.callbacks.Callback | type)
    listed = _listed(_called(given, problems) if made else given, problems)
    left_out = tuple(sorted({type(one).__name__ for one in listed if type(one).__name__ in _WRITERS}))
    kept = _kept(listed)
    if made:
        _check_new(listed, given, problems)
    else:
        for one in kept:
            _check_copy(one, problems)
    for one in kept if compiled_rate is None else ():
        _check_first_rate(one, epochs, problems)
    copied = tuple(kept)

    def make() -> list[keras.callbacks.Callback]:
        own = _kept(given()) if made else map(_copied, copied)
        return [*(_for_a_trial(one, epochs, compiled_rate) for one in own), *([] if best is None else [_copied(best)])]

    own_rates = any(_has_own_rates(one, epochs) for one in kept)
    kept += [] if best is None else [best]
    return _as_callbacks(make, kept, left_out, own_rates) if listed or best else None


def _kept(callbacks: Sequence[keras.callbacks.Callback]) -> list[keras.callbacks.Callback]:
    """Those that trials are given."""
    return [one for one in callbacks if type(one).__name__ not in (*_WRITERS, *_NEEDLESS)]


def check_monitors(
    callbacks: Callbacks, model: keras.Model, logged: Mapping[str, float], objectives: Sequence[str], problems: Problems
) -> None:
    """Every callback that watches a value must watch one that `fit` logs; else Keras warns after each epoch, and nothing happens.

    Args:
        callbacks: Those of every trial.
        model: The untrained model.
        logged: What `evaluate` returns of a trial's model, by name.
        objectives: Names of the objectives, which may be watched too.
        problems: Where mistakes are noted.
    """
    of_validation = {f"val_{name}": value for name, value in logged.items()}
    logs = {**logged, **of_validation, "learning_rate": 0.0, **dict.fromkeys(objectives, 0.0)}
    for one in callbacks.make():
        name, monitor = type(one).__name__, getattr(one, "monitor", None)
        if isinstance(monitor, str) and monitor not in logs:
            problems.add(f"callbacks: {name} watches {monitor!r}, which fit does not log; known are {', '.join(logs)}")
        elif type(one) in _OF_EPOCHS and monitor is not None:
            _check_direction(one, model, logs, problems)


def check_settable(callbacks: Callbacks, optimizers: Sequence[OptimizerSpec], problems: Problems) -> None:
    """Keras sets no learning rate where it is a schedule."""
    scheduled = [optimizer.label for optimizer in optimizers if optimizer.scheduled]
    if callbacks.set_rate and scheduled:
        setters = [one["class_name"] for one in callbacks.described if one["class_name"] in _names(_RATE_SETTERS)]
        problems.add(
            f"callbacks: {setters[0]} sets the learning rate, and that of {scheduled[0]} is a schedule, which Keras does not let "
            "it set; leave out one of the two"
        )


def _names(classes: Sequence[type]) -> list[str]:
    return [cls.__name__ for cls in classes]


def _check_direction(
    callback: keras.callbacks.Callback, model: keras.Model, logs: Mapping[str, float], problems: Problems
) -> None:
    """Keras must know whether less or more is better of what is watched: it says so after the first epoch only."""
    callback.set_model(model)
    try:
        callback.on_train_begin()
        callback.on_epoch_end(0, dict(logs))
    except ValueError:
        name, monitor = type(callback).__name__, callback.monitor
        problems.add(
            f"callbacks: Keras cannot tell whether less or more of {monitor!r} is better, and {name} would end every fit with an "
            f"error; say so: {name}({monitor!r}, mode='max'), or mode='min'"
        )


def _as_callbacks(
    make: Callable[[], list[keras.callbacks.Callback]],
    kept: Sequence[keras.callbacks.Callback],
    left_out: tuple[str, ...],
    own_rates: bool,
) -> Callbacks:
    of_epochs = [one for one in kept if type(one) in _OF_EPOCHS]
    return Callbacks(
        make,
        [_described(one) for one in kept],
        left_out,
        need_model=tuple(type(one).__name__ for one in kept if one not in of_epochs),
        monitors=tuple(dict.fromkeys(one.monitor for one in of_epochs if hasattr(one, "monitor"))),
        set_rate=any(type(one) in _RATE_SETTERS for one in of_epochs),
        own_rates=own_rates,
    )


def _has_own_rates(callback: keras.callbacks.Callback, epochs: int) -> bool:
    return type(callback) is keras.callbacks.LearningRateScheduler and sets_own_rates(callback.schedule, epochs)


def _for_a_trial(callback: keras.callbacks.Callback, epochs: int, compiled_rate: float | None) -> keras.callbacks.Callback:
    """The callback; a schedule that sets rates of its own becomes one relative to the compiled rate."""
    return relative_where_own(callback, epochs, compiled_rate)


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


def _check_new(first: Sequence[keras.callbacks.Callback], make: Callable[[], Any], problems: Problems) -> None:
    """A function must return new callbacks each time: several trials train at once."""
    again = _listed(_called(make, Problems("")), Problems(""))
    for one in [one for one in first if any(one is other for other in again)]:
        name = type(one).__name__
        problems.add(
            f"callbacks: the function returns the same {name} each time, which trials that train side by side would share; "
            f"make a new one inside it, as in lambda: [{name}(...)]"
        )


def _check_first_rate(callback: keras.callbacks.Callback, epochs: int, problems: Problems) -> None:
    """Without a compiled rate, rates of a schedule's own are taken relative to its first one."""
    if _has_own_rates(callback, epochs) and first_rates(callback.schedule, 1) == [0.0]:
        problems.add(
            "callbacks: the schedule of LearningRateScheduler sets rates of its own and begins with 0, so that the others cannot "
            "be taken relative to it; compile the model with the learning rate that they are relative to"
        )


def _check_copy(callback: keras.callbacks.Callback, problems: Problems) -> None:
    try:
        _copied(callback)
    except Exception as error:  # noqa: BLE001  whatever the callback holds may refuse to be copied
        name = type(callback).__name__
        problems.add(
            f"callbacks: {name} cannot be copied for each trial ({first_line(error)}); give a function that returns new ones: "
            f"callbacks=lambda: [{name}(...)]"
        )


def _described(callback: keras.callbacks.Callback) -> dict[str, Any]:
    """The class, and every setting that is plain data; of a schedule, what it makes of one rate in the first epochs."""
    settings = {key: value for key, value in vars(callback).items() if key != "params" and not key.startswith("_")}
    plain = {key: value for key, value in settings.items() if _is_plain(value)}
    if type(callback) is keras.callbacks.LearningRateScheduler:
        plain["schedule"] = first_rates(callback.schedule, _PROBED_EPOCHS)
    return {"class_name": type(callback).__name__, "settings": plain}


def _is_plain(value: Any) -> bool:
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError):
        return False
    return True
