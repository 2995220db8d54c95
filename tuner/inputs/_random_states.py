"""The random states that belong to the person who runs the study: they are as they were once a study's work is done."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

import keras
import numpy as np


@contextmanager
def variables_put_back(model: keras.Model) -> Iterator[None]:
    """Puts back what a call changes in a model when the block ends: a layer may draw random numbers in inference too.

    Example:
        >>> model = build()
        >>> with variables_put_back(model):
        ...     predictions = model(x)
    """
    before = [(variable, variable.numpy()) for variable in model.non_trainable_variables]
    try:
        yield
    finally:
        for variable, value in before:
            variable.assign(value)


@contextmanager
def random_states_put_back() -> Iterator[None]:
    """Puts back the states of Python's and NumPy's global random numbers when the block ends.

    A build function is called with all of them seeded, so that its model depends on the trial's seed alone.

    Example:
        >>> random.seed(7)
        >>> with random_states_put_back():
        ...     random.seed(0)
        >>> random.random() == random.Random(7).random()
        True
    """
    python, numpy = random.getstate(), np.random.get_state()
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)
