"""Outputs whose targets play no part."""

from __future__ import annotations

from collections.abc import Sequence

import keras

from search_spaces import InputError, SearchSpace, output_names, paired_metrics
from tuner.inputs._measures import Measure


def unused_outputs(model: keras.Model, space: SearchSpace, measures: Sequence[Measure]) -> list[str]:
    """The outputs that have no loss, no objective and no compiled metric: their targets may be left out, and are not read.

    Args:
        model: Its outputs are known, or named by what it was compiled with.
        space: Names the outputs that have a loss.
        measures: The objectives.

    Example:
        >>> unused_outputs(build(), SearchSpace({"urgent": "binary_crossentropy"}), [])
        ['kind']
    """
    outputs = output_names(model)
    used = {*space.outputs, *(measure.output for measure in measures), *_with_metrics(model, outputs)}
    return [output for output in outputs if output not in used]


def _with_metrics(model: keras.Model, outputs: Sequence[str]) -> list[str]:
    if not model.compiled:
        return []
    try:
        return [output for argument in ("metrics", "weighted_metrics") for output in paired_metrics(model, outputs, argument)]
    except InputError:  # metrics that Keras refuses play no part in a search
        return []
