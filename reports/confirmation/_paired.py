"""Replicates paired by seed: every candidate has the same seeds, so that the seeds' noise is shared."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from reports.ranking import signs
from search_spaces import names

ROUNDING = 1e-6
"""Largest relative difference that can come from another order of summation."""
_WITHOUT_VALUE = (names.DIVERGED, names.FAILED, names.PRUNED)


@dataclass(frozen=True)
class Paired:
    """The values that candidates reached with the same seeds, more is better everywhere.

    A candidate that ended without a value with any seed is left out: the mean of the seeds that went well would flatter it.

    Attributes:
        data: `validation` or `test`.
        meta: The study's meta data.
        trials: Numbers of the candidates, ascending; shape (candidates,).
        baselines: Name of each candidate's baseline, empty for what the sampler chose.
        seeds: The seeds with which every candidate has a value; shape (seeds,).
        values: Shape (candidates, seeds, objectives), in the objectives' units, sign turned where less is better.
        searched: Values of each candidate's own trial in the search, on validation data; shape (candidates, objectives), same
            signs.
        against: Name of the baseline that candidates are compared with: `current`, or `equal` in a study without it.
        failures: The candidates left out, by trial number: name of the baseline, and the number of seeds without a value.
    """

    data: str
    meta: Mapping[str, Any]
    trials: np.ndarray
    baselines: tuple[str, ...]
    seeds: np.ndarray
    values: np.ndarray
    searched: np.ndarray
    against: str
    failures: Mapping[int, tuple[str, int]]

    @property
    def objectives(self) -> list[str]:
        """Names of the objectives, in the order of the last axis."""
        return [str(objective["name"]) for objective in self.meta["objectives"]]

    @property
    def sign(self) -> np.ndarray:
        """+1 for objectives to maximise, −1 for those to minimise; shape (objectives,)."""
        return signs(self.meta)

    @property
    def pickable(self) -> np.ndarray:
        """Which candidates could be deployed: all but outputs trained alone and weighting policies; shape (candidates,)."""
        return np.array([names.is_deployable(name) for name in self.baselines], dtype=bool)

    @property
    def noiseless(self) -> bool:
        """Whether no value of any candidate depends on the seed, so that the noise cannot be estimated."""
        spread = np.ptp(self.values, axis=1)
        return len(self.seeds) > 1 and bool((spread <= ROUNDING * np.abs(self.values).max(axis=1)).all())

    @property
    def reference(self) -> int | None:
        """Position of the baseline that candidates are compared with; None where it has no replicates."""
        return self.baselines.index(self.against) if self.against in self.baselines else None


def paired(
    frame: pd.DataFrame,
    data: str = names.VALIDATION,
    only_seeds: Collection[int] | None = None,
    only_trials: Collection[int] | None = None,
) -> Paired | None:
    """The replicates of a study, paired by their seeds.

    Args:
        frame: Table of all trials, as `reports.study_frame` gives it.
        data: `validation` or `test`.
        only_seeds: The seeds that are looked at; all where left out. A candidate that ended without a value with any other seed
            is left out all the same.
        only_trials: The candidates that are looked at; all where left out.

    Returns:
        None where no seed has a value for every candidate.
    """
    meta = frame.attrs["study"]
    original = frame[names.REPLICATE_OF].to_numpy(dtype=float, na_value=np.nan)
    kept = ~np.isnan(original) if only_trials is None else np.isin(original, list(only_trials))
    rows = np.flatnonzero(kept)
    values = _values(frame, meta, data)[rows]
    if np.isnan(values).all():
        return None
    trials, candidate = np.unique(original[rows].astype(np.int64), return_inverse=True)
    seeds, seed = np.unique(frame[names.SEED].to_numpy()[rows].astype(np.int64), return_inverse=True)
    cube, failures = _cube(values, frame[names.STATE].to_numpy()[rows], candidate, seed)
    complete = failures == 0
    shared = ~np.isnan(cube[complete]).any(axis=(0, 2)) if complete.any() else np.zeros(len(seeds), dtype=bool)
    if only_seeds is not None:
        shared &= np.isin(seeds, list(only_seeds))
    if not shared.any():
        return None
    at = _positions(frame[names.TRIAL].to_numpy(), trials)
    baselines = frame[names.BASELINE].to_numpy(dtype=object)
    return Paired(
        data=data,
        meta=meta,
        trials=trials[complete],
        baselines=tuple(str(name) for name in baselines[at][complete]),
        seeds=seeds[shared],
        values=cube[complete][:, shared],
        searched=_values(frame, meta, names.VALIDATION)[at][complete],
        against=names.CURRENT if (baselines == names.CURRENT).any() else names.EQUAL,
        failures={int(t): (str(b), int(n)) for t, b, n in zip(trials, baselines[at], failures, strict=True) if n},
    )


def _cube(values: np.ndarray, state: np.ndarray, candidate: np.ndarray, seed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Values by candidate and seed, NaN where there is none; and for each candidate the number of seeds that gave no value."""
    cube = np.full((candidate.max() + 1, seed.max() + 1, values.shape[1]), np.nan)
    valid = np.isfinite(values).all(axis=1) & (state == names.COMPLETE)
    cube[candidate[valid], seed[valid]] = values[valid]
    ended = np.zeros(cube.shape[:2], dtype=bool)
    without = np.isin(state, _WITHOUT_VALUE)
    ended[candidate[without], seed[without]] = True
    return cube, (ended & np.isnan(cube).any(axis=2)).sum(axis=1)


def _values(frame: pd.DataFrame, meta: Mapping[str, Any], data: str) -> np.ndarray:
    """The objectives of all rows on this kind of data, more is better; shape (rows, objectives)."""
    objectives = [objective["name"] for objective in meta["objectives"]]
    columns = objectives if data == names.VALIDATION else [names.test(name) for name in objectives]
    values: np.ndarray = np.column_stack([frame[column].to_numpy(dtype=float) for column in columns]) * signs(meta)
    return values


def _positions(listed: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    order = np.argsort(listed, kind="stable")
    return np.asarray(order[np.searchsorted(listed, wanted, sorter=order)])
