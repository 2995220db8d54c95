"""Everything that one trial chose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from search_spaces._losses import LossSpec
from search_spaces._optimizers import OptimizerSpec


@dataclass(frozen=True)
class Candidate:
    """One complete configuration: the arguments of `compile`, and the hyperparameters of the build function.

    Attributes:
        learning_rate: Learning rate of the optimizer; the initial one where it has a schedule.
        optimizer: Class and settings of the optimizer.
        losses: Loss of each output, by output name.
        weights: Raw loss weight of each output, by output name; 0 leaves the output untrained.
        hyperparameters: Values that the build function asked for, by name.
        policy: Name of the weighting policy that sets the weights at every step, in place of `weights`; empty for fixed weights.

    Example:
        >>> from search_spaces import compiled_candidate
        >>> candidate = compiled_candidate(build())
        >>> candidate.weights, {output: round(share, 3) for output, share in candidate.shares.items()}
        ({'urgent': 1.0, 'kind': 0.2}, {'urgent': 0.833, 'kind': 0.167})
    """

    learning_rate: float
    optimizer: OptimizerSpec
    losses: Mapping[str, LossSpec]
    weights: Mapping[str, float]
    hyperparameters: Mapping[str, Any] = field(default_factory=dict)
    policy: str = ""

    @property
    def shares(self) -> dict[str, float]:
        """Each weight divided by the sum of all."""
        total = sum(self.weights.values())
        return {output: weight / total if total else 0.0 for output, weight in self.weights.items()}

    @property
    def custom_places(self) -> list[str]:
        """Places, or names where there are no places, of what is not Keras's own, sorted."""
        specs = [self.optimizer, *self.losses.values()]
        schedule = self.optimizer.inner.config.get("learning_rate") or {}
        own = [str(schedule["class_name"])] if schedule.get("custom") else []
        return sorted({*own, *(spec.place or spec.class_name for spec in specs if spec.custom)})

    def with_weights(self, weights: Mapping[str, float]) -> Self:
        """A copy with other weights."""
        return replace(self, weights=dict(weights))

    def with_hyperparameters(self, values: Mapping[str, Any]) -> Self:
        """A copy with these hyperparameters."""
        return replace(self, hyperparameters=dict(values))

    def compile_arguments(self) -> dict[str, Any]:
        """New arguments for `Model.compile`: optimizer, loss and loss_weights."""
        return {
            "optimizer": self.optimizer.build(self.learning_rate),
            "loss": {output: loss.build() for output, loss in self.losses.items()},
            "loss_weights": {output: float(weight) for output, weight in self.weights.items()},
        }

    def to_dict(self) -> dict[str, Any]:
        """Plain data, as stored with the trial."""
        return {
            "learning_rate": self.learning_rate,
            "optimizer": self.optimizer.to_dict(),
            "losses": {output: loss.to_dict() for output, loss in self.losses.items()},
            "weights": dict(self.weights),
            "hyperparameters": dict(self.hyperparameters),
            **({"policy": self.policy} if self.policy else {}),
        }

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Self:
        """Reads what `to_dict` wrote; custom losses and optimizers are looked up in `custom_objects`."""
        return cls(
            learning_rate=float(plain["learning_rate"]),
            optimizer=OptimizerSpec.from_dict(plain["optimizer"], custom_objects),
            losses={output: LossSpec.from_dict(loss, custom_objects) for output, loss in plain["losses"].items()},
            weights={output: float(weight) for output, weight in plain["weights"].items()},
            hyperparameters=dict(plain.get("hyperparameters", {})),
            policy=str(plain.get("policy", "")),
        )
