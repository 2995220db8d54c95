"""Studies with a known truth, made up without training: tables as `reports.study_frame` gives them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from search_spaces import names

OBJECTIVES = (("a", "a/auc", "max", 0.80, 0.010), ("b", "b/mae", "min", 2.50, 0.060))  # output, name, direction, level, noise
_SHARED = 0.4  # part of a seed's variance that all candidates share
_SEARCHED = 40  # candidates of the search, the best of which are the finalists


@dataclass(frozen=True)
class Scenario:
    """How the studies of one kind come about.

    Attributes:
        noise: `normal`, `heavy` (Student's t with 5 degrees of freedom), `skewed` (skewness 1) or `rounded` (to a 400th).
        seeds: Number of replicates.
        finalists: Number of finalists.
        effects: What the first finalist truly gains on each objective, in standard deviations of a paired difference.
        lucky: What all finalists gain on validation data alone, in the same unit; the replicates then have test data.
    """

    noise: str = "normal"
    seeds: int = 10
    finalists: int = 5
    effects: tuple[float, float] = (0.0, 0.0)
    lucky: float = 0.0


@dataclass(frozen=True)
class Simulated:
    """One study and its truth.

    Attributes:
        frame: The table that `reports.study_frame` gives of a study.
        truth: True means on validation data in the objectives' own units, shape (candidates, objectives), by trial number.
        first: Trial of the first finalist, the one that the effects are for.
    """

    frame: pd.DataFrame
    truth: np.ndarray
    first: int


def simulate(scenario: Scenario, studies: int, seed: int) -> Iterator[Simulated]:
    """Studies of a scenario.

    Args:
        scenario: How they come about.
        studies: How many.
        seed: The same one gives the same studies.
    """
    random = np.random.default_rng(seed)
    baselines = [names.CURRENT, names.EQUAL, *(names.single(output) for output, *_ in OBJECTIVES)]
    count = len(baselines) + scenario.finalists
    for _ in range(studies):
        spread = random.uniform(0.7, 1.4, size=(count, 1))  # some candidates are noisier than others
        truth, tested = _truth(scenario, spread, len(baselines))
        shared, own = _noise(random, scenario, (scenario.seeds, 2)), _noise(random, scenario, (count, scenario.seeds, 2))
        noise = np.sqrt(_SHARED) * shared + np.sqrt(1 - _SHARED) * spread[:, None] * own
        values, test = _rounded(scenario, truth[:, None], noise), _rounded(scenario, tested[:, None], noise)
        searched = truth + _scale() * _selection(random, count, scenario.finalists)
        yield Simulated(_frame(scenario, baselines, values, test, searched), truth, len(baselines))


def _scale() -> np.ndarray:
    """Standard deviation of each objective over the seeds; shape (objectives,)."""
    return np.array([noise for *_, noise in OBJECTIVES])


def _truth(scenario: Scenario, spread: np.ndarray, first: int) -> tuple[np.ndarray, np.ndarray]:
    """True means on validation and on test data; the reference is trial 0, the outputs alone stand before `first`."""
    sign = np.array([1.0 if direction == "max" else -1.0 for *_, direction, _, _ in OBJECTIVES])
    truth = np.tile([level for *_, level, _ in OBJECTIVES], (len(spread), 1))
    unit = _scale() * np.sqrt((1 - _SHARED) * (spread**2 + spread[0] ** 2))
    for k in range(len(OBJECTIVES)):
        truth[2 + k] += sign * _scale() * np.where(np.arange(len(OBJECTIVES)) == k, 4.0, -8.0)
    truth[first] += sign * unit[first] * scenario.effects
    tested = truth.copy()
    truth[first:] += sign * unit[first:] * scenario.lucky
    return truth, tested


def _noise(random: np.random.Generator, scenario: Scenario, shape: tuple[int, ...]) -> np.ndarray:
    """Noise of mean 0 and variance 1."""
    if scenario.noise == "heavy":
        heavy: np.ndarray = random.standard_t(5, size=shape) / np.sqrt(5 / 3)
        return heavy
    if scenario.noise == "skewed":
        skewed: np.ndarray = 2 - random.gamma(4.0, 0.5, size=shape)  # a few seeds do much worse
        return skewed
    return random.standard_normal(shape)


def _rounded(scenario: Scenario, truth: np.ndarray, noise: np.ndarray) -> np.ndarray:
    values: np.ndarray = truth + _scale() * noise
    return np.round(values * 400) / 400 if scenario.noise == "rounded" else values


def _selection(random: np.random.Generator, count: int, finalists: int) -> np.ndarray:
    """The noise of the search's single runs; that of the finalists is the best of all that were searched."""
    noise = random.standard_normal((count, len(OBJECTIVES)))
    best = np.sort(random.standard_normal((_SEARCHED, len(OBJECTIVES))), axis=0)[::-1][:finalists]
    sign = np.array([1.0 if direction == "max" else -1.0 for *_, direction, _, _ in OBJECTIVES])
    noise[count - finalists :] = best * sign
    return noise


def _frame(scenario: Scenario, baselines: list[str], values: np.ndarray, test: np.ndarray, searched: np.ndarray) -> pd.DataFrame:
    count, seeds, _ = values.shape
    of, seed = np.repeat(np.arange(count), seeds), np.tile(np.arange(1, seeds + 1), count)
    replicates = count * seeds
    columns: dict[str, Any] = {
        names.TRIAL: np.arange(count + replicates),
        names.BASELINE: np.array(baselines + [""] * (count - len(baselines) + replicates), dtype=object),
        names.REPLICATE_OF: np.append(np.full(count, np.nan), of),
        names.SEED: np.append(np.zeros(count, dtype=int), seed),
        names.STATE: np.full(count + replicates, names.COMPLETE, dtype=object),
    }
    for k, (_, name, *_) in enumerate(OBJECTIVES):
        columns[name] = np.append(searched[:, k], values[..., k].ravel())
        tested = test[..., k].ravel() if scenario.lucky else np.full(replicates, np.nan)
        columns[names.test(name)] = np.append(np.full(count, np.nan), tested)
    frame = pd.DataFrame(columns)
    objectives = [{"output": o, "name": n, "metric": n.split("/")[1], "direction": d} for o, n, d, _, _ in OBJECTIVES]
    frame.attrs["study"] = {"name": "simulated", "outputs": [o for o, *_ in OBJECTIVES], "objectives": objectives}
    return frame
