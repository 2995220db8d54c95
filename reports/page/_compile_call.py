"""A candidate as the Python that compiles it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from search_spaces import scaled_settings


class CallParts(NamedTuple):
    """The pieces of a compile call, as Python source.

    Attributes:
        optimizer: Source of the optimizer.
        losses: Source of each output's loss, by output name.
        weights: Source of each output's weight, by output name.
    """

    optimizer: str
    losses: dict[str, str]
    weights: dict[str, str]


def call_parts(candidate: Mapping[str, Any]) -> CallParts:
    """The pieces of a candidate's compile call."""
    losses = {name: _constructor_call(loss, "losses") for name, loss in candidate["losses"].items()}
    return CallParts(_optimizer(candidate), losses, {name: repr(weight) for name, weight in candidate["weights"].items()})


def compile_call(candidate: Mapping[str, Any]) -> str:
    """The `model.compile(...)` call of a candidate, to paste.

    Args:
        candidate: Plain data, as stored with a trial: learning_rate, optimizer, losses, weights.

    Example:
        >>> import reports
        >>> print(reports.compile_call(study.trials[4].user_attrs["candidate"]))
        model.compile(
            optimizer=keras.optimizers.RMSprop(learning_rate=0.03893222095465106),
            loss={
                'urgent': keras.losses.BinaryCrossentropy(from_logits=True),
                'kind': keras.losses.CategoricalCrossentropy(from_logits=True),
            },
            loss_weights={'urgent': 1.0, 'kind': 0.2819554538618302},
        )
    """
    parts = call_parts(candidate)
    losses = ",\n".join(f"        {name!r}: {source}" for name, source in parts.losses.items())
    weights = ", ".join(f"{name!r}: {weight}" for name, weight in parts.weights.items())
    return (
        f"model.compile(\n    optimizer={parts.optimizer},\n    loss={{\n{losses},\n    }},\n    loss_weights={{{weights}}},\n)"
    )


def _optimizer(candidate: Mapping[str, Any]) -> str:
    spec, rate = candidate["optimizer"], candidate["learning_rate"]
    config = {key: value for key, value in spec["config"].items() if key != "learning_rate"}
    schedule = spec["config"].get("learning_rate")
    if schedule is None:
        return _constructor_call({**spec, "config": {"learning_rate": rate, **config}}, "optimizers")
    settings = scaled_settings(schedule["config"], rate)
    scheduled = _constructor_call({"class_name": schedule["class_name"], "config": settings}, "optimizers.schedules")
    others = "".join(f", {key}={value!r}" for key, value in config.items())
    return f"keras.optimizers.{spec['class_name']}(learning_rate={scheduled}{others})"


def _constructor_call(spec: Mapping[str, Any], module: str) -> str:
    settings = ", ".join(f"{key}={value!r}" for key, value in spec.get("config", {}).items())
    if spec.get("custom"):
        return f"{spec['class_name']}({settings})" if settings else str(spec["class_name"])
    return f"keras.{module}.{spec['class_name']}({settings})"
