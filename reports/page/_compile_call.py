"""A candidate as the Python that compiles it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from search_spaces import scaled_settings

_SCHEDULE, _INNER, _EXCLUDED = "learning_rate", "inner_optimizer", "exclude_from_weight_decay"


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


def compile_call(candidate: Mapping[str, Any], untrained: Sequence[str] = ()) -> str:
    """The `model.compile(...)` call of a candidate, to paste.

    Args:
        candidate: Plain data, as stored with a trial: learning_rate, optimizer, losses, weights.
        untrained: The model's outputs that have no loss; Keras wants them named where the outputs are a list.

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
    nothing = dict.fromkeys(untrained, "None")
    losses = ",\n".join(f"        {name!r}: {source}" for name, source in (parts.losses | nothing).items())
    weights = ", ".join(f"{name!r}: {weight}" for name, weight in (parts.weights | nothing).items())
    return (
        f"model.compile(\n    optimizer={parts.optimizer},\n    loss={{\n{losses},\n    }},\n    loss_weights={{{weights}}},\n)"
        + _afterwards(candidate)
    )


def untrained_outputs(meta: Mapping[str, Any]) -> list[str]:
    """The outputs of a study's model that have no loss.

    Args:
        meta: The study's meta data, as `study_frame` keeps them in `attrs["study"]`.
    """
    return [output for output in meta.get("model", {}).get("outputs", {}) if output not in meta["outputs"]]


def _optimizer(candidate: Mapping[str, Any]) -> str:
    spec, rate = candidate["optimizer"], candidate["learning_rate"]
    config = {key: value for key, value in spec["config"].items() if key not in (_SCHEDULE, _INNER, _EXCLUDED)}
    if _INNER in spec["config"]:
        inner = {**candidate, "optimizer": spec["config"][_INNER]}
        return f"keras.optimizers.{spec['class_name']}({', '.join([_optimizer(inner), *_settings(config)])})"
    schedule = spec["config"].get(_SCHEDULE)
    if schedule is None:
        return _constructor_call({**spec, "config": {_SCHEDULE: rate, **config}}, "optimizers")
    start = ", ".join([f"{_SCHEDULE}={_scheduled(schedule, rate)}", *_settings(config)])
    return f"{'' if spec.get('custom') else 'keras.optimizers.'}{spec['class_name']}({start})"


def _scheduled(schedule: Mapping[str, Any], rate: float) -> str:
    if schedule.get("custom"):
        return _constructor_call(schedule, "optimizers.schedules")
    return _constructor_call({**schedule, "config": scaled_settings(schedule["config"], rate)}, "optimizers.schedules")


def _afterwards(candidate: Mapping[str, Any]) -> str:
    """What no argument of `compile` says: variables without weight decay, and the scale of a schedule of one's own."""
    outer = candidate["optimizer"]["config"]
    spec, optimizer = (
        (outer[_INNER]["config"], "model.optimizer.inner_optimizer") if _INNER in outer else (outer, "model.optimizer")
    )
    lines, excluded = [], spec.get(_EXCLUDED, {})
    if excluded:
        listed = f"[v for v in model.trainable_variables if v.path in {excluded.get('var_list', [])!r}]"
        lines.append(f"{optimizer}.{_EXCLUDED}(var_list={listed}, var_names={excluded.get('var_names')!r})")
    if (spec.get(_SCHEDULE) or {}).get("custom"):
        lines.append(f"# The learning-rate schedule is scaled so that it starts at {candidate['learning_rate']!r}.")
    return "".join(f"\n{line}" for line in lines)


def _settings(config: Mapping[str, Any]) -> list[str]:
    return [f"{key}={value!r}" for key, value in config.items()]


def _constructor_call(spec: Mapping[str, Any], module: str) -> str:
    settings = ", ".join(_settings(spec.get("config", {})))
    if spec.get("custom"):
        return f"{spec['class_name']}({settings})" if settings else str(spec["class_name"])
    return f"keras.{module}.{spec['class_name']}({settings})"
