"""Which program trains next: compiles the options of a lane group one at a time, times each once, then takes the fastest."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import tensorflow as tf

from tuner._errors import first_line
from tuner.engines.fused._agreement import Agreement
from tuner.engines.fused._calibration import Calibration
from tuner.engines.fused._lane_program import LaneProgram, Recipe
from tuner.engines.fused._lanes import Lane
from tuner.engines.fused._option import Option
from tuner.engines.fused._same_model import tracing
from tuner.engines.fused._unusable import Differs, Untraceable


@dataclass(frozen=True)
class Resting:
    """Nothing compiles, and every compiled option has been timed or was the first one."""


@dataclass(frozen=True)
class Compiling:
    """An option compiles in another thread; the programs that are ready train meanwhile."""

    option: Option
    program: Future[LaneProgram]


@dataclass(frozen=True)
class Untimed:
    """A compiled option waits for enough trials to fill its lanes; its first epoch is timed."""

    option: Option


class ProgramChoice:
    """The compiled programs of one lane group, and which of them trains the next epoch.

    It is in one of three states:

    | from | what happens | to |
    |---|---|---|
    | `Resting` | there is no program yet, or an option is worth compiling | `Compiling` |
    | `Resting` | an option in more threads is worth timing; its program is compiled | `Untimed` |
    | `Compiling` | the first program is ready, or the option does not compile | `Resting` |
    | `Compiling` | another program is ready | `Untimed` |
    | `Untimed` | there are enough trials to fill it: it is chosen | `Resting` |
    | `Untimed` | its program runs out of memory | `Resting` |

    Args:
        recipe: What all programs of the group share.
        calibration: What was measured of the options.
        compiler: The one thread that traces.
        first_lane: Gives a lane to trace with.
        agreement: Holds each program against compile and fit before it trains; nothing does where left out.
    """

    def __init__(
        self,
        recipe: Recipe,
        calibration: Calibration,
        compiler: ThreadPoolExecutor,
        first_lane: Callable[[], Lane],
        agreement: Agreement | None = None,
    ) -> None:
        self.programs: dict[Option, LaneProgram] = {}
        self._recipe, self._calibration, self._compiler, self._first_lane = recipe, calibration, compiler, first_lane
        self._agreement = agreement
        self._state: Resting | Compiling | Untimed = Resting()

    @property
    def can_train(self) -> bool:
        """Whether a program is ready."""
        return bool(self.programs) or (isinstance(self._state, Compiling) and self._state.program.done())

    @property
    def wanted_lanes(self) -> int:
        """Number of lanes that there should be trials for."""
        if isinstance(self._state, Untimed):
            return self._state.option.total
        most = self._calibration.most_lanes
        option = self._calibration.best(most) or self._calibration.first(most)
        return option.total if option else 1

    def prepare(self, ready: int, expected: int) -> None:
        """Begins to compile the first program, unless that was done.

        Args:
            ready: Number of trials that there are to train.
            expected: Number of trials that are likely to come.
        """
        if not ready or self.programs or isinstance(self._state, Compiling):
            return
        most = max(ready, expected)
        option = self._calibration.best(most) or self._calibration.first(most)
        if option is not None:
            self._compile(option.alone)

    def next(self, ready: int, lane_epochs: float) -> Option:
        """The option that trains the next epoch.

        Args:
            ready: Number of trials that there are to train.
            lane_epochs: Number of epochs of one lane that are left to train in this study.

        Raises:
            Untraceable: No option works.
        """
        self._collect()
        if not self.programs:
            self._wait_for_first(ready, lane_epochs)
        if isinstance(self._state, Untimed) and self._state.option.total <= ready:
            option, self._state = self._state.option, Resting()
            return option
        best = self._calibration.best(ready, self.programs)
        if best is None:  # none is timed yet
            return next(iter(self.programs))
        if isinstance(self._state, Resting):
            self._explore(lane_epochs)
        return best

    def compile_now(self, option: Option) -> bool:
        """Waits until an option is compiled; False where it cannot be."""
        self._compile(option)
        self._collect(wait=True)
        self._state = Resting()
        return option in self.programs

    def decide_xla(self, xla: bool) -> None:
        """Drops the programs that were compiled the other way."""
        self.programs = {option: program for option, program in self.programs.items() if option.xla == xla}

    def out_of_memory(self, option: Option, error: tf.errors.ResourceExhaustedError) -> None:
        """Takes an option out of the choice that had no memory to run."""
        self._fail(option, f"out of memory: {error.message}")

    def _wait_for_first(self, ready: int, lane_epochs: float) -> None:
        """Waits for a first program; an option that cannot be compiled is followed by a simpler one."""
        while not self.programs:
            self.prepare(ready, self._trials(lane_epochs))
            if not isinstance(self._state, Compiling):
                last = next(reversed(self._calibration.failed.values()), "nothing fits the memory")
                raise Untraceable(f"the model does not trace ({last})")
            self._collect(wait=True)

    def _explore(self, lane_epochs: float) -> None:
        option = self._calibration.next(self._trials(lane_epochs), lane_epochs)
        if option is not None and option.alone in self.programs:
            self._state = Untimed(option)
        elif option is not None:
            self._compile(option.alone)

    def _trials(self, lane_epochs: float) -> int:
        """Number of trials that so many epochs make."""
        return int(lane_epochs / self._recipe.training.epochs)

    def _compile(self, option: Option) -> None:
        self._state = Compiling(option, self._compiler.submit(self._compiled, option, self._first_lane()))

    def _collect(self, wait: bool = False) -> None:
        """Takes over the program that the compiler has finished."""
        state = self._state
        if not isinstance(state, Compiling) or not (wait or state.program.done()):
            return
        error = state.program.exception()  # tracing the user's layers may raise anything: another option is tried
        if isinstance(error, Differs) and not self.programs:
            raise error
        if error is not None:
            self._state = Resting()
            self._fail(state.option, first_line(error))
            return
        self._state = Untimed(state.option) if self.programs else Resting()
        self.programs[state.option] = state.program.result()

    def _compiled(self, option: Option, lane: Lane) -> LaneProgram:
        with self._recipe.training.architecture.alone(), tracing:
            program, agreement = LaneProgram(self._recipe, option), self._agreement
            meanwhile = agreement.train_by_fit if agreement is not None else lambda: None
            self._calibration.compile_seconds[option] = program.compile(lane, meanwhile)
            self._learn_operations(program)
            if agreement is not None:
                agreement.check(program)
        return program

    def _learn_operations(self, program: LaneProgram) -> None:
        self._calibration.learn_operations(program.operations, bool(tf.config.list_physical_devices("GPU")))

    def _fail(self, option: Option, reason: str) -> None:
        self._calibration.failed[option] = reason
        if option.streams == 1:
            self.programs.pop(option, None)
            if isinstance(self._state, Untimed) and self._state.option.alone == option:
                self._state = Resting()
