"""Watches a study from outside: when trials finish, and how long the sampler and the storage take."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tuner.study import Study


@dataclass
class Watch:
    """What was seen.

    Attributes:
        finished: `time.perf_counter()` at each trial's end.
        asking: Seconds inside `Study.next`: the sampler, and storing the candidate.
        storing: Seconds inside `Study.finish`: storing the outcome.
        waiting: Those of both that the main thread spent; the rest ran beside the training.
    """

    finished: list[float] = field(default_factory=list)
    asking: float = 0.0
    storing: float = 0.0
    waiting: float = 0.0

    def add(self, what: str, seconds: float) -> None:
        """Adds seconds to `asking` or `storing`."""
        setattr(self, what, getattr(self, what) + seconds)
        if threading.current_thread() is threading.main_thread():
            self.waiting += seconds


@contextmanager
def watching(on_finish: Callable[[], None] = lambda: None) -> Iterator[Watch]:
    """Watches all studies that run inside the block.

    Args:
        on_finish: Called after each finished trial.
    """
    watch, start, finish = Watch(), Study.next, Study.finish

    def timed_next(study: Study) -> Any:
        began = time.perf_counter()
        try:
            return start(study)
        finally:
            watch.add("asking", time.perf_counter() - began)

    def timed_finish(study: Study, *arguments: Any, **named: Any) -> None:
        began = time.perf_counter()
        finish(study, *arguments, **named)
        watch.finished.append(time.perf_counter())
        watch.add("storing", watch.finished[-1] - began)
        on_finish()

    Study.next, Study.finish = timed_next, timed_finish
    try:
        yield watch
    finally:
        Study.next, Study.finish = start, finish
