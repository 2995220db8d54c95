"""The random states that belong to the person who runs the study: they are as they were once a study's work is done."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np


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
