"""`validation_split`: the last rows are kept from the training, as Keras keeps them."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np

from search_spaces import InputError
from tuner.inputs._arrays import Arrays, TrainingData, take_rows
from tuner.inputs._fingerprints import fingerprint


def split_off(data: TrainingData, share: Any) -> tuple[TrainingData, Arrays]:
    """Training data without their last rows, and those rows; they are taken before anything is shuffled.

    Args:
        data: What was given for training.
        share: Share of the rows that is kept for validation, above 0 and below 1.

    Raises:
        InputError: The data are a dataset, the share is no such number, or nothing is left on one side.
    """
    if not is_share(share):
        raise InputError(f"validation_split must be a number above 0 and below 1, got {share!r:.80}")
    if data.arrays is None or data.order is not None:
        raise InputError(
            "validation_split takes the last rows of arrays, and x is a dataset; split it with .take(n) and .skip(n), and pass "
            "validation_data"
        )
    rows = data.arrays.rows
    first = math.floor(rows * (1.0 - share))
    if first in (0, rows):
        raise InputError(
            f"validation_split={share!r} leaves nothing to {'train on' if first == 0 else 'validate with'}, of {rows} rows"
        )
    return with_rows(data, take_rows(data.arrays, slice(0, first))), take_rows(data.arrays, slice(first, rows))


def is_share(share: Any) -> bool:
    """Whether it is a number above 0 and below 1."""
    return isinstance(share, float | np.floating) and bool(0 < share < 1)


def with_rows(data: TrainingData, arrays: Arrays) -> TrainingData:
    """The same training data with these rows."""
    mark = fingerprint(arrays) if data.order is None else data.fingerprint
    return replace(data, arrays=arrays, checked=arrays, fingerprint=mark)
