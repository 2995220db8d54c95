"""All mistakes of one call, reported together."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class InputError(ValueError):
    """An argument cannot be used; the message says what was got, what was expected and what to do.

    Attributes:
        lines: The single mistakes, one text each.

    Example:
        >>> from search_spaces import SearchSpace
        >>> SearchSpace({"price": "mse"}, learning_rate=-1)
        Traceback (most recent call last):
        search_spaces._problems.InputError: the search space cannot be made: learning_rate must be above 0 and finite ...
    """

    def __init__(self, text: str, lines: list[str] | None = None) -> None:
        super().__init__(text)
        self.lines = lines or [text]


class Problems:
    """Collects every mistake of one call, then raises them as one error.

    Example:
        >>> problems = Problems("the space cannot be made")
        >>> problems.add("low must be below high, got 2.0 and 1.0")
        >>> problems.raise_any()
        Traceback (most recent call last):
        search_spaces._problems.InputError: the space cannot be made: low must be below high, got 2.0 and 1.0
    """

    def __init__(self, title: str) -> None:
        self.title = title
        self.lines: list[str] = []

    def add(self, line: str) -> None:
        """Adds one mistake."""
        if line not in self.lines:
            self.lines.append(line)

    def include(self, error: InputError, where: str = "") -> None:
        """Adds the mistakes of another error to those of this call."""
        for line in error.lines:
            self.add(f"{where}: {line}" if where else line)

    def raise_any(self) -> None:
        """Raises `InputError` if there are mistakes."""
        if not self.lines:
            return
        if len(self.lines) == 1:
            text = f"{self.title}: {self.lines[0]}"
        else:
            text = f"{self.title}, {len(self.lines)} mistakes:" + "".join(f"\n  - {line}" for line in self.lines)
        raise InputError(text, list(self.lines))


def nearest(name: str, accepted: Iterable[str]) -> str:
    """The accepted names, the closest one first, as the end of an error's sentence.

    Args:
        name: Name that was given.
        accepted: Names that would have been right.

    Example:
        >>> nearest("prioritty", ["priority", "department"])
        "did you mean 'priority'? Known: 'priority', 'department'"
    """
    names = list(accepted)
    close = get_close_matches(str(name), names, n=1)
    listed = "Known: " + (", ".join(repr(n) for n in names) or "none")
    return f"did you mean {close[0]!r}? {listed}" if close else listed
