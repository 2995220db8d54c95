"""What an engine is given and what it gives back."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

from search_spaces import Candidate, names
from tuner.inputs import Measure

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class RunningTrial:
    """A trial that has been started.

    Attributes:
        number: Optuna's.
        candidate: What to train.
        seed: Of initial weights, shuffling and dropout.
        baseline: Name, empty for a trial that the sampler chose.
    """

    number: int
    candidate: Candidate
    seed: int
    baseline: str = ""


@dataclass(frozen=True)
class Outcome:
    """How a trial ended.

    Attributes:
        state: `complete`, `pruned`, `diverged`, `failed` or `interrupted`.
        history: The objectives' values after each epoch, in the measures' order, own units and directions.
        seconds: Wall-clock time spent on the trial.
        engine: Name of the engine.
        reason: In words, for every state but `complete`.
        test_values: The objectives on `Training.test` of a complete trial, in the measures' order, own units and directions;
            None where there are no test data.
    """

    state: str
    history: Sequence[Sequence[float]] = field(default=())
    seconds: float = 0.0
    engine: str = ""
    reason: str = ""
    test_values: Sequence[float] | None = None

    @property
    def values(self) -> list[float] | None:
        """The values after the last epoch; None unless the trial is complete."""
        return [float(value) for value in self.history[-1]] if self.state == names.COMPLETE else None

    def tested(self, values: Sequence[float], measures: Sequence[Measure]) -> Outcome:
        """The outcome of a complete trial with its values on test data; one of them that is not finite is a divergence.

        Args:
            values: In the order of the measures.
            measures: The objectives.
        """
        for value, measure in zip(values, measures, strict=True):
            if not math.isfinite(value):
                reason = f"objective {measure.objective.name} is not finite on the test data"
                return replace(self, state=names.DIVERGED, reason=reason)
        return replace(self, test_values=[float(value) for value in values])

    def to_dict(self) -> dict[str, Any]:
        """Plain data, as stored with the trial; values that are not finite become None."""
        tested = {} if self.test_values is None else {"test_values": [_finite(value) for value in self.test_values]}
        return {
            "state": self.state,
            "reason": self.reason,
            "epochs": len(self.history),
            "seconds": round(self.seconds, 4),
            "engine": self.engine,
            "history": [[_finite(value) for value in values] for values in self.history],
            **tested,
        }


class Decisions(Protocol):
    """What all workers of a study do alike; the first one decides."""

    def get(self, what: str) -> Any:
        """What was decided; None where nothing was."""
        ...

    def keep(self, what: str, value: Any) -> Any:
        """Decides, unless another worker was faster; returns what holds."""
        ...


class Trials(Protocol):
    """Where an engine gets its trials and leaves what came of them."""

    def next(self) -> RunningTrial | None:
        """The next trial to train; None when there is nothing more to start."""
        ...

    def report(self, trial: RunningTrial, epoch: int, values: Sequence[float]) -> bool:
        """Tells the objectives' values after an epoch (counted from 1); False: stop this trial."""
        ...

    def finish(self, trial: RunningTrial, outcome: Outcome) -> None:
        """Stores the outcome; it is stored when this returns."""
        ...


class Engine(Protocol):
    """Trains candidates until there are no more."""

    def run(self, trials: Trials) -> None:
        """Pulls trials, trains them, and finishes each."""
        ...

    def fit(self, candidate: Candidate, seed: int) -> keras.Model:
        """The trained model of a candidate, compiled, as a trial of this seed trains it."""
        ...


def _finite(value: float) -> float | None:
    return float(value) if value - value == 0 else None
