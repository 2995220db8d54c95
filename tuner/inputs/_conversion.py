"""From what NumPy, pandas and TensorFlow hold to arrays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from search_spaces import Problems
from tuner.inputs._unreadable import check_array, frame_values, why_no_array


def to_arrays(x: Any, problems: Problems, name: str = "x") -> Any:
    """Arrays in the structure of `x`; lists of numbers, however nested, are one array.

    Args:
        x: An array or something like it, or a dictionary or list of those.
        problems: Where it is noted what cannot be made an array.
        name: What the problems call it.
    """
    if isinstance(x, Mapping):
        return {key: to_arrays(value, problems, f"{name}[{key!r}]") for key, value in x.items()}
    if isinstance(x, list | tuple) and any(hasattr(_first_leaf(part), "shape") for part in x):
        return [to_arrays(value, problems, f"{name}[{at}]") for at, value in enumerate(x)]
    return to_array(x, name, problems)


def to_array(given: Any, name: str, problems: Problems) -> np.ndarray:
    """One array; an empty one where it cannot be made, which is noted under this name."""
    if reason := why_no_array(given):
        problems.add(f"{name} {reason}")
        return np.zeros(0)
    try:
        array = _with_str(np.asarray(frame_values(given) if hasattr(given, "to_numpy") else given))
    except (TypeError, ValueError) as error:
        problems.add(f"{name} cannot be made an array of equal rows ({str(error).splitlines()[0]})")
        return np.zeros(0)
    check_array(array, given, name, problems)
    return array


def _first_leaf(x: Any) -> Any:
    while isinstance(x, list | tuple | Mapping) and x:
        x = next(iter(x.values())) if isinstance(x, Mapping) else x[0]
    return x


def _with_str(array: np.ndarray) -> np.ndarray:
    """Texts in whatever form as objects of `str`, which Keras takes; numbers as they are."""
    if array.dtype.kind not in "US" and not (array.dtype.hasobject and array.size and isinstance(array.flat[0], bytes)):
        return array
    texts = np.empty(array.size, object)
    texts[:] = [text.decode(errors="replace") if isinstance(text, bytes) else str(text) for text in array.ravel().tolist()]
    return texts.reshape(array.shape)
