"""What ends a study early, and how other people's errors are quoted."""

from __future__ import annotations

import re

_HEADERS = ("Exception encountered when calling", "Graph execution error", "Detected at node", "stack trace", 'File "')


class StudyStopped(RuntimeError):  # noqa: N818  the study stopped; the error is the trials' own
    """Several trials in a row failed; everything finished is kept.

    Example:
        >>> from itertools import count
        >>> from tuner import LossWeightTuner, StudyStopped
        >>> calls = count(1)
        >>> def build_three_models():
        ...     if next(calls) > 3:
        ...         raise FileNotFoundError("vocabulary.txt")
        ...     return build()
        >>> tuner = LossWeightTuner(build_three_models, directory=folder, project_name="stopped", engine="fit")
        >>> try:
        ...     tuner.search(x, y, validation_data=validation_data, epochs=1, verbose=0)
        ... except StudyStopped as stopped:
        ...     print(stopped)
        3 trials in a row failed, so the study stops; what was finished is kept. The last reason:
        Traceback ...
        FileNotFoundError: vocabulary.txt
    """


def first_line(error: BaseException) -> str:
    """The error's class and its first line that is no header of Keras or TensorFlow, without colours."""
    lines = [line.strip() for line in re.sub(r"\x1b\[[0-9;]*m", "", str(error)).splitlines() if line.strip()]
    telling = [line for line in lines if not any(header in line for header in _HEADERS)]
    return f"{type(error).__name__}: {(telling or lines or [''])[0][:300]}"
