"""What a person may leave out: the search space and the objectives, chosen by what the model was compiled with."""

from __future__ import annotations

from typing import Any

import keras

from search_spaces import InputError, Problems, SearchSpace, output_names, outputs_are_known, paired_metrics
from tuner.inputs import Measure, Objective, as_objectives, check_column_names, default_objectives, has_families, resolve


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


def measures_of(objectives: Any, space: SearchSpace, model: keras.Model, problems: Problems) -> list[Measure]:
    """The objectives ready to compute, one per output where they are left out; mistakes are noted in `problems`."""
    before, outputs = len(problems.lines), output_names(model)
    try:
        if objectives is None:
            named = default_objectives(space, objectives_of_metrics(model, space))
        else:
            named = as_objectives(objectives, outputs, problems, others=not outputs_are_known(model))
        if len(problems.lines) > before:
            return []
        if not outputs_are_known(model):  # a search calls it, and refuses what it turns out not to give
            outputs = list(dict.fromkeys([*outputs, *(objective.output for objective in named)]))
        check_column_names(named, outputs, problems)
        return resolve(named, space, untrained=[output for output in outputs if output not in space.outputs])
    except InputError as error:
        problems.include(error)
        return []


def objectives_of_metrics(model: keras.Model, space: SearchSpace) -> dict[str, Objective]:
    """The first metric of each output that the model is compiled with, where it is known whether more or less is better.

    Args:
        model: A Keras model; one that is not compiled has none.
        space: Names the outputs and their losses.
    """
    try:
        metrics = paired_metrics(model, output_names(model)) if model.compiled else {}
    except InputError:  # metrics that Keras refuses play no part in a search
        return {}
    first = {output: Objective(output, _name_or_object(some[0])) for output, some in metrics.items() if output in space.outputs}
    return {output: objective for output, objective in first.items() if _is_clear(objective, space)}


def _name_or_object(metric: Any) -> Any:
    """The metric, or the name of a function of Keras's."""
    of_keras = str(getattr(metric, "__module__", "")).startswith("keras.") and not isinstance(metric, type | keras.Metric)
    return getattr(metric, "__name__", metric) if of_keras else metric


def _is_clear(objective: Objective, space: SearchSpace) -> bool:
    """Whether the metric is defined for the output, whatever its data are."""
    if has_families(objective) and all(loss.family == "regression" for loss in space.outputs[objective.output].losses):
        return False
    try:
        resolve([objective], space)
    except InputError:
        return False
    return True
