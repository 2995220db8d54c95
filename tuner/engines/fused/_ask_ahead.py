"""Asks for the next trials while the present ones train."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from tuner.engines._protocol import RunningTrial, Trials
from tuner.engines.fused._threads import one_thread


class AskAhead:
    """A queue before `Trials.next`, filled beside training: TensorFlow releases the interpreter while it computes.

    Their number depends on epochs alone, never on time, so that a study comes out the same on a slow machine.

    Args:
        trials: Where the trials come from.
    """

    def __init__(self, trials: Trials) -> None:
        self._trials, self._ready = trials, deque[RunningTrial]()
        self._thread = one_thread("ask-ahead")

    def next(self) -> RunningTrial | None:
        """The next trial; None when there is nothing more to start."""
        return self._ready.popleft() if self._ready else self._trials.next()

    @contextmanager
    def asking(self, count: int) -> Iterator[None]:
        """While the block runs, trials are asked for until `count` of them wait."""
        asked = self._thread.submit(self._fill, count)
        try:
            yield
        finally:
            asked.result()

    def close(self) -> None:
        """Ends the thread."""
        self._thread.shutdown()

    def _fill(self, count: int) -> None:
        while len(self._ready) < count:
            trial = self._trials.next()
            if trial is None:
                return
            self._ready.append(trial)
