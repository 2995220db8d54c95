"""The version of a study's meta data. It changes only where an older release could not read the new form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from search_spaces._problems import InputError

SCHEMA = 1


def check_schema(meta: Mapping[str, Any]) -> None:
    """Refuses a study that a later release wrote and that this one cannot read.

    Args:
        meta: The study's meta data.

    Raises:
        InputError: The schema is missing, or newer than `SCHEMA`.

    Example:
        >>> check_schema({"name": "tickets", "schema": SCHEMA})
        >>> check_schema({"name": "tickets", "schema": 99})
        Traceback (most recent call last):
        search_spaces._problems.InputError: the study 'tickets' has schema 99 ...
    """
    schema = meta.get("schema")
    if isinstance(schema, int) and 1 <= schema <= SCHEMA:
        return
    writer = meta.get("versions", {}).get("loss-weight-tuner", "of an unknown version")
    raise InputError(
        f"the study {meta.get('name')!r} has schema {schema!r} (written by loss-weight-tuner {writer}), this program reads up to "
        f"{SCHEMA}; upgrade loss-weight-tuner"
    )
