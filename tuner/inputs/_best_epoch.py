"""The epoch whose values a trial keeps: the last one, or the best one by what is watched."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras

from search_spaces import Problems, nearest
from tuner.inputs._measures import Measure
from tuner.inputs._metric_names import direction_by_ending
from tuner.inputs._objectives import MIN

_LAST, _BEST = "last", "best"


def check_kept_epoch(epoch: Any, monitor: Any, problems: Problems) -> None:
    """The epoch must be `last` or `best`; a monitor goes with the best one."""
    if epoch not in (_LAST, _BEST):
        problems.add(f"epoch must be {_LAST!r} or {_BEST!r}, got {epoch!r:.80}; the number of epochs is epochs")
    if monitor is not None and epoch == _LAST:
        problems.add(f"monitor={monitor!r:.80} says by what an epoch is best; give epoch={_BEST!r} with it")


def keep_best(monitor: Any, epochs: int, measures: Sequence[Measure], problems: Problems) -> keras.callbacks.EarlyStopping | None:
    """The callback that lets a trial end with the weights of its best epoch, and never ends it early.

    Args:
        monitor: Name of an objective, or what `fit` logs of the validation data.
        epochs: Number of epochs of every trial.
        measures: The objectives.
        problems: Where mistakes are noted.
    """
    directions = {measure.objective.name: measure.objective.direction for measure in measures}
    if not isinstance(monitor, str):
        problems.add(
            "epoch='best' keeps one epoch of each trial for all objectives; say by what it is best: "
            f"monitor={next(iter(directions))!r}, or another of {', '.join(map(repr, directions))}"
        )
        return None
    direction = directions.get(monitor) or (MIN if monitor.endswith("loss") else direction_by_ending(monitor))
    if direction is None:
        problems.add(f"monitor={monitor!r}: it is not known whether less or more is better; {nearest(monitor, list(directions))}")
        return None
    return keras.callbacks.EarlyStopping(monitor, mode=direction, patience=epochs, restore_best_weights=True)
