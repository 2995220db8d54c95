"""The contract between a study and its engines: trials go in, outcomes come out."""

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
        number: Optuna's number of the trial.
        candidate: What to train.
        seed: Seed of initial weights, shuffling and dropout.
        baseline: Name of the baseline; empty for a trial that the sampler chose.
        fold: The fold that is trained on, from 0 up; None without cross-validation.

    >>> RunningTrial(4, candidate, seed=7).candidate.learning_rate
    0.01
    """

    number: int
    candidate: Candidate
    seed: int
    baseline: str = ""
    fold: int | None = None


@dataclass(frozen=True)
class Outcome:
    """How a trial ended.

    Attributes:
        state: `complete`, `pruned`, `diverged`, `failed` or `interrupted`.
        history: The objectives' values after each epoch, in the measures' order, own units and directions.
        seconds: Wall-clock time spent on the trial.
        engine: Name of the engine.
        reason: Why the trial ended, in words; empty for `complete`.
        kept: The objectives of the weights that callbacks left, where those are not the last epoch's; else None.
        test_values: The objectives on `Training.test` of a complete trial, in the measures' order, own units and directions;
            None where there are no test data.
        folds: The values of each fold of a complete trial of a cross-validation; None without one.

    >>> outcome = Outcome("complete", [[0.71, 0.5], [0.83, 0.6]], seconds=1.2, engine="fit")
    >>> outcome.values
    [0.83, 0.6]
    >>> Outcome("diverged", reason="epoch 1: the loss is not finite").values is None
    True
    """

    state: str
    history: Sequence[Sequence[float]] = field(default=())
    seconds: float = 0.0
    engine: str = ""
    reason: str = ""
    test_values: Sequence[float] | None = None
    kept: Sequence[float] | None = None
    folds: Sequence[Sequence[float]] | None = None

    @property
    def values(self) -> list[float] | None:
        """The values of the trained weights: after the last epoch, unless other weights were kept. None unless complete."""
        if self.state != names.COMPLETE:
            return None
        return [float(value) for value in (self.history[-1] if self.kept is None else self.kept)]

    def tested(self, values: Sequence[float], measures: Sequence[Measure]) -> Outcome:
        """The outcome of a complete trial, with its values on test data; the trial has diverged where one is not finite.

        Args:
            values: The values on test data, in the order of the measures.
            measures: The objectives.
        """
        for value, measure in zip(values, measures, strict=True):
            if not math.isfinite(value):
                reason = f"objective {measure.objective.name} is not finite on the test data"
                return replace(self, state=names.DIVERGED, reason=reason)
        return replace(self, test_values=[float(value) for value in values])

    def to_dict(self) -> dict[str, Any]:
        """Plain data, as stored with the trial; values that are not finite become None."""
        kept = {} if self.kept is None else {"kept": [_finite(value) for value in self.kept]}
        tested = {} if self.test_values is None else {"test_values": [_finite(value) for value in self.test_values]}
        folds = {} if self.folds is None else {"folds": [[_finite(value) for value in values] for values in self.folds]}
        return {
            "state": self.state,
            "reason": self.reason,
            "epochs": len(self.history),
            "seconds": round(self.seconds, 4),
            "engine": self.engine,
            "history": [[_finite(value) for value in values] for values in self.history],
            **kept,
            **tested,
            **folds,
        }


class Decisions(Protocol):
    """What all workers of a study do alike, decided by the first."""

    def get(self, what: str) -> Any:
        """The decision of this name; None as long as nothing is decided."""
        ...

    def keep(self, what: str, value: Any) -> Any:
        """Decides, unless another worker was faster; returns the decision that holds."""
        ...


class Trials(Protocol):
    """Gives an engine its trials and takes their outcomes.

    >>> class OneTrial:
    ...     waiting, outcomes = [RunningTrial(0, candidate, seed=7)], []
    ...     def next(self):
    ...         return self.waiting.pop() if self.waiting else None
    ...     def report(self, trial, epoch, values):
    ...         return True  # train on
    ...     def finish(self, trial, outcome):
    ...         self.outcomes.append(outcome)
    >>> OneTrial().next().number
    0
    """

    def next(self) -> RunningTrial | None:
        """The next trial to train; None when there is nothing more to start."""
        ...

    def report(self, trial: RunningTrial, epoch: int, values: Sequence[float]) -> bool:
        """Takes the objectives' values after an epoch, counted from 1; False: stop this trial."""
        ...

    def finish(self, trial: RunningTrial, outcome: Outcome) -> None:
        """Stores the outcome; it is stored when this returns."""
        ...


class Engine(Protocol):
    """Trains candidates until there are no more.

    >>> class LearnsNothing:
    ...     def run(self, trials):
    ...         while (trial := trials.next()) is not None:
    ...             trials.finish(trial, Outcome("failed", reason="nothing was trained"))
    ...     def fit(self, candidate, seed):
    ...         return build()
    >>> LearnsNothing().fit(candidate, seed=7).count_params()
    48
    """

    def run(self, trials: Trials) -> None:
        """Pulls trials, trains them, and finishes each."""
        ...

    def fit(self, candidate: Candidate, seed: int) -> keras.Model:
        """Trains a candidate as a trial of this seed is trained; returns the compiled model."""
        ...


def _finite(value: float) -> float | None:
    return float(value) if value - value == 0 else None
