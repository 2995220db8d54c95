"""Threads in which models may be built."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import keras


def one_thread(name: str) -> ThreadPoolExecutor:
    """One thread with the dtype policy of this one, which Keras keeps for each thread apart.

    Args:
        name: Name of the thread.
    """
    policy = keras.config.dtype_policy()
    return ThreadPoolExecutor(1, name, initializer=keras.config.set_dtype_policy, initargs=(policy,))
