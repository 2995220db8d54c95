"""What is given as data and is none, and what is given instead of arrays of numbers or texts."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pandas as pd
import tensorflow as tf

from search_spaces import Problems

_TRIED = 1000
_KINDS = {"c": "complex numbers", "M": "dates", "m": "durations", "V": "records of several fields"}


def in_words(given: Any) -> str:
    """What something is, as errors print it.

    Example:
        >>> in_words((1, 2)), in_words(3)
        ('a tuple of 2', '3')
    """
    if isinstance(given, type):
        return f"the class {given.__name__}"
    if isinstance(given, list | tuple):
        return f"a {type(given).__name__} of {len(given)}"
    return f"{given!r:.80}" if given is None or isinstance(given, str | bytes | int | float) else type(given).__name__


def why_no_array(given: Any) -> str:
    """Why something cannot be an array with one row for each sample; empty where it may be one."""
    if given is None:
        return "is missing, got None"
    if isinstance(given, tf.RaggedTensor):
        return "has rows of unequal lengths (RaggedTensor); pad them, for example with .to_tensor()"
    if isinstance(given, tf.SparseTensor) or type(given).__module__.startswith("scipy.sparse"):
        dense = "tf.sparse.to_dense(...)" if isinstance(given, tf.SparseTensor) else ".toarray()"
        return f"is sparse ({type(given).__name__}); make it dense, with {dense}"
    if isinstance(given, str | bytes) or not (hasattr(given, "__array__") or isinstance(given, list | tuple | int | float)):
        return f"must be an array, got {in_words(given)}"
    masked = isinstance(given, np.ma.MaskedArray) and bool(np.ma.getmaskarray(given).any())
    return "holds masked values, which Keras reads as if they were none; fill them, with .filled(...)" if masked else ""


def frame_values(frame: Any) -> Any:
    """The values of a pandas frame or series; missing numbers as NaN, whatever its types are."""
    columns = frame.dtypes if isinstance(frame, pd.DataFrame) else [frame.dtype]
    numbers = all(map(pd.api.types.is_numeric_dtype, columns))
    values = frame.to_numpy()
    return frame.to_numpy(dtype="float64", na_value=np.nan) if numbers and values.dtype.hasobject else values


def check_array(array: np.ndarray, given: Any, name: str, problems: Problems) -> None:
    """Notes a single value, and what neither Keras nor anything else computes with.

    Args:
        array: Made of what was given.
        given: Names the columns, where it is a frame.
        name: What the problems call it.
        problems: Where mistakes are noted.
    """
    if not array.ndim:
        problems.add(f"{name} must be an array with one row for each sample, got the single value {given!r:.80}")
    if array.dtype.kind in "MmV":
        problems.add(f"{name} holds {_KINDS[array.dtype.kind]}, got {array.dtype}; give numbers or texts")
    if array.dtype.hasobject and name.startswith("x"):
        _check_objects(array, given, name, problems)


def check_complex(model: keras.Model, x: Any, what: str, problems: Problems) -> None:
    """Complex numbers need a model with an input for them: Keras drops their imaginary part without a word.

    Args:
        model: Has inputs of certain types, where it is functional.
        x: Inputs in whatever structure.
        what: `the training data`, for the problems.
        problems: Where mistakes are noted.
    """
    arrays = any(np.iscomplexobj(array) for array in keras.tree.flatten(x))
    inputs = getattr(model, "inputs", None) or []
    if arrays and not any(str(tensor.dtype).startswith("complex") for tensor in inputs):
        problems.add(f"{what}: x holds complex numbers, and the model takes real ones; give real and imaginary parts apart")


def _check_objects(array: np.ndarray, given: Any, name: str, problems: Problems) -> None:
    if isinstance(given, pd.DataFrame):
        others = [f"{str(column)!r} ({kind})" for column, kind in given.dtypes.items() if not pd.api.types.is_numeric_dtype(kind)]
        if others:
            problems.add(
                f"{name} has columns without numbers: {', '.join(others[:5])}; give them as numbers, or pass a dictionary with "
                "one array for each input"
            )
            return
    odd = next((value for value in array.ravel()[:_TRIED] if not isinstance(value, str)), None)
    if (array.size and not isinstance(array.flat[0], str)) or odd is not None:
        problems.add(f"{name} holds objects, for example {odd!r:.40}; convert it, for example with .astype('float32')")
