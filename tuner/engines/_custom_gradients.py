"""Frees the closures of custom gradients, which TensorFlow holds as long as the process lives."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tuner._keras_internals import custom_gradients


class _Registry:
    """The names of custom gradients that were registered before the first of the blocks that are open now."""

    def __init__(self) -> None:
        self._lock, self._blocks, self._before = threading.Lock(), 0, frozenset[str]()

    def enter(self) -> None:
        with self._lock:
            if not self._blocks:
                self._before = frozenset(self._names())
            self._blocks += 1

    def leave(self) -> None:
        with self._lock:
            self._blocks -= 1
            if not self._blocks:
                for name in self._names() - self._before:
                    del custom_gradients()[name]

    def _names(self) -> set[str]:
        names = list(custom_gradients())  # at once: another thread may be tracing
        return {name for name in names if name.startswith("CustomGradient")}


_registry = _Registry()


@contextmanager
def forgetting_custom_gradients() -> Iterator[None]:
    """Drops the custom gradients of graphs that are traced inside the block; nothing traced in it may be differentiated later.

    Each time `tf.custom_gradient` is traced (a cross-entropy is enough) TensorFlow adds a closure to a registry that lives as
    long as the process, and the closure holds the whole graph: 5 MB with every model, whatever is cleared or collected.
    The registry has no public way to remove an entry; where TensorFlow changes it, memory grows again, and the
    memory test says so. Blocks of several threads end together, since what one thread still traces must stay.
    """
    _registry.enter()
    try:
        yield
    finally:
        _registry.leave()
