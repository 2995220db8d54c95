"""All contenders by name, in the order of the tables."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.ours import OURS
from benchmarks.rivals import RIVALS

CONTENDERS: dict[str, Callable[..., list[list[float]]]] = {**OURS, **RIVALS}
BASE = "optuna"  # what ratios are taken against
