"""How much memory there is, how much lanes take, and what TensorFlow would never give back."""

from __future__ import annotations

import math
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import keras
from tensorflow.python.framework import ops

_CGROUP = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


class _Registry:
    """TensorFlow's custom gradients, and what of them was there before the first of the blocks that are open now."""

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
                    del ops.gradient_registry._registry[name]

    def _names(self) -> set[str]:
        known = list(getattr(ops.gradient_registry, "_registry", {}))  # at once: another thread may be tracing
        return {name for name in known if name.startswith("CustomGradient")}


_registry = _Registry()


@contextmanager
def forgetting_custom_gradients() -> Iterator[None]:
    """Drops what TensorFlow registered for graphs traced inside the block; nothing traced in it may be used afterwards.

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


def available_bytes() -> int:
    """Memory that is free for this process: what the machine has left, within the limit of its container."""
    try:
        fields = dict(line.split(":") for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines())
        free = int(fields["MemAvailable"].split()[0]) * 1024
    except (OSError, KeyError, ValueError):  # not Linux: half of all there is
        free = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    return min([free, *_container_limits()])


def lane_bytes(model: keras.Model, batch_size: int, optimizer_values: int) -> int:
    """What one lane takes, roughly: weights, their gradients, the optimizer's values, and a batch's activations twice.

    Args:
        model: Built.
        batch_size: Rows per step.
        optimizer_values: Number of numbers that the optimizer keeps.
    """
    weights: int = sum(math.prod(variable.shape) for variable in model.variables)
    return 4 * (2 * weights + optimizer_values + 2 * batch_size * activations(model))


def activations(model: keras.Model) -> int:
    """Number of numbers that the layers of a model give for one row."""
    total: int = 0
    for layer in model._flatten_layers(include_self=False):
        total += sum(math.prod(size or 1 for size in tensor.shape[1:]) for tensor in _outputs(layer))
    return total


def _outputs(layer: keras.layers.Layer) -> list[keras.KerasTensor]:
    try:
        return list(keras.tree.flatten(layer.output))
    except (AttributeError, ValueError):  # used several times, or not at all: its size is not known
        return []


def _container_limits() -> Iterator[int]:
    for name in _CGROUP:
        try:
            yield int(Path(name).read_text(encoding="ascii"))
        except (OSError, ValueError):  # no such file, or `max`
            continue
