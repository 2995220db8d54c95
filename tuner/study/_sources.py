"""The source text of a person's functions, as short marks that change when it does."""

from __future__ import annotations

import inspect
from typing import Any

from tuner.inputs import Training, short_hash
from tuner.study._design import StudyDesign


def sources(design: StudyDesign, training: Training) -> dict[str, str]:
    """A mark for each function or class of a person's own, by what it is; none where its text cannot be read.

    Args:
        design: What is searched.
        training: What all trials share.
    """
    things = {"the build function": design.architecture.source}
    things |= {f"the objective {m.objective.name!r}": m.function for m in training.measures if m.function is not None}
    things |= {f"{spec.class_name} ({spec.place})": spec.live for spec in design.specs if spec.custom}
    return {name: mark for name, thing in things.items() if (mark := _mark(thing))}


def _mark(thing: Any) -> str:
    code = thing if inspect.isroutine(thing) or inspect.isclass(thing) else type(thing)
    try:
        text = inspect.getsource(code)
    except (OSError, TypeError):
        return ""
    return short_hash([text.encode()])
