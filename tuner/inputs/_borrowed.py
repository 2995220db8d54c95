"""A person's own model, lent to a study: trained in place, one trial at a time, and given back as it was."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np

from tuner.inputs._layers import all_layers


@contextmanager
def borrowed(model: keras.Model) -> Iterator[None]:
    """Puts everything back when the block ends, however it ends: values of variables, compilation and attributes.

    What cannot be seen from Python, such as the state of a `tf.random.Generator`, is not put back.

    Args:
        model: Built; the block may compile it, train it and set its attributes.
    """
    values = [(variable, variable.numpy()) for variable in model.variables]
    attributes = [(thing, _copied(vars(thing))) for thing in (model, *all_layers(model))]
    try:
        yield
    finally:
        for thing, before in attributes:
            _put_back(vars(thing), before)
        assign(values)


def assign(values: list[tuple[keras.Variable, np.ndarray]]) -> None:
    """Gives each variable its value."""
    for variable, value in values:
        variable.assign(value)


def _copied(attributes: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Each attribute, and what it holds if it is a container: lists of layers, metrics and losses are changed in place."""
    return {name: (value, _content(value)) for name, value in attributes.items()}


def _content(value: Any) -> Any:
    """A plain copy of a list, dictionary or set, tracked by Keras or not; None of everything else."""
    kind = next((kind for kind in (list, dict, set) if isinstance(value, kind)), None)
    return None if kind is None or hasattr(value, "__wrapped__") else kind(value)


def _put_back(attributes: dict[str, Any], before: dict[str, tuple[Any, Any]]) -> None:
    for name in set(attributes) - set(before):
        del attributes[name]
    for name, (value, content) in before.items():
        attributes[name] = value
        if content is not None:
            _refill(value, content)


def _refill(container: Any, content: Any) -> None:
    """By the methods of Python's own containers: Keras's tracked ones refuse changes once a layer is built."""
    if isinstance(content, list):
        list.__setitem__(container, slice(None), content)
    elif isinstance(content, dict):
        dict.clear(container)
        dict.update(container, content)
    else:
        set.clear(container)
        set.update(container, content)
