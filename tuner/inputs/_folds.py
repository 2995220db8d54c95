"""The folds of a cross-validation: which rows each model trains on, and which it is measured on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from search_spaces import Problems
from tuner._errors import first_line
from tuner.inputs._unreadable import in_words


class Fold(NamedTuple):
    """One fold.

    Attributes:
        train: Positions of the rows that are trained on, shape (rows,), int32.
        validate: Positions of the rows that objectives are measured on, shape (rows,), int32.
    """

    train: np.ndarray
    validate: np.ndarray

    @property
    def sizes(self) -> tuple[int, int]:
        """Numbers of rows: programs of one size train folds of one size."""
        return len(self.train), len(self.validate)


def read_folds(cv: Any, groups: Any, rows: int, seed: int, problems: Problems) -> tuple[Fold, ...]:
    """The folds that `cv` asks for; none where there are problems.

    Args:
        cv: A number of folds, which are drawn by the seed; a splitter of scikit-learn, or anything with its method `split`; or
            the folds themselves, as pairs of positions of rows to train on and to validate with.
        groups: What the splitter is given as `groups`; or None.
        rows: Number of rows.
        seed: The study's seed.
        problems: Where mistakes are noted.
    """
    if groups is not None and not hasattr(cv, "split"):
        problems.add(f"groups is for a splitter, as in cv=GroupKFold(5); cv is {in_words(cv)}")
    pairs = _pairs(cv, groups, rows, seed, problems)
    before = len(problems.lines)
    folds = [_fold(pair, number, rows, problems) for number, pair in enumerate(pairs, start=1)]
    if len(folds) == 1:
        problems.add("cv gives one fold; a cross-validation needs two or more, and validation_data holds out one set of rows")
    return () if len(problems.lines) > before else tuple(fold for fold in folds if fold is not None)


def _pairs(cv: Any, groups: Any, rows: int, seed: int, problems: Problems) -> list[Any]:
    if isinstance(cv, int | np.integer) and not isinstance(cv, bool):
        if 2 <= cv <= rows:
            return _drawn(int(cv), rows, seed)
        problems.add(f"cv must be a number of folds from 2 to the number of rows, {rows}, got {cv}")
        return []
    if hasattr(cv, "split") and not isinstance(cv, str):
        try:
            return list(cv.split(np.zeros((rows, 1)), None, groups))
        except Exception as error:  # noqa: BLE001  a splitter may want labels, or groups
            name = type(cv).__name__
            problems.add(
                f"cv: {name} does not split these rows: {first_line(error)}; where it needs labels or inputs, give the folds "
                f"that it makes of them: cv=list({name}(...).split(x, labels))"
            )
            return []
    if isinstance(cv, Iterable) and not isinstance(cv, str | bytes | dict):
        return list(cv)
    problems.add(f"cv must be a number of folds, a splitter of scikit-learn, or a list of (train, validate), got {in_words(cv)}")
    return []


def _drawn(count: int, rows: int, seed: int) -> list[Any]:
    """Folds of the same size, or one row more, drawn by the seed."""
    parts = [np.sort(part) for part in np.array_split(np.random.default_rng(seed).permutation(rows), count)]
    return [(np.setdiff1d(np.arange(rows), part), part) for part in parts]


def _fold(pair: Any, number: int, rows: int, problems: Problems) -> Fold | None:
    what = f"cv: fold {number}"
    if not isinstance(pair, list | tuple) or len(pair) != 2:
        problems.add(f"{what} must be a pair (train, validate) of positions of rows, got {in_words(pair)}")
        return None
    sides = [np.asarray(side) for side in pair]
    for side, name in zip(sides, ("train on", "validate with"), strict=True):
        if side.dtype.kind not in "iu" or side.ndim != 1:
            problems.add(f"{what} must hold positions of rows to {name}, whole numbers in one dimension, got {in_words(side)}")
            return None
        if not side.size:
            problems.add(f"{what} leaves no rows to {name}")
            return None
        if side.min() < 0 or side.max() >= rows:
            problems.add(f"{what} names the row {side.min() if side.min() < 0 else side.max()}; there are {rows}, from 0 up")
            return None
    train, validate = (side.astype(np.int32) for side in sides)
    shared = np.intersect1d(train, validate)
    if shared.size:
        problems.add(f"{what} validates with {shared.size} rows that it trains on, {shared[0]} for one")
        return None
    return Fold(train, validate)
