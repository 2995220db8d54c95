"""How many lanes, with XLA or without: measured on the user's own model and data."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

from tuner.engines.fused._option import Option

_SHARE = 0.1
_MOST_LANES = 128
_GUESSED_COMPILE_SECONDS = 6.0


@dataclass
class Calibration:
    """The options of one program: which are allowed, how fast each is, which one to compile next.

    The trials that run while options are measured are real ones, so that only compiling is a cost. Compiling all options but the
    first stays within a tenth of the time that the search is expected to take.

    Attributes:
        most_lanes: Largest number of lanes that the memory holds.
        xla: True or False where only one of the two is allowed; None where both are.
        xla_first: Whether to begin with XLA, which takes longer to compile and pays over many trials.
        usual_lanes: Number of lanes to begin with.
        seconds: Seconds that a full program takes for an epoch, by option.
        compile_seconds: Seconds that compiling took, by option.
        failed: Why an option cannot be used, by option.
        closed: Whether nothing more is measured, because an earlier run did it or the environment fixes the option.
        xla_undecided: Whether the study has yet to choose XLA or not, for a model with layers that draw random numbers.
    """

    most_lanes: int = _MOST_LANES
    xla: bool | None = None
    xla_first: bool = True
    usual_lanes: int = 8
    seconds: dict[Option, float] = field(default_factory=dict)
    compile_seconds: dict[Option, float] = field(default_factory=dict)
    failed: dict[Option, str] = field(default_factory=dict)
    closed: bool = False
    xla_undecided: bool = False

    def first(self, ready: int) -> Option | None:
        """The option to begin with, for this many trials; None where no option works."""
        lanes = min(self.usual_lanes, self.most_lanes, _power_of_two(ready))
        kinds = (True, False) if self.xla_first else (False, True)
        order = [Option(size, xla) for size in (lanes, 1) for xla in kinds]
        return next((option for option in order if self._allowed(option)), None)

    def best(self, ready: int, among: Collection[Option] | None = None) -> Option | None:
        """The measured option that trains this many lanes for an epoch in the least time; None where none is measured."""
        usable = [option for option in self.seconds if option not in self.failed and option.total <= self.most_lanes]
        usable = [option for option in usable if among is None or option.alone in among]
        return min(usable, key=lambda option: (self._cost(option, ready), option.total), default=None)

    def next(self, ready: int, lane_epochs: float) -> Option | None:
        """An option worth compiling in order to measure it; None where it would not pay.

        Args:
            ready: Number of trials that there are to train.
            lane_epochs: Number of epochs of one lane that are left to train.
        """
        best = self.best(_MOST_LANES)
        if best is None or self.closed:
            return None
        for option in self._untried(best):
            fits = option.total <= min(ready, self.most_lanes) and self._allowed(option)
            if fits and self.worthwhile(option, lane_epochs):
                return option
        return None

    def worthwhile(self, option: Option, lane_epochs: float) -> bool:
        """Whether compiling this option too keeps all compiling but the first within the budget."""
        best = self.best(_MOST_LANES)
        assert best is not None
        if option.alone in self.compile_seconds:
            return True
        spent = sum(list(self.compile_seconds.values())[1:])
        return spent + self._expected_compile(option) <= _SHARE * lane_epochs * self.seconds[best] / best.total

    def measured(self, option: Option, seconds: float) -> None:
        """Takes in the seconds of an epoch; the shortest epoch of an option counts."""
        self.seconds[option] = min(self.seconds.get(option, seconds), seconds)

    def decide_xla(self, xla: bool) -> None:
        """Allows only options with XLA, or only options without it."""
        self.xla, self.xla_undecided = xla, False
        self.seconds = {option: seconds for option, seconds in self.seconds.items() if option.xla == xla}

    def to_dict(self) -> dict[str, Any]:
        """What was measured, as plain data."""
        rows = [{**option._asdict(), "seconds": seconds} for option, seconds in self.seconds.items()]
        return {"measured": rows, "failed": [{**option._asdict(), "reason": why} for option, why in self.failed.items()]}

    def recall(self, plain: dict[str, Any]) -> None:
        """Takes over what `to_dict` gave in an earlier run; nothing more is measured then."""
        for kind, values, column in ((plain["measured"], self.seconds, "seconds"), (plain["failed"], self.failed, "reason")):
            for row in kind:
                values[Option(row["lanes"], row["xla"], row["streams"])] = row[column]
        self.closed = bool(self.seconds)

    def _untried(self, best: Option) -> Iterator[Option]:
        """More threads, one lane without XLA and with it, then more and fewer lanes than the best option has."""
        lanes, xla, _ = best
        near = [Option(size, xla) for size in (lanes * 4, lanes * 2, lanes // 2) if size]
        for option in [best.alone, Option(1, False), Option(1, True), Option(lanes, not xla), *near]:
            for streams in dict.fromkeys((1, os.cpu_count() or 1)):
                tried = option._replace(streams=streams)
                if tried not in self.seconds and (streams == 1 or option in self.seconds):
                    yield tried

    def _allowed(self, option: Option) -> bool:
        return option not in self.failed and self.xla in (None, option.xla)

    def _cost(self, option: Option, ready: int) -> float:
        return -(-ready // option.total) * self.seconds[option]

    def _expected_compile(self, option: Option) -> float:
        alike = [seconds for compiled, seconds in self.compile_seconds.items() if compiled.xla == option.xla]
        return max(alike or self.compile_seconds.values(), default=_GUESSED_COMPILE_SECONDS)


def _power_of_two(number: int) -> int:
    return 1 << (max(number, 1).bit_length() - 1)
