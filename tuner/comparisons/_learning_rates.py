"""Which learning rates a policy is tried with."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count


def learning_rates(first: float, bounds: tuple[float, float] | float) -> Iterator[float]:
    """The first rate, then ever finer ones between the bounds, evenly by their logarithm.

    Bounds that are one number give no further rates. Asking for more continues the same sequence (van der Corput's, base 2),
    so that nothing is trained twice.

    Example:
        >>> from itertools import islice
        >>> [round(rate, 5) for rate in islice(learning_rates(0.01, (1e-4, 1e-2)), 4)]
        [0.01, 0.001, 0.00032, 0.00316]
    """
    yield first
    if isinstance(bounds, float):
        return
    low, high = bounds
    for number in count(1):
        yield float(low * (high / low) ** _mirrored(number))


def _mirrored(number: int) -> float:
    """A number's binary digits, mirrored at the point: from 1 up 1/2, 1/4, 3/4, 1/8, 5/8 and so on."""
    place, digit = 0.0, 0.5
    while number:
        place, digit, number = place + digit * (number % 2), digit / 2, number // 2
    return place
