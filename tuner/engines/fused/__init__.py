"""The fused engine: trials as lanes of one traced program."""

from tuner.engines.fused._fused import FusedEngine
from tuner.engines.fused._supported import space_refusals, training_refusals

__all__ = [
    "FusedEngine",
    "space_refusals",
    "training_refusals",
]
