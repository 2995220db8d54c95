"""What the calibration of a program starts from: the memory, and what earlier runs measured."""

from __future__ import annotations

from typing import Any

import keras

from search_spaces import OptimizerSpec
from tuner._memory import available_bytes
from tuner.engines._protocol import Decisions
from tuner.engines.fused._calibration import Calibration
from tuner.engines.fused._memory import lane_bytes
from tuner.engines.fused._option import fixed_option
from tuner.engines.fused._stateless_optimizer import StatelessOptimizer
from tuner.inputs import Training, has_random_layers

_MEMORY_SHARE = 0.5
_XLA_WITH_RANDOM_LAYERS = "xla_with_random_layers"


class XlaDecision:
    """XLA or not for layers that draw random numbers: XLA draws other numbers, so that a whole study must do it one way.

    Args:
        decisions: The shared decisions of the study.
    """

    def __init__(self, decisions: Decisions) -> None:
        self._decisions = decisions

    @property
    def value(self) -> bool | None:
        """Whether to use XLA; None as long as the study has not decided."""
        decided = self._decisions.get(_XLA_WITH_RANDOM_LAYERS)
        return None if decided is None else bool(decided)

    def decide(self, xla: bool) -> bool:
        """Decides, unless another worker was faster; returns what was decided."""
        return bool(self._decisions.keep(_XLA_WITH_RANDOM_LAYERS, xla))


def starting_calibration(
    training: Training, model: keras.Model, optimizer: OptimizerSpec, decision: XlaDecision, remembered: Any
) -> Calibration:
    """The calibration of a program before anything is measured in this run.

    Args:
        training: What all trials share.
        model: The model of the program.
        optimizer: The optimizer with its constant settings.
        decision: Whether layers that draw random numbers use XLA.
        remembered: `Calibration.to_dict` of an earlier run; None where there was none.
    """
    fixed = fixed_option()
    if fixed is not None:
        decision.decide(fixed.xla)
        return Calibration(fixed.lanes, fixed.xla, usual_lanes=fixed.lanes, closed=True)
    calibration = Calibration(_most_lanes(training, model, optimizer))
    if has_random_layers(model):
        decided = decision.value
        calibration.xla, calibration.xla_undecided = bool(decided), decided is None
    if remembered is not None and not calibration.xla_undecided:
        calibration.recall(remembered)
    return calibration


def _most_lanes(training: Training, model: keras.Model, optimizer: OptimizerSpec) -> int:
    slots = sum(array.size for array in StatelessOptimizer(optimizer, model.trainable_variables).initial)
    assert training.batch_size is not None
    return max(1, int(_MEMORY_SHARE * available_bytes() / lane_bytes(model, training.batch_size, slots)))
