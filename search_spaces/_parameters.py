"""The parameters of an Optuna trial: a range or a choice, each under a stable name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import optuna


@dataclass(frozen=True)
class Range:
    """A number between `low` and `high` (both included), uniform or log-uniform."""

    name: str
    low: float
    high: float
    log: bool = True

    def suggest(self, trial: optuna.trial.BaseTrial) -> float:
        """Asks the trial for the number."""
        return trial.suggest_float(self.name, self.low, self.high, log=self.log)

    def holds(self, value: Any) -> bool:
        """Whether the value lies in the range."""
        return isinstance(value, int | float) and self.low <= value <= self.high


@dataclass(frozen=True)
class Choice:
    """One of several labels."""

    name: str
    options: Sequence[str]

    def suggest(self, trial: optuna.trial.BaseTrial) -> str:
        """Asks the trial for the label."""
        return str(trial.suggest_categorical(self.name, list(self.options)))

    def holds(self, value: Any) -> bool:
        """Whether the value is one of the labels."""
        return value in self.options


Parameter = Range | Choice
