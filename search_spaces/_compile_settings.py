"""The arguments of `compile` beside optimizer, losses and weights."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from search_spaces._keras_internals import automatic_jit, automatic_name, compile_arguments

if TYPE_CHECKING:
    import keras

_DEFAULTS: dict[str, Any] = {"run_eagerly": False, "steps_per_execution": 1, "auto_scale_loss": True}


def compiled_metrics(model: keras.Model) -> dict[str, Any]:
    """The metrics that a model was compiled with, as `compile` takes them: `metrics`, `weighted_metrics`, or neither.

    Example:
        >>> model = build()
        >>> model.compile("adam", loss=model.loss, metrics={"kind": ["accuracy"]})
        >>> compiled_metrics(model)
        {'metrics': {'kind': ['accuracy']}}
    """
    given = compile_arguments(model)
    return {name: given[name] for name in ("metrics", "weighted_metrics") if given.get(name)}


def name_metrics_afresh(model: keras.Model, before: Mapping[str, int]) -> None:
    """Gives metrics that were made without names the names that they have in a process where no other model was made.

    Keras numbers them through a process: the `AUC()` of the second model that a function builds is logged as `auc_1`, which
    nothing watches that watches `auc`.

    Args:
        model: A compiled model, or one that is not.
        before: How many names Keras had made of each class, from `automatic_numbers`, before the model was built.

    Example:
        >>> import keras
        >>> from search_spaces import automatic_numbers
        >>> model, before = build(), automatic_numbers()
        >>> model.compile("adam", loss=model.loss, metrics={"kind": [keras.metrics.AUC(), keras.metrics.AUC(name="auc_own")]})
        >>> name_metrics_afresh(model, before)
        >>> [metric.name for metric in compiled_metrics(model)["metrics"]["kind"]]
        ['auc', 'auc_own']
    """
    import keras

    given = {id(metric): metric for metric in keras.tree.flatten(compiled_metrics(model)) if isinstance(metric, keras.Metric)}
    for metric in given.values():
        automatic = automatic_name(metric)
        found = re.fullmatch(rf"{automatic}(?:_(\d+))?", metric.name)
        number = int(found[1] or 0) - before.get(automatic, 0) if found else -1
        if number >= 0:
            metric.name = f"{automatic}_{number}" if number else automatic


def compile_like(model: keras.Model, other: keras.Model) -> None:
    """Compiles a model with what another one of the same outputs was compiled with, the optimizer's own object among it.

    Example:
        >>> import keras
        >>> model = build()
        >>> other = keras.Model(model.inputs, model.output)
        >>> compile_like(other, model)
        >>> other.optimizer is model.optimizer
        True
    """
    model.compile(**compile_arguments(other))


def compile_settings(model: keras.Model) -> dict[str, Any]:
    """How a model was compiled to run, where it differs from what Keras chooses by itself.

    The settings are `run_eagerly`, `jit_compile`, `steps_per_execution` and `auto_scale_loss`.

    Args:
        model: A Keras model; one that is not compiled has none.

    Example:
        >>> model = build()
        >>> compile_settings(model)
        {}
        >>> model.compile("adam", loss=model.loss, run_eagerly=True)
        >>> compile_settings(model)
        {'run_eagerly': True}
    """
    given = compile_arguments(model)
    if not given:
        return {}
    settings: dict[str, Any] = {name: given[name] for name in ("run_eagerly", "steps_per_execution") if name in given}
    if model.dtype_policy.name == "mixed_float16":
        settings["auto_scale_loss"] = hasattr(model.optimizer, "inner_optimizer")
    changed = {name: value for name, value in settings.items() if value != _DEFAULTS[name]}
    jit = bool(given.get("jit_compile"))
    automatic = automatic_jit(model) and not changed.get("run_eagerly")
    return changed if jit == automatic else changed | {"jit_compile": jit}
