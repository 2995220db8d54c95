"""Whether a program trains as compile and fit do: the same first steps, on the person's own model and rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from search_spaces import Candidate, LossSpec, names
from tuner._errors import first_line
from tuner.engines._custom_gradients import forgetting_custom_gradients
from tuner.engines._protocol import RunningTrial
from tuner.engines.fused._first_steps import FirstSteps, Run, distance, first_steps, full_batches, step_count
from tuner.engines.fused._lane_program import LaneProgram, Recipe
from tuner.engines.fused._lanes import Lane, new_lane
from tuner.engines.fused._option import Option
from tuner.engines.fused._stateless_optimizer import StatelessOptimizer, split_settings
from tuner.engines.fused._training_step import LaneState
from tuner.engines.fused._unusable import Differs
from tuner.inputs import TrainedPart, Training, has_random_layers, quiet_tensorflow

_SPREADS = 16.0
_UNITS = 8.0
_IN_FLOAT64 = 1e-9
_LARGEST_RATE = 1.0


@dataclass(frozen=True)
class Difference:
    """How far a variable ended from where compile and fit ended.

    Attributes:
        path: Path of the variable.
        size: The largest difference of its values; infinite where one is finite and the other is not.
        tolerance: What rounding explains.
    """

    path: str
    size: float
    tolerance: float

    @property
    def too_large(self) -> bool:
        """Whether rounding does not explain it."""
        return self.size > self.tolerance


class Agreement:
    """Holds each program of a group against a few steps of the person's own compile and fit.

    A few candidates are trained, so that every loss of every output occurs. A program trains them in its lanes, from the same
    initial values on the same rows, and must end at the same values.

    Both round, in other places. How far rounding carries depends on the model, so it is measured: compile and fit train again
    from initial values and inputs that differ in the last place. A program may end 16 times as far away as they do, since two
    runs show only a part of the spread, plus eight units in the last place for each step. A value next to a kink, as of a ReLU,
    may still fall on the other side: so a program that differs gets a second start, and fails where it differs from both.
    In float64 the limit is 1e-9.

    Where layers draw random numbers, XLA draws others: the same program without XLA, in one lane, is held against fit instead.

    Args:
        recipe: What all programs of the group share.
        trial: The first trial of the group.
        runtime_names: Names of the runtime settings, by optimizer class.
        note: Takes the outcome of each check: whether the program agrees, the sentence that says so, and the largest difference.
    """

    def __init__(
        self,
        recipe: Recipe,
        trial: RunningTrial,
        runtime_names: Mapping[str, Sequence[str]],
        note: Callable[[bool, str, float], None],
    ) -> None:
        self._recipe, self._trial, self._runtime_names, self._note = recipe, trial, runtime_names, note
        self._draws, self._agreed_without_xla = has_random_layers(recipe.model), False
        self._by_fit: list[FirstSteps] = []

    def train_by_fit(self) -> None:
        """Trains the first steps by compile and fit, unless that was done.

        Raises:
            Differs: Compile and fit cannot do it, or end elsewhere when they are repeated.
        """
        if self._by_fit:
            return
        training, trial = self._recipe.training.whole or self._recipe.training, self._trial
        as_compiled = trial.baseline == names.CURRENT and not training.architecture.given
        candidates = _candidates(trial.candidate, self._recipe.losses, as_compiled)
        try:
            first, *others = candidates
            self._by_fit = [
                first_steps(training, first, trial.seed, as_compiled),
                *(first_steps(training, other, trial.seed, as_compiled=False, thorough=False) for other in others),
            ]
            self._by_fit = [_of_trained_part(steps, self._recipe.training) for steps in self._by_fit]
        except Differs as error:
            self._note(False, str(error), 0.0)
            raise
        except Exception as error:
            raise Differs(f"compile and fit cannot train the first steps ({first_line(error)})") from error

    def check(self, program: LaneProgram) -> None:
        """Trains the first steps by a program.

        Raises:
            Differs: It does not end where compile and fit end.
        """
        self.train_by_fit()
        if self._draws and program.option.xla:
            if self._agreed_without_xla:
                return
            program = LaneProgram(self._recipe, Option(1, False))
        differences = self._differences(program, lambda steps: steps.exact)
        if any(one.too_large for one in differences):
            again = self._differences(program, lambda steps: steps.moved)
            differences = differences if any(one.too_large for one in again) else again
        self._conclude(differences)
        self._agreed_without_xla |= not program.option.xla

    def _conclude(self, differences: Sequence[Difference]) -> None:
        steps = step_count(self._recipe.training)
        worst = max(differences, key=lambda one: one.size / max(one.tolerance, 1e-300))
        if worst.too_large:
            sentence = (
                f"after {steps} steps the traced program differs from compile and fit: {worst.path!r} by {worst.size:.1g}, "
                f"where rounding explains {worst.tolerance:.1g}"
            )
            self._note(False, sentence, worst.size)
            raise Differs(sentence)
        largest = max(one.size for one in differences)
        sentence = f"trained as compile + fit: largest difference {largest:.1g} after {steps} steps, on this model"
        self._note(True, sentence, largest)

    def _differences(self, program: LaneProgram, chosen: Callable[[FirstSteps], Run]) -> list[Difference]:
        """How far each variable of each lane ended from fit."""
        training = self._recipe.training
        lanes = [self._lane(steps.candidate, chosen(steps).start) for steps in self._by_fit]
        with forgetting_custom_gradients(), quiet_tensorflow():
            program.train_first_steps(lanes, full_batches(training))
        pairs = zip(self._by_fit, lanes, strict=True)
        return [one for steps, lane in pairs for one in _compared(steps, chosen(steps), lane, step_count(training))]

    def _lane(self, candidate: Candidate, start: Sequence[np.ndarray]) -> Lane:
        model, (_, settings) = self._recipe.model, split_settings(candidate.optimizer, self._runtime_names)
        slots = StatelessOptimizer(self._recipe.optimizer, model.trainable_variables).initial
        trained = len(model.trainable_variables)
        state = LaneState(list(start[:trained]), list(start[trained:]), slots, {})
        return new_lane(replace(self._trial, number=-1, candidate=candidate), state, settings, self._recipe.losses)


def _of_trained_part(steps: FirstSteps, training: Training) -> FirstSteps:
    """The steps of whole models, without the variables of a part that was computed once.

    Raises:
        Differs: Fit changes that part.
    """
    if not isinstance(training.architecture, TrainedPart):
        return steps
    places = training.architecture.places
    for at in set(range(len(steps.paths))) - set(places):
        if distance(steps.exact.start[at], steps.exact.end[at]) > 0:
            raise Differs(f"fit changes {steps.paths[at]!r}, in the part of the model that was computed once")
    return steps.only(places)


def _candidates(candidate: Candidate, losses: Mapping[str, Sequence[LossSpec]], as_it_is: bool) -> list[Candidate]:
    """As many candidates as make every loss of every output occur.

    Args:
        candidate: That of the trial.
        losses: The losses that may be chosen, by output.
        as_it_is: Whether the first one is the trial's own; otherwise it trains every output, at a rate that is not extreme.
    """
    count = max(len(options) for options in losses.values())
    chosen = [_candidate(candidate, losses, at) for at in range(count)]
    return [candidate, *chosen[1:]] if as_it_is else chosen


def _candidate(candidate: Candidate, losses: Mapping[str, Sequence[LossSpec]], at: int) -> Candidate:
    """The candidate with other losses, other weights and another rate in each place."""
    places = {output: list(options).index(candidate.losses[output]) + at for output, options in losses.items()}
    return replace(
        candidate,
        learning_rate=min(candidate.learning_rate, _LARGEST_RATE) / (1 + at),
        losses={output: options[places[output] % len(options)] for output, options in losses.items()},
        weights={output: (weight or 1.0) * (1 + at / 4) for output, weight in candidate.weights.items()},
    )


def _compared(steps: FirstSteps, run: Run, lane: Lane, count: int) -> list[Difference]:
    """How far each variable of a lane ended from a run by fit."""
    columns = (steps.paths, [*lane.state.trainable, *lane.state.other], run.end, steps.spreads)
    return [
        Difference(path, distance(ours, theirs), _tolerance(theirs, spread, count))
        for path, ours, theirs, spread in zip(*columns, strict=True)
    ]


def _tolerance(end: np.ndarray, spread: float, steps: int) -> float:
    """What rounding explains, of a variable that fit left at these values."""
    if end.dtype.kind != "f":
        return 0.0
    largest = float(np.max(np.abs(end), initial=0.0, where=np.isfinite(end)))
    if end.dtype == np.float64:
        return _IN_FLOAT64 * max(1.0, largest)
    return _SPREADS * spread + _UNITS * steps * float(np.finfo(end.dtype).eps) * largest
