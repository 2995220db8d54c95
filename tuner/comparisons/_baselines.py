"""Trials that no sampler chose: what the search has to beat, and what it is measured against."""

from __future__ import annotations

from search_spaces import Candidate, names


def baselines(start: Candidate, current: Candidate | None) -> dict[str, Candidate]:
    """The baselines by name, in the order in which they run.

    Args:
        start: Learning rate, optimizer, losses and hyperparameters of `equal` and `single:<output>`.
        current: Today's configuration, if there is one.

    Returns:
        `current` (if any), `equal`, and `single:<output>` for each output where there are several.
    """
    outputs = list(start.weights)
    made = {} if current is None else {names.CURRENT: current}
    made[names.EQUAL] = start.with_weights(dict.fromkeys(outputs, 1.0))
    if len(outputs) > 1:
        for output in outputs:
            made[names.single(output)] = start.with_weights({other: float(other == output) for other in outputs})
    return made
