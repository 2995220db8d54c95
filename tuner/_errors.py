"""What ends a study early, and what is told of other people's errors."""

from __future__ import annotations

import re

_HEADERS = ("Exception encountered when calling", "Graph execution error", "Detected at node", "stack trace", 'File "')


class StudyStopped(RuntimeError):  # noqa: N818  the study stopped; the error is the trials' own
    """Several trials in a row failed; everything finished is kept."""


def first_line(error: BaseException) -> str:
    """The kind of the error and its first line that says something: no headers of Keras or TensorFlow, no colours."""
    lines = [line.strip() for line in re.sub(r"\x1b\[[0-9;]*m", "", str(error)).splitlines() if line.strip()]
    telling = [line for line in lines if not any(header in line for header in _HEADERS)]
    return f"{type(error).__name__}: {(telling or lines or [''])[0][:300]}"
