"""The short hash by which data, weights and shapes are told apart."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable


def short_hash(chunks: Iterable[bytes]) -> str:
    """16 hexadecimal digits that depend on these bytes; how they are cut into chunks does not matter."""
    digest = hashlib.blake2b(digest_size=8)
    for chunk in chunks:
        digest.update(chunk)
    return digest.hexdigest()
