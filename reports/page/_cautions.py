"""Sentences that warn the reader of a report."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from reports.ranking import NO_SCALE, constant_objectives, history_frame, signs
from search_spaces import names

if TYPE_CHECKING:
    import optuna

_EDGE = 0.02
_TRIALS_PER_PARAMETER = 10
_STILL_GROWING = 0.1
_REASONS = 3


def cautions(study: optuna.Study, ranking: pd.DataFrame, trial: int) -> list[str]:
    """Warnings on the pick and on the search, one sentence each; none where there is nothing to warn of.

    Args:
        study: A study that loss-weight-tuner ran.
        ranking: Ranking table, as `reports.rank` gives it.
        trial: Number of the pick.
    """
    stored = study.get_trials(deepcopy=False)
    parameters = {name for other in stored for name in other.params}
    return [
        *constant_objectives(ranking),
        *_best_epochs(ranking.attrs["study"]),
        *_at_bounds(stored[trial]),
        *_still_improving(study, ranking, trial),
        *_few(ranking, len(parameters)),
        *_unfinished(ranking),
        *([f"Preferences and hypervolume: {NO_SCALE}"] if ranking.attrs["scale"]["source"] == "trials" else []),
    ]


def _best_epochs(meta: Mapping[str, Any]) -> Iterator[str]:
    """What chose an epoch of each trial on the rows that the ranking shows."""
    objectives = [objective["name"] for objective in meta["objectives"]]
    for callback in meta.get("callbacks", []):
        settings = callback["settings"]
        monitor = str(settings.get("monitor", ""))
        if settings.get("restore_best_weights") is True and (monitor.startswith("val_") or monitor in objectives):
            yield (
                f"Each trial's values are those of its best epoch by {monitor}, which {callback['class_name']} chose on the same "
                "validation rows: they flatter all trials. confirm with test_data measures on rows that chose nothing."
            )


def _at_bounds(trial: optuna.trial.FrozenTrial) -> Iterator[str]:
    for name, value in trial.params.items():
        distribution: Any = trial.distributions[name]
        low, high = getattr(distribution, "low", None), getattr(distribution, "high", None)
        if low is None or high is None or not low < high:
            continue
        scale = math.log if distribution.log else float
        place = (scale(value) - scale(low)) / (scale(high) - scale(low))
        end = "lower" if place < _EDGE else ("upper" if place > 1 - _EDGE else "")
        if end:
            yield f"{name} of the pick is {value:.4g}, at the {end} end of its range {low:.4g} to {high:.4g}: widen the range."


def _still_improving(study: optuna.Study, ranking: pd.DataFrame, trial: int) -> Iterator[str]:
    """Objectives whose last epoch brought more than a tenth of what all epochs after the first one brought."""
    meta, history = ranking.attrs["study"], history_frame(study)
    own = history[history["trial"] == trial]
    for objective, sign in zip(meta["objectives"], signs(meta), strict=True):
        values = (own.loc[own["objective"] == objective["name"], "value"] * sign).to_list()
        if len(values) < 3:
            continue
        last, total = values[-1] - values[-2], values[-1] - values[0]
        if last > 0 and last > _STILL_GROWING * total > 0 and values[-1] == max(values):
            name, epochs = objective["name"], meta["epochs"]
            yield f"{name} of the pick still improved in the last epoch: train for longer than {epochs} epochs."


def _few(ranking: pd.DataFrame, parameters: int) -> Iterator[str]:
    count = int((ranking[names.RANK].notna() & (ranking[names.BASELINE] == "")).sum())
    if count < _TRIALS_PER_PARAMETER * parameters:
        yield (
            f"{count} trials for {parameters} searched parameters are few: with {_TRIALS_PER_PARAMETER * parameters} trials the "
            "front is worth more."
        )


def _unfinished(ranking: pd.DataFrame) -> Iterator[str]:
    for state in (names.DIVERGED, names.FAILED):
        reasons = Counter(_last_line(reason) for reason in ranking.loc[ranking[names.STATE] == state, names.REASON])
        if reasons:
            most_common = "; ".join(f"{reason} ({count})" for reason, count in reasons.most_common(_REASONS))
            yield f"{reasons.total()} trial(s) {state}: {most_common}."


def _last_line(reason: str) -> str:
    """Last line of a reason, which of a traceback names the error. Without its epoch, so that equal causes count together."""
    line = (str(reason).strip().splitlines() or ["no reason given"])[-1].rstrip(".")
    return line.split(": ", 1)[1] if line.startswith("epoch ") and ": " in line else line
