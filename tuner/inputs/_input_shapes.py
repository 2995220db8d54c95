"""Whether inputs have the names and shapes that a model takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import keras

from tuner.inputs._embedding_indices import input_names
from tuner.inputs._shapes import shape_in_words


def input_mistakes(model: keras.Model, x: Any) -> Iterator[str]:
    """What is wrong with inputs, each as the end of a sentence that begins with the data; nothing for a model that does not tell.

    Args:
        model: A functional model, or one that was called.
        x: Arrays in any structure.
    """
    if not getattr(model, "inputs", None):
        return
    names = input_names(model)
    missing = [name for name in names if isinstance(x, Mapping) and name not in x]
    for name in missing:
        yield f" have no input {name!r}; they have {sorted(x)}"
    arrays = [x[name] for name in names if name in x] if isinstance(x, Mapping) else keras.tree.flatten(x)
    if missing or len(arrays) != len(names):
        return
    for name, tensor, array in zip(names, model.inputs, arrays, strict=True):
        if not _fits(array.shape[1:], tensor.shape[1:]):
            expected = ", ".join(["rows", *("any" if size is None else str(size) for size in tensor.shape[1:])])
            yield f": input {name!r} must have the shape ({expected}), got {shape_in_words(array)}"


def _fits(got: tuple[int, ...], expected: tuple[int | None, ...]) -> bool:
    """Whether Keras takes this shape, which it gives or takes a last axis of size 1."""
    if len(got) == len(expected) + 1 and got[-1] == 1:
        got = got[:-1]
    if len(got) == len(expected) - 1 and expected[-1] == 1:
        got = (*got, 1)
    return len(got) == len(expected) and all(size in (None, own) for size, own in zip(expected, got, strict=True))
