"""What a person sees while a study runs: a live line in a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections import deque
from types import TracebackType
from typing import Any, Protocol, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

_LIVE_SECONDS, _PLAIN_SECONDS = 0.5, 15.0
_PACE_SECONDS, _SECONDS_AFTER_THE_FIRST = 90.0, 5.0


def say(text: str) -> None:
    """One sentence to the person who runs the study."""
    Console(file=sys.stderr, soft_wrap=True, highlight=False, markup=False).print(text)


class Listener(Protocol):
    """Hears of each trial that a study finishes."""

    def trial_finished(self, study: Any) -> None:
        """One more trial is stored."""
        ...


class Silent:
    """Shows nothing."""

    def trial_finished(self, study: Any) -> None:
        """Nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass


class Pace:
    """Measures how fast trials finish, over the last minute or two.

    Compiling comes before the first trials, so that their time says nothing of the others.

    Args:
        began: When measuring starts, in seconds.
        done: Number of trials that are finished by then.
    """

    def __init__(self, began: float, done: int) -> None:
        self._marks = deque([(began, done)])

    def finished(self, now: float, done: int) -> None:
        """Notes that at this time, in seconds, this number of trials is finished."""
        self._marks.append((now, done))
        while len(self._marks) > 2 and now - self._marks[1][0] > _PACE_SECONDS:
            self._marks.popleft()

    @property
    def a_second(self) -> float:
        """Trials a second; 0 before a trial has finished.

        The wait for the first trial counts only until others have finished for some seconds after it.
        """
        marks = list(self._marks)
        (now, done), after_the_first = marks[-1], marks[1:]
        if after_the_first and now - after_the_first[0][0] > _SECONDS_AFTER_THE_FIRST:
            marks = after_the_first
        began, done_before = marks[0]
        return (done - done_before) / (now - began) if now > began else 0.0


class LiveProgress:
    """Shows trials done, trials a minute, size of the front, hypervolume and time left.

    Args:
        total: Number of trials the study will have, baselines included.
        done: Number of trials that it has already.
    """

    def __init__(self, total: int, done: int) -> None:
        self.total, began = total, time.monotonic()
        self._finished, self._pace = done, Pace(began, done)
        self._console = Console(file=sys.stderr)
        self._shown = began
        self._bar = Progress(
            TextColumn("{task.completed:.0f}/{task.total:.0f} trials"),
            BarColumn(),
            TextColumn("{task.fields[state]}"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(elapsed_when_finished=False, compact=True),
            console=self._console,
            disable=not self._console.is_terminal,
        )
        self._task = self._bar.add_task("trials", total=total, completed=done, state="")

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._bar.stop()

    def trial_finished(self, study: Any) -> None:
        """Refreshes the line now and then, since front and hypervolume may take longer than a trial."""
        self._finished += 1
        self._pace.finished(time.monotonic(), self._finished)
        finished, pause = self._finished, _LIVE_SECONDS if self._console.is_terminal else _PLAIN_SECONDS
        if time.monotonic() - self._shown < pause and finished != self.total:
            return
        self._shown = time.monotonic()
        state = self._state(finished, study)
        self._bar.update(self._task, completed=finished, state=state)
        if not self._console.is_terminal:
            say(f"{finished}/{self.total} trials, {state}{self._left(finished)}")

    def _state(self, finished: int, study: Any) -> str:
        from reports import front_summary

        size, volume = front_summary(study)
        return f"{60 * self._pace.a_second:.3g} a minute, front of {size}, hypervolume {volume:.4f}"

    def _left(self, finished: int) -> str:
        if not self._pace.a_second or finished >= self.total:
            return ""
        seconds = (self.total - finished) / self._pace.a_second
        return f", about {seconds:.0f} s left" if seconds < 120 else f", about {seconds / 60:.0f} min left"
