"""Keeps TensorFlow from announcing how it vectorises and how often it traces: nobody can act on it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import tensorflow as tf


@contextmanager
def quiet_tensorflow() -> Iterator[None]:
    """Lets TensorFlow log errors only, inside the block."""
    logger = tf.get_logger()
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)
