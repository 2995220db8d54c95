"""What a measurement was made on, and how fast it multiplies matrices."""

from __future__ import annotations

import os
import platform
import time
from pathlib import Path
from typing import Any

import psutil
import tensorflow as tf

from tuner.study import versions


def describe(matrix: int = 4096, seconds: float = 3.0) -> dict[str, Any]:
    """Processor, cores, memory, versions, and the rate of large float32 matrix products.

    Args:
        matrix: Rows and columns of the matrices multiplied.
        seconds: How long to measure.
    """
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)),
        "gpus": [device.name for device in tf.config.list_physical_devices("GPU")],
        "memory_gb": round(psutil.virtual_memory().total / 2**30, 1),
        "system": platform.platform(),
        "python": platform.python_version(),
        "versions": versions(),
        "matmul_gflops": matmul_gflops(matrix, seconds),
    }


def matmul_gflops(matrix: int, seconds: float) -> float:
    """The best of as many products as the seconds allow, at least three, in 1e9 operations per second."""
    a, b = tf.random.normal((matrix, matrix)), tf.random.normal((matrix, matrix))
    taken: list[float] = []
    end = time.perf_counter() + seconds
    while len(taken) < 3 or time.perf_counter() < end:
        began = time.perf_counter()
        float(tf.matmul(a, b)[0, 0])  # asks for a number, so that the product is really there
        taken.append(time.perf_counter() - began)
    return 2 * matrix**3 / min(taken) / 1e9


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.processor())
