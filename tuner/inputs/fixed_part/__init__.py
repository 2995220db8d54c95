"""The part of a model that is the same in all trials: found, computed once, and the rest trained on it."""

from tuner.inputs.fixed_part._computed import with_fixed_part_computed
from tuner.inputs.fixed_part._trained_part import OtherFixedPart, TrainedPart

__all__ = ["OtherFixedPart", "TrainedPart", "with_fixed_part_computed"]
