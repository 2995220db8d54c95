"""How many lanes, with XLA or without: measured on the user's own model and data."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

from tuner.engines.fused._option import Option

_SHARE, _SHARE_OF_THE_SECOND = 0.1, 0.25
_MOST_LANES = 128
_GUESSED_COMPILE_SECONDS, _TIMES_THE_FIRST = 6.0, 8.0


@dataclass
class Calibration:
    """The options of one program: which are allowed, how fast each is, which one to compile next.

    The first option is the one that compiles fastest. The trials that run while others are measured are real ones, so that only
    compiling is a cost. It stays within a tenth of the time that the search is expected to take; for the second option, which
    usually gains most, within a quarter.

    Attributes:
        most_lanes: Largest number of lanes that the memory holds.
        xla: True or False where only one of the two is allowed; None where both are.
        usual_lanes: Number of lanes to try first, after one lane.
        seconds: Seconds that a full program takes for an epoch, by option.
        compile_seconds: Seconds that compiling took, by option.
        failed: Why an option cannot be used, by option.
        without_xla: Whether XLA is known to be slow: on a processor it convolves many times as slowly.
        lists: Whether programs hold lists of tensors, as loops over time do: XLA has none over lanes.
        closed: Whether nothing more is measured, because an earlier run did it or the environment fixes the option.
        xla_undecided: Whether the study has yet to choose XLA or not, for a model with layers that draw random numbers.
    """

    most_lanes: int = _MOST_LANES
    xla: bool | None = None
    usual_lanes: int = 8
    seconds: dict[Option, float] = field(default_factory=dict)
    compile_seconds: dict[Option, float] = field(default_factory=dict)
    failed: dict[Option, str] = field(default_factory=dict)
    without_xla: bool = False
    lists: bool = False
    closed: bool = False
    xla_undecided: bool = False

    def first(self, ready: int) -> Option | None:
        """The option to begin with, for this many trials: the one that compiles fastest; None where no option works."""
        lanes = min(self.usual_lanes, self.most_lanes, _power_of_two(ready))
        sizes = (lanes, 1) if self.closed or self.xla_undecided else (1, lanes)
        order = [Option(size, xla) for size in sizes for xla in (False, True)]
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

    def with_xla(self, option: Option) -> Option | None:
        """As many lanes as an option without XLA has, with XLA; None where XLA is slow or not possible."""
        rivals = (Option(option.lanes, True), Option(1, True, option.total))
        possible = [rival for rival in rivals if self._possible(rival) and rival.alone not in self.failed]
        return possible[0] if possible else None

    def worthwhile(self, option: Option, lane_epochs: float) -> bool:
        """Whether compiling this option too keeps all compiling but the first within the budget."""
        best = self.best(_MOST_LANES)
        assert best is not None
        if option.alone in self.compile_seconds:
            return True
        spent = sum(list(self.compile_seconds.values())[1:])
        share = _SHARE if spent else _SHARE_OF_THE_SECOND
        return spent + self._expected_compile(option) <= share * lane_epochs * self.seconds[best] / best.total

    def measured(self, option: Option, seconds: float) -> None:
        """Takes in the seconds of an epoch; the shortest epoch of an option counts."""
        self.seconds[option] = min(self.seconds.get(option, seconds), seconds)

    def learn_operations(self, kinds: Collection[str], gpu: bool) -> None:
        """Takes in which operations a program holds, before others are compiled.

        Args:
            kinds: TensorFlow's names of them.
            gpu: Whether a GPU trains.
        """
        self.lists |= any(kind.startswith("TensorList") for kind in kinds)
        self.without_xla |= not gpu and any(kind.startswith("Conv") for kind in kinds)

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
        """More threads, the usual number of lanes with XLA and without, then more and fewer lanes than the best option has."""
        lanes, xla, _ = best
        usual = min(self.usual_lanes, self.most_lanes)
        near = [Option(size, xla) for size in (lanes * 4, lanes * 2, lanes // 2) if size]
        for option in [best.alone, Option(usual, True), Option(1, True), Option(usual, False), Option(lanes, not xla), *near]:
            for streams in dict.fromkeys((1, os.cpu_count() or 1)):
                tried = option._replace(streams=streams)
                if tried not in self.seconds and (streams == 1 or self._gains_by_threads(option, streams, best)):
                    yield tried

    def _gains_by_threads(self, option: Option, streams: int, best: Option) -> bool:
        """Whether an option that was timed in one thread would be faster than the best one if each thread were as fast."""
        alone = self.seconds.get(option)
        return alone is not None and alone / option.lanes / streams < self.seconds[best] / best.total

    def _allowed(self, option: Option) -> bool:
        return self._possible(option) and option not in self.failed and self.xla in (None, option.xla)

    def _possible(self, option: Option) -> bool:
        """Whether XLA can compile it and is not known to be slow; everything else can be tried."""
        return not option.xla or not (self.without_xla or (self.lists and option.lanes > 1))

    def _cost(self, option: Option, ready: int) -> float:
        return -(-ready // option.total) * self.seconds[option]

    def _expected_compile(self, option: Option) -> float:
        kind = option.xla, option.lanes > 1
        alike = [seconds for one, seconds in self.compile_seconds.items() if (one.xla, one.lanes > 1) == kind]
        others = [_TIMES_THE_FIRST * min(self.compile_seconds.values(), default=_GUESSED_COMPILE_SECONDS / _TIMES_THE_FIRST)]
        return max(alike or others)


def _power_of_two(number: int) -> int:
    return 1 << (max(number, 1).bit_length() - 1)
