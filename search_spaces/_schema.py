"""The form in which a study keeps what it knows of itself; it changes only where an older program could not read it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from search_spaces._problems import InputError

SCHEMA = 1


def check_schema(meta: Mapping[str, Any]) -> None:
    """Refuses a study that a later release wrote in a form that this one does not know.

    Args:
        meta: What the study keeps of itself.

    Raises:
        InputError: The schema is newer than `SCHEMA`, or none.
    """
    schema = meta.get("schema")
    if isinstance(schema, int) and 1 <= schema <= SCHEMA:
        return
    writer = meta.get("versions", {}).get("loss-weight-tuner", "of an unknown version")
    raise InputError(
        f"the study {meta.get('name')!r} has schema {schema!r} (written by loss-weight-tuner {writer}), this program reads up to "
        f"{SCHEMA}; upgrade loss-weight-tuner"
    )
