"""Keeps TensorFlow and Keras from announcing what nobody can act on, or what a search says once itself."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import tensorflow as tf

_NO_GRADIENTS = "Gradients do not exist for variables"
_LOGITS_TAKEN = r".*received `from_logits=True`, but the `output` argument was produced by"


@contextmanager
def quiet_tensorflow(least: int = logging.ERROR) -> Iterator[None]:
    """Lets TensorFlow log errors only, and Keras not warn at each trace of logits behind an activation, inside the block.

    Args:
        least: Level of what is logged. What does not vectorise is logged as an error of several pages, and raised too.
    """
    logger = tf.get_logger()
    level = logger.level
    logger.setLevel(least)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", _LOGITS_TAKEN, UserWarning)
            yield
    finally:
        logger.setLevel(level)


@contextmanager
def quiet_where_untrained(trained: Iterable[str], outputs: Iterable[str]) -> Iterator[None]:
    """Lets Keras not warn of variables without a gradient inside the block, where outputs without a loss explain them.

    Args:
        trained: The outputs that have a loss.
        outputs: All outputs.
    """
    with warnings.catch_warnings():
        if set(outputs) - set(trained):
            warnings.filterwarnings("ignore", _NO_GRADIENTS, UserWarning)
        yield
