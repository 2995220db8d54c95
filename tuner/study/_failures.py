"""When failures end a study."""

from __future__ import annotations

from itertools import takewhile

from tuner._errors import StudyStopped

_MOST_IN_A_ROW = 3


class Failures:
    """Counts trials that failed in a row, in the order in which this process started them: lanes end in another order."""

    def __init__(self) -> None:
        self._started: list[int] = []
        self._reasons: dict[int, str] = {}
        self._most_in_a_row = 0

    def started(self, number: int) -> None:
        """Notes that the trial of this number was started."""
        self._started.append(number)

    def failed(self, number: int, reason: str) -> None:
        """Notes that the trial of this number failed."""
        self._reasons[number] = reason
        self._most_in_a_row = max(self._most_in_a_row, self._in_a_row_around(number))

    def stop_if_too_many(self) -> None:
        """Stops the study where too many trials failed in a row.

        Raises:
            StudyStopped: They did; it tells the last reason.
        """
        if self._most_in_a_row >= _MOST_IN_A_ROW:
            raise StudyStopped(
                f"{self._most_in_a_row} trials in a row failed, so the study stops; what was finished is kept. "
                f"The last reason:\n{next(reversed(self._reasons.values()))}"
            )

    def _in_a_row_around(self, number: int) -> int:
        at = self._started.index(number)
        before, after = reversed(self._started[:at]), self._started[at + 1 :]
        return 1 + sum(1 for side in (before, after) for _ in takewhile(self._reasons.__contains__, side))
