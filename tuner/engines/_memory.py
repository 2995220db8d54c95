"""Keeps memory flat over many traced models."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tensorflow.python.framework import ops


@contextmanager
def forgetting_custom_gradients() -> Iterator[None]:
    """Drops what TensorFlow registered for graphs traced inside the block; nothing traced in it may be used afterwards.

    Each time `tf.custom_gradient` is traced (a cross-entropy is enough) TensorFlow adds a closure to a registry that lives as
    long as the process, and the closure holds the whole graph: 5 MB with every model, whatever is cleared or collected.
    The registry has no public way to remove an entry; where TensorFlow changes it, memory grows again, and the
    memory test says so.
    """
    registry = getattr(ops.gradient_registry, "_registry", {})
    before = set(registry)
    try:
        yield
    finally:
        for name in [name for name in registry if name not in before and name.startswith("CustomGradient")]:
            del registry[name]
