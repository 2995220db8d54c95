"""What a person may leave out: the search space and the objectives, chosen by what the model was compiled with."""

from __future__ import annotations

from collections.abc import Sequence

import keras

from search_spaces import InputError, Problems, SearchSpace
from tuner.inputs import Measure, Objective, default_objectives, resolve


def default_space(example: keras.Model, is_compiled: bool) -> SearchSpace:
    """The space around a compiled model.

    Args:
        example: The given model, or what the build function returns.
        is_compiled: Whether the model came compiled.

    Raises:
        InputError: The model is not compiled.
    """
    if not is_compiled:
        raise InputError("the model is not compiled, so there is no space around it: compile it, or pass a SearchSpace")
    return SearchSpace.around(example)


def measures_of(objectives: Sequence[Objective] | None, space: SearchSpace, problems: Problems) -> list[Measure]:
    """The objectives ready to compute, one per output where they are left out; mistakes are noted in `problems`."""
    try:
        return resolve(default_objectives(space) if objectives is None else list(objectives), space)
    except InputError as error:
        problems.include(error)
        return []
