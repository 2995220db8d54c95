"""The `compile` table of best.json: arguments of `Model.compile` beside optimizer, losses and weights, as plain data."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from search_spaces import (
    InputError,
    Problems,
    compile_settings,
    in_model_structure,
    nearest,
    output_names,
    paired_metrics,
    public_classes,
)

if TYPE_CHECKING:
    import keras

_KINDS: Mapping[str, Any] = {
    "run_eagerly": bool,
    "jit_compile": bool,
    "steps_per_execution": int,
    "auto_scale_loss": bool,
    "metrics": dict,
    "weighted_metrics": dict,
}
_METRICS = ("metrics", "weighted_metrics")


def compile_table(model: keras.Model) -> dict[str, Any]:
    """What the model was compiled with, as far as it is plain data: metrics of one's own are left out.

    Args:
        model: A Keras model; one that is not compiled has none.

    Example:
        >>> model = build()
        >>> model.compile("adam", loss=model.loss, metrics={"kind": ["accuracy"]})
        >>> compile_table(model)
        {'metrics': {'kind': ['accuracy']}}
    """
    found = {argument: _plain_metrics(model, argument) for argument in _METRICS}
    return compile_settings(model) | {argument: metrics for argument, metrics in found.items() if metrics}


def live_settings(table: Mapping[str, Any], model: keras.Model, outputs: Sequence[str]) -> dict[str, Any]:
    """The arguments of `Model.compile` that a checked table holds.

    Args:
        table: What `compile_table` gave.
        model: The model to compile.
        outputs: Names of its outputs.

    Raises:
        InputError: Keras has no such metric, or the metric refuses its settings.
    """
    live = dict(table)
    for argument in [argument for argument in _METRICS if argument in table]:
        metrics = {output: [_live(metric) for metric in some] for output, some in table[argument].items()}
        listed = [metrics.get(output) for output in outputs]
        live[argument] = listed[0] if len(listed) == 1 else in_model_structure(model, listed, outputs)
    return live


def check_settings(table: Mapping[str, Any], problems: Problems) -> None:
    """Adds every setting that is unknown or of the wrong type."""
    for name, value in table.items():
        if name not in _KINDS:
            problems.add(f"compile has an unknown setting {name!r}; {nearest(name, _KINDS)}")
        elif not isinstance(value, _KINDS[name]) or (_KINDS[name] is int and (isinstance(value, bool) or not value > 0)):
            problems.add(f"compile.{name} has the wrong value {value!r:.80}")
    for argument, output, some in [(a, *item) for a in _METRICS if isinstance(table.get(a), dict) for item in table[a].items()]:
        if not isinstance(some, list) or not all(isinstance(metric, str | Mapping) for metric in some):
            problems.add(f"compile.{argument} of {output!r} must be a list of metrics, got {some!r:.80}")


def is_finite_number(value: Any) -> bool:
    """Whether a value is a number that a float can hold."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(float(value))
    except OverflowError:
        return False


def _plain_metrics(model: keras.Model, argument: str) -> dict[str, list[Any]]:
    """The metrics of each output; none where Keras would refuse them, since then they play no part in a search."""
    try:
        by_output = paired_metrics(model, output_names(model), argument) if model.compiled else {}
    except InputError:
        return {}
    plain = {output: [_plain(metric) for metric in metrics] for output, metrics in by_output.items()}
    return {output: [metric for metric in some if metric is not None] for output, some in plain.items() if any(some)}


def _plain(metric: Any) -> Any:
    """A metric by its name, or by its class and settings; None where it is one of a person's own."""
    import keras

    if isinstance(metric, str):
        return metric
    cls = type(metric)
    if public_classes(keras.metrics).get(cls.__name__) is not cls:
        return None
    try:
        return json.loads(json.dumps({"class_name": cls.__name__, "config": metric.get_config()}))
    except (TypeError, ValueError):
        return None


def _live(metric: Any) -> Any:
    import keras

    if isinstance(metric, str):
        return metric
    name, config = str(metric.get("class_name")), metric.get("config", {})
    cls = public_classes(keras.metrics).get(name)
    if cls is None:
        raise InputError(f"Keras has no metric {name!r}; {nearest(name, public_classes(keras.metrics))}")
    try:
        return cls(**config)
    except (TypeError, ValueError) as error:
        raise InputError(f"metric {name!r} refuses its settings {config!r:.80}: {error}") from error
