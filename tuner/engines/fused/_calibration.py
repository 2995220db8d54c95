"""How many lanes, with XLA or without: measured on the user's own model and data, and remembered."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from search_spaces import write_atomically

_SHARE = 0.1
_MOST_LANES = 128
_GUESSED_COMPILE_SECONDS = 6.0
_FIXED_VARIABLE = "LOSS_WEIGHT_TUNER_PROGRAM"


class Option(NamedTuple):
    """One way to run a program.

    Attributes:
        lanes: Number of lanes of the program.
        xla: Whether XLA compiles it.
        streams: How many threads run it at a time, each on lanes of its own: small models leave a core to spare.
    """

    lanes: int
    xla: bool
    streams: int = 1

    @property
    def total(self) -> int:
        """Number of lanes that train at a time."""
        return self.lanes * self.streams

    @property
    def alone(self) -> Option:
        """The same program in one thread: what is compiled."""
        return self._replace(streams=1)


def fixed_option() -> Option | None:
    """The option that the environment fixes for every program; None where options are measured.

    Two versions of the code are compared so (`benchmarks.same_trials`): the variable holds the number of lanes, and `xla` or
    nothing, as in `8 xla`.
    """
    lanes, *kind = os.environ.get(_FIXED_VARIABLE, "").split() or [""]
    return Option(int(lanes), kind == ["xla"]) if lanes else None


@dataclass
class Calibration:
    """What is known of the options of one program.

    Trials that run while options are measured are real ones: only compiling is a cost, and together it is kept within a tenth
    of the time that the search is expected to take.

    Attributes:
        most_lanes: As many as the memory holds.
        xla: True or False where only one of the two is allowed; None where both are.
        xla_first: Whether to begin with XLA, which takes longer to compile and pays over many trials.
        usual_lanes: Number of lanes to begin with.
        seconds: Per epoch of a full program, by option.
        compile_seconds: By option.
        failed: Why an option cannot be used, by option.
    """

    most_lanes: int = _MOST_LANES
    xla: bool | None = None
    xla_first: bool = True
    usual_lanes: int = 8
    seconds: dict[Option, float] = field(default_factory=dict)
    compile_seconds: dict[Option, float] = field(default_factory=dict)
    failed: dict[Option, str] = field(default_factory=dict)
    settled: bool = False

    def first(self, ready: int) -> Option | None:
        """What to begin with, for this many trials; None where nothing works."""
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
        if best is None or self.settled:
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
        spent = sum(self.compile_seconds[known] for known in list(self.compile_seconds)[1:])
        return spent + self._expected_compile(option) <= _SHARE * lane_epochs * self.seconds[best] / best.total

    def only(self, xla: bool) -> None:
        """From here on, XLA is a matter of results, not of speed alone."""
        self.xla = xla
        self.seconds = {option: seconds for option, seconds in self.seconds.items() if option.xla == xla}

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        rows = [{**option._asdict(), "seconds": seconds} for option, seconds in self.seconds.items()]
        return {"measured": rows, "failed": [{**option._asdict(), "reason": why} for option, why in self.failed.items()]}

    def recall(self, plain: dict[str, Any]) -> None:
        """Takes over what `to_dict` gave in an earlier run; nothing more is measured then."""
        for kind, values, what in ((plain["measured"], self.seconds, "seconds"), (plain["failed"], self.failed, "reason")):
            for row in kind:
                values[Option(row["lanes"], row["xla"], row["streams"])] = row[what]
        self.settled = bool(self.seconds)

    def _untried(self, best: Option) -> Iterator[Option]:
        """More threads, one lane without XLA and with it, then more and fewer lanes than the best has."""
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
        alike = [seconds for known, seconds in self.compile_seconds.items() if known.xla == option.xla]
        return max(alike or self.compile_seconds.values(), default=_GUESSED_COMPILE_SECONDS)


class Memo:
    """Calibrations kept in a file of the study's folder, by program and machine.

    Args:
        path: Of the file; None keeps nothing.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._kept: dict[str, Any] = _read(path)

    def get(self, key: str) -> Any:
        """What was kept under this key on this kind of machine; None where nothing was."""
        return self._kept.get(f"{_machine()} {key}")

    def keep(self, key: str, value: Any) -> Any:
        """Writes the file, whole or not at all; returns the value."""
        self._kept[f"{_machine()} {key}"] = value
        if self._path is not None:
            write_atomically(self._path, json.dumps(self._kept, indent=1))
        return value


def _read(path: Path | None) -> dict[str, Any]:
    try:
        kept = json.loads(path.read_text(encoding="utf-8")) if path is not None else {}
    except (OSError, ValueError):  # none yet, or damaged: it is measured again
        return {}
    return kept if isinstance(kept, dict) else {}


def _machine() -> str:
    return f"{platform.machine()}, {os.cpu_count()} cores"


def _power_of_two(number: int) -> int:
    return 1 << (max(number, 1).bit_length() - 1)
