"""Ctrl-C and SIGTERM wait while something is stored, since no storage survives an exception in its middle."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def uninterrupted() -> Iterator[None]:
    """A Ctrl-C that comes while the block runs takes effect when it has ended."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    caught: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: caught.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if caught:
            signal.raise_signal(signal.SIGINT)


@contextmanager
def ending_on_request() -> Iterator[list[int]]:
    """Treats SIGTERM, which schedulers and service managers send, as Ctrl-C: running trials are handed back.

    A shell's script starts what it puts in the background with Ctrl-C ignored; then SIGTERM alone is obeyed.

    Yields:
        A list that is empty until SIGTERM comes, and holds its number from then on.
    """
    came: list[int] = []

    def end(number: int, _: object) -> None:
        came.append(number)
        signal.raise_signal(signal.SIGINT)

    def interrupt(number: int, frame: FrameType | None) -> None:
        if came:
            signal.default_int_handler(number, frame)

    before, ignored = signal.signal(signal.SIGTERM, end), signal.getsignal(signal.SIGINT) == signal.SIG_IGN
    if ignored:
        signal.signal(signal.SIGINT, interrupt)
    try:
        yield came
    finally:
        signal.signal(signal.SIGTERM, before)
        if ignored:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
