"""The forms in which a person may give objectives, brought into a list of `Objective`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import keras_tuner

from search_spaces import InputError, Problems
from tuner.inputs._objectives import Objective
from tuner.inputs._unreadable import in_words


def as_objectives(given: Any, outputs: Sequence[str], problems: Problems, others: bool = False) -> list[Objective]:
    """The objectives as a list.

    Args:
        given: Objectives, alone or in a sequence; each an `Objective`, a text `"output/metric"`, or a tuple (output, metric)
            or (output, metric, direction). Or a dictionary: a metric, or a list of metrics, by output.
        outputs: The output names.
        problems: Where it is noted what is none of these.
        others: Whether the model may have other outputs too: those of one that was never called are not all known.

    Example:
        >>> problems = Problems("the tuner cannot be made")
        >>> objectives = as_objectives({"urgent": "auc", "kind": ["accuracy", "f1"]}, ["urgent", "kind"], problems)
        >>> [objective.name for objective in objectives]
        ['urgent/auc', 'kind/accuracy', 'kind/f1']
    """
    objectives = []
    for one in _one_by_one(given, outputs, problems):
        try:
            objectives.append(_as_objective(one, outputs, others))
        except InputError as error:
            problems.include(error)
    return objectives


def _one_by_one(given: Any, outputs: Sequence[str], problems: Problems) -> list[Any]:
    if isinstance(given, Mapping):
        lists = [(output, metric if isinstance(metric, list | tuple) else [metric]) for output, metric in given.items()]
        return [metric if isinstance(metric, Objective) else (output, metric) for output, list_ in lists for metric in list_]
    if isinstance(given, str | Objective | keras_tuner.Objective) or _is_tuple_of_one(given, outputs):
        return [given]
    if isinstance(given, Iterable):
        return list(given)
    problems.add(f"objectives must be a list of Objective, got {in_words(given)}; for example {_example(outputs)}")
    return []


def _is_tuple_of_one(given: Any, outputs: Sequence[str]) -> bool:
    return isinstance(given, tuple) and bool(given) and isinstance(given[0], str) and given[0] in outputs


def _as_objective(given: Any, outputs: Sequence[str], others: bool) -> Objective:
    if isinstance(given, Objective):
        return given
    if isinstance(given, tuple) and len(given) in (2, 3):
        return Objective(*given)
    if isinstance(given, str):
        output = max((output for output in outputs if given.startswith(f"{output}/")), key=len, default="")
        if output:
            return Objective(output, given.removeprefix(f"{output}/"))
        if others and "/" in given:
            output, _, metric = given.rpartition("/")
            return Objective(output, metric)
        if len(outputs) == 1 and "/" not in given:
            return Objective(outputs[0], given)
    raise InputError(
        f"an objective must be an Objective, (output, metric) or 'output/metric', got {_shown(given)}; "
        f"for example {_example(outputs)}"
    )


def _shown(given: Any) -> str:
    if isinstance(given, keras_tuner.Objective):
        return f"keras_tuner.Objective({given.name!r}, {given.direction!r})"
    return repr(given) if isinstance(given, tuple) else in_words(given)


def _example(outputs: Sequence[str]) -> str:
    return f"objectives=[Objective({next(iter(outputs), 'output')!r}, 'accuracy')]"
