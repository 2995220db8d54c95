"""One scale for objectives of different units: 0 is the nadir, 1 is as good as the output trained alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd

from reports.ranking._frame import is_policy_trial
from search_spaces import names

NO_SCALE = (
    "a baseline is missing, or one is not worse than training alone, so that the best and the worst trial are the ends of the "
    "scale, and a single extreme trial moves it."
)


@dataclass(frozen=True)
class Scale:
    """Ideal and nadir of each objective, in its own unit and direction.

    Attributes:
        ideal: Value that means 1: what the output reached when trained alone.
        nadir: Value that means 0: the worst among the baselines of fixed weights, what an output reaches untrained.
        source: `baselines`; or `trials`, where a baseline is missing and the best and worst trials take its place.
    """

    ideal: np.ndarray
    nadir: np.ndarray
    source: str

    def normalise(self, values: np.ndarray) -> np.ndarray:
        """Values of shape (points, objectives), brought to nadir = 0 and ideal = 1; more is better."""
        span = self.ideal - self.nadir
        scaled: np.ndarray = (values - self.nadir) / np.where(span == 0, 1.0, span)
        return scaled

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Self:
        """Reads what `to_dict` wrote."""
        return cls(np.array(list(plain["ideal"].values())), np.array(list(plain["nadir"].values())), plain["source"])

    def to_dict(self, objectives: list[str]) -> dict[str, Any]:
        """Plain data."""
        return {
            "source": self.source,
            "ideal": dict(zip(objectives, self.ideal.tolist(), strict=True)),
            "nadir": dict(zip(objectives, self.nadir.tolist(), strict=True)),
        }


def scale_of(complete: pd.DataFrame, meta: Mapping[str, Any]) -> Scale:
    """The scale on which a study's hypervolume is measured.

    Args:
        complete: Complete trials, one row each, with a column per objective.
        meta: The study's meta data.
    """
    objectives = meta["objectives"]
    columns = [objective["name"] for objective in objectives]
    sign = signs(meta)
    baselines = complete[(complete[names.BASELINE] != "") & ~is_policy_trial(complete)]
    worst = (baselines[columns].to_numpy() * sign).min(axis=0) * sign if len(baselines) else np.full(len(columns), np.nan)
    alone = np.array([single_value(complete, objective) for objective in objectives])
    if np.isfinite(alone).all() and ((alone - worst) * sign > 0).all():
        return Scale(alone, worst, "baselines")
    values = complete[columns].to_numpy() * sign
    if not len(values):
        return Scale(np.ones(len(columns)), np.zeros(len(columns)), "trials")
    return Scale(values.max(axis=0) * sign, values.min(axis=0) * sign, "trials")


def signs(meta: Mapping[str, Any]) -> np.ndarray:
    """+1 for objectives to maximise, −1 for those to minimise."""
    return np.array([1.0 if objective["direction"] == "max" else -1.0 for objective in meta["objectives"]])


def single_value(complete: pd.DataFrame, objective: Mapping[str, Any]) -> float:
    """The objective's value where its output was trained alone; NaN where there is no such trial."""
    alone = complete[names.BASELINE].to_numpy() == names.single(objective["output"])
    values = complete[objective["name"]].to_numpy()[alone]
    return float(values[0]) if len(values) else float("nan")
