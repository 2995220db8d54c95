"""The ways to run one program: how many lanes, with XLA or without, in how many threads."""

from __future__ import annotations

import os
from typing import NamedTuple

_FIXED_VARIABLE = "LOSS_WEIGHT_TUNER_PROGRAM"


class Option(NamedTuple):
    """One way to run a program.

    Attributes:
        lanes: Number of lanes of the program.
        xla: Whether XLA compiles it.
        streams: Number of threads that run it at a time, each on lanes of its own: small models leave a core to spare.
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

    `benchmarks.same_trials` compares two versions of the code this way. The variable holds the number of lanes, followed by
    `xla` or nothing, as in `8 xla`. Most tests add `unchecked`.
    """
    lanes, *words = _words()
    return Option(int(lanes), "xla" in words) if lanes else None


def unchecked() -> bool:
    """Whether the environment says that no program is held against compile and fit, for tests of something else."""
    return "unchecked" in _words()


def _words() -> list[str]:
    return os.environ.get(_FIXED_VARIABLE, "").split() or [""]
