"""What tells one program from another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from search_spaces import Candidate, LossSpec
from tuner.engines.fused._stateless_optimizer import split_settings

Hyperparameters = tuple[tuple[str, Any], ...]


@dataclass(frozen=True)
class ProgramKey:
    """Everything of a candidate that is part of a program; everything else is given to the program as tensors.

    Attributes:
        hyperparameters: Name and value of each hyperparameter of the build function.
        optimizer: Label of the optimizer with its constant settings.
        losses: The losses that may be chosen, by output.
        policy: Name of the weighting policy; empty for fixed weights.
        rows: Numbers of rows to train on and to measure on, of a fold; empty without cross-validation.
    """

    hyperparameters: Hyperparameters
    optimizer: str
    losses: tuple[tuple[str, tuple[str, ...]], ...]
    policy: str = ""
    rows: tuple[int, ...] = ()

    @classmethod
    def of(
        cls,
        candidate: Candidate,
        losses: Mapping[str, Sequence[LossSpec]],
        runtime_names: Mapping[str, Sequence[str]],
        rows: tuple[int, ...] = (),
    ) -> ProgramKey:
        """The key of the program that trains a candidate.

        Args:
            candidate: What to train.
            losses: The losses that may be chosen, by output.
            runtime_names: Names of the runtime settings, by optimizer class.
            rows: Numbers of rows to train on and to measure on, of a fold.
        """
        optimizer = candidate.optimizer
        constant = optimizer if optimizer.custom else split_settings(optimizer, runtime_names)[0]
        return cls(
            tuple(sorted(candidate.hyperparameters.items())),
            constant.label,
            tuple((output, tuple(loss.label for loss in options)) for output, options in losses.items()),
            candidate.policy,
            rows,
        )

    def __str__(self) -> str:
        parts = [
            self.optimizer,
            *([f"policy={self.policy}"] if self.policy else []),
            *(f"{name}={value}" for name, value in self.hyperparameters),
            *([f"rows={'+'.join(map(str, self.rows))}"] if self.rows else []),
        ]
        return "; ".join([*parts, *(f"{output}: {', '.join(labels)}" for output, labels in self.losses)])
