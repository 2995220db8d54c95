"""What a person sees while a study runs: a live line in a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Any, Protocol, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

_LIVE_SECONDS, _PLAIN_SECONDS = 0.5, 15.0


def say(text: str) -> None:
    """One sentence to the person who runs the study."""
    Console(file=sys.stderr, soft_wrap=True, highlight=False, markup=False).print(text)


class Listener(Protocol):
    """Is told how a study goes on."""

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


class LiveProgress:
    """Trials done, trials a minute, size of the front, hypervolume and time left.

    Args:
        total: Number of trials the study will have, baselines included.
        done: Number of trials that it has already.
    """

    def __init__(self, total: int, done: int) -> None:
        self.total, self.done, self.began = total, done, time.monotonic()
        self._finished = done
        self._console = Console(file=sys.stderr)
        self._told = self.began
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
        """Refreshes the line now and then: front and hypervolume take longer than a trial may; without a terminal, prints one."""
        self._finished += 1
        finished, pause = self._finished, _LIVE_SECONDS if self._console.is_terminal else _PLAIN_SECONDS
        if time.monotonic() - self._told < pause and finished != self.total:
            return
        self._told = time.monotonic()
        state = self._state(finished, study)
        self._bar.update(self._task, completed=finished, state=state)
        if not self._console.is_terminal:
            say(f"{finished}/{self.total} trials, {state}{self._left(finished)}")

    def _state(self, finished: int, study: Any) -> str:
        from reports import front_summary

        size, volume = front_summary(study)
        minutes = (time.monotonic() - self.began) / 60
        speed = (finished - self.done) / minutes if minutes else 0.0
        return f"{speed:.3g} a minute, front of {size}, hypervolume {volume:.4f}"

    def _left(self, finished: int) -> str:
        new = finished - self.done
        if not new or finished >= self.total:
            return ""
        seconds = (time.monotonic() - self.began) / new * (self.total - finished)
        return f", about {seconds:.0f} s left" if seconds < 120 else f", about {seconds / 60:.0f} min left"
