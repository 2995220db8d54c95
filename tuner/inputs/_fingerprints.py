"""Fingerprints of data: a study is resumed only with the data that it began with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from tuner.inputs._arrays import Arrays
from tuner.inputs._short_hash import short_hash

_HASHED_BYTES = 256 * 2**20


def fingerprint(arrays: Arrays) -> str:
    """A short hash of shapes, types and values; above 256 MiB an array is sampled at regular rows.

    It does not depend on the order of rows that have none of their own.
    """
    if not arrays.ordered:
        return short_hash(bytes.fromhex(row) for row in sorted(row_hashes(arrays)))
    return short_hash(_contents(arrays))


def row_hashes(arrays: Arrays) -> list[str]:
    """A short hash of each row's values."""
    return [short_hash(map(_row_bytes, map(np.asarray, row))) for row in zip(*arrays.columns, strict=True)]


def batch_form(batch: Arrays, batches: int | None) -> str:
    """A short hash of how many batches there are, and of the types and shapes of one batch."""
    form: Sequence[Any] = [batches, *((str(array.dtype), array.shape) for array in batch.columns)]
    return short_hash([repr(form).encode()])


def _contents(arrays: Arrays) -> Iterator[bytes]:
    weighted = [weight is not None for weight in arrays.weights]
    if any(weighted) and not all(weighted):
        yield repr(weighted).encode()
    for array in arrays.columns:
        yield f"{array.dtype}{array.shape}".encode()
        sample = array[:: 1 + array.nbytes // _HASHED_BYTES]
        yield repr(sample.tolist()).encode() if sample.dtype.hasobject else np.ascontiguousarray(sample).tobytes()


def _row_bytes(value: np.ndarray) -> bytes:
    return repr(value.tolist()).encode() if value.dtype.hasobject else value.tobytes()
