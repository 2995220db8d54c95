"""Trains a model as the study trained the chosen trial, and says whether it became as good as the study leads to expect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from search_spaces import Problems, by_output_name, in_model_structure, output_names, outputs_are_known
from tuner._rate_schedules import relative_where_own

if TYPE_CHECKING:
    from tuner.production import BestConfig

_REMADE = {
    "EarlyStopping": ("monitor", "min_delta", "patience", "baseline", "restore_best_weights", "start_from_epoch"),
    "ReduceLROnPlateau": ("monitor", "factor", "patience", "min_delta", "cooldown", "min_lr"),
}
"""Keras's callbacks that their settings alone make again. Their direction is `mode`, which only some of them keep."""


@dataclass(frozen=True)
class Expectation:
    """What the study leads to expect of one more training.

    Attributes:
        low: Lower end of the interval that the value of one more seed lies in with 95 %.
        high: Upper end.
        seeds: Number of seeds that it comes from.
        data: What these were measured on: `validation` or `test`.
    """

    low: float
    high: float
    seeds: int
    data: str


@dataclass(frozen=True)
class Trained:
    """A model that was trained as chosen.

    Attributes:
        model: The trained model.
        history: What `Model.fit` returned; the objectives are among its logs.
        values: Each objective by name on the validation data, of the weights that the training ended with.
        expected: What the study leads to expect of each objective; those without replicates are missing.
        unmeasured: Why an objective is not measured, by name.
    """

    model: keras.Model
    history: keras.callbacks.History
    values: Mapping[str, float] = field(default_factory=dict)
    expected: Mapping[str, Expectation] = field(default_factory=dict)
    unmeasured: Mapping[str, str] = field(default_factory=dict)

    @property
    def as_expected(self) -> bool | None:
        """Whether every measured value lies where the study leads to expect it; None where nothing can be compared."""
        compared = [name for name in self.values if name in self.expected]
        return all(self._inside(name) for name in compared) if compared else None

    def _inside(self, name: str) -> bool:
        return self.expected[name].low <= self.values[name] <= self.expected[name].high

    def __str__(self) -> str:
        """One sentence for each objective."""
        said = [self._sentence(name, value) for name, value in self.values.items()]
        return "\n".join([*said, *(f"{name} is not measured: {reason}." for name, reason in self.unmeasured.items())])

    def _sentence(self, name: str, value: float) -> str:
        if name not in self.expected:
            return f"{name} {value:.4g}; the study has no replicates, so that nothing is known of other seeds."
        among, place = self.expected[name], "inside" if self._inside(name) else "OUTSIDE"
        return (
            f"{name} {value:.4g}, {place} {among.low:.4g} to {among.high:.4g}, where one more seed is expected with 95 % "
            f"({among.seeds} seeds on {among.data} data)."
        )


def train_as_chosen(
    config: BestConfig,
    model: keras.Model,
    x: Any,
    y: Any,
    *,
    validation_data: Any,
    sample_weight: Any,
    callbacks: Any,
    compile_arguments: Mapping[str, Any],
    fit_arguments: Mapping[str, Any],
) -> Trained:
    """Compiles and fits the model as `BestConfig.train` documents."""
    problems = Problems("the model cannot be trained as chosen")
    measured, unmeasured = _measured(config, validation_data)
    own = _callbacks(config, callbacks, validation_data, measured, problems)
    settings = _fit_settings(config, x, fit_arguments)
    weights = _weights(config, model, x, y, sample_weight, problems)
    problems.raise_any()
    config.compile(model, **compile_arguments)
    watch = _Objectives(measured, validation_data)
    rows = {"x": x, "y": y, "sample_weight": weights, "validation_data": validation_data}
    history = model.fit(**{key: value for key, value in rows.items() if value is not None}, **settings, callbacks=[watch, *own])
    return Trained(model, history, watch.evaluated(), _expected(config), unmeasured)


def _fit_settings(config: BestConfig, x: Any, given: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of `fit` that the study had; those that are given win."""
    own: dict[str, Any] = {"epochs": config.epochs, "shuffle": config.fit_settings.get("shuffle", True)}
    if config.fit_settings.get("steps_per_epoch") is not None:
        own["steps_per_epoch"] = config.fit_settings["steps_per_epoch"]
    if not yields_batches(x):
        own["batch_size"] = config.batch_size
    return own | dict(given)


def yields_batches(x: Any) -> bool:
    """Whether batches come out of it, targets among them: a dataset or a generator, as against arrays."""
    return not isinstance(x, Mapping | Sequence | np.ndarray) and not hasattr(x, "shape") and not hasattr(x, "columns")


def _weights(config: BestConfig, model: keras.Model, x: Any, y: Any, given: Any, problems: Problems) -> Any:
    """The weights of the rows: those that are given, or what the classes of the study weigh."""
    if not config.class_weight:
        return given
    if given is not None:
        problems.add("the study weighed rows by their classes, so that sample_weight cannot be given too; leave it out")
    elif yields_batches(x) or y is None:
        problems.add(
            "the study weighed rows by their classes, and the rows of batches cannot be weighed here; give arrays, or weigh them "
            "yourself by config.sample_weight(y) and call config.compile(model) and model.fit"
        )
    else:
        outputs = output_names(model) if outputs_are_known(model) else list(config.candidate.losses)
        targets = by_output_name(y, outputs) if not isinstance(y, Mapping) else y
        weights = config.sample_weight(targets)
        assert weights is not None
        return weights if isinstance(y, Mapping) else in_model_structure(model, [weights[name] for name in outputs], outputs)
    return None


def _callbacks(
    config: BestConfig, given: Any, validation_data: Any, measured: Sequence[_Measured], problems: Problems
) -> list[keras.callbacks.Callback]:
    """The callbacks that are given, or those of the study made again."""
    if given is not None:
        return _as_in_trials(config, [given] if isinstance(given, keras.callbacks.Callback) else list(given))
    made, known = [], {one.name: one for one in measured}
    for one in config.fit_settings.get("callbacks", []):
        name, settings = one["class_name"], one["settings"]
        if name not in _REMADE:
            problems.add(
                f"the trials trained with the callback {name}, which a file cannot hold; give callbacks=[...] with it, or "
                "callbacks=[] to train without"
            )
            continue
        monitor = settings.get("monitor", "val_loss")
        if validation_data is None and (monitor.startswith("val_") or monitor in config.objective_names):
            problems.add(f"the trials trained with {name}, which watches {monitor!r}; give validation_data, or callbacks=[...]")
            continue
        if monitor in config.objective_names and monitor not in known:
            problems.add(f"{name} watches {monitor!r}, which cannot be measured here; give callbacks=[...]")
            continue
        direction = known[monitor].direction if monitor in known else settings.get("mode", "auto")
        kept = {key: settings[key] for key in _REMADE[name] if key in settings}
        made.append(getattr(keras.callbacks, name)(**kept, mode=direction))
    return made


def _as_in_trials(config: BestConfig, given: list[keras.callbacks.Callback]) -> list[keras.callbacks.Callback]:
    """The callbacks; a schedule that sets rates of its own is taken relative to the compiled rate where trials took it so."""
    if "schedule_relative_to" not in config.fit_settings:
        return given
    return [relative_where_own(one, config.epochs, config.fit_settings["schedule_relative_to"]) for one in given]


@dataclass(frozen=True)
class _Measured:
    """An objective that can be measured from what the file says of it."""

    name: str
    output: str
    direction: str
    metric: keras.Metric
    link: str

    def value(self, target: Any, prediction: Any, weight: Any) -> float:
        prediction, target = np.asarray(prediction), np.asarray(target)
        if target.ndim == prediction.ndim - 1 and prediction.shape[-1] == 1:
            target = target[..., None]
        self.metric.reset_state()
        linked = getattr(keras.ops, self.link)(prediction) if self.link else prediction
        self.metric.update_state(target, linked, sample_weight=weight)
        return float(np.mean(keras.ops.convert_to_numpy(self.metric.result())))


def _measured(config: BestConfig, validation_data: Any) -> tuple[list[_Measured], dict[str, str]]:
    """The objectives that can be measured, and why the others cannot."""
    measured, unmeasured = [], {}
    for objective in config.objectives:
        name, output, how = objective["name"], objective["output"], objective.get("measured", {})
        loss = config.candidate.losses.get(output)
        if validation_data is None:
            unmeasured[name] = "no validation_data were given"
        elif not isinstance(validation_data, tuple | list):
            unmeasured[name] = "the validation data must be arrays, (x, y) or (x, y, sample_weight)"
        elif "class_name" not in how or getattr(keras.metrics, how["class_name"], None) is None:
            unmeasured[name] = "its metric is none of Keras's own"
        elif loss is not None and loss.config.get("ignore_class") is not None:
            unmeasured[name] = "its loss leaves a class out"
        else:
            metric = getattr(keras.metrics, how["class_name"]).from_config(dict(how["config"]))
            measured.append(_Measured(name, output, objective["direction"], metric, how.get("link", "")))
    return measured, unmeasured


class _Objectives(keras.callbacks.Callback):  # type: ignore[misc]
    """Measures the objectives after each epoch, where callbacks that come later and the history see them."""

    def __init__(self, measured: Sequence[_Measured], validation_data: Any) -> None:
        super().__init__()
        self._measured, self._rows = measured, validation_data

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Puts them among the logs."""
        if logs is not None:
            logs.update(self.evaluated())

    def evaluated(self) -> dict[str, float]:
        """The objectives of the model as it is now."""
        if not self._measured:
            return {}
        x, y, *weights = self._rows
        outputs = output_names(self.model)
        predictions = by_output_name(self.model.predict(x, batch_size=1024, verbose=0), outputs)
        targets = dict(y) if isinstance(y, Mapping) else by_output_name(y, outputs)
        return {
            one.name: one.value(targets[one.output], predictions[one.output], _weight_of(weights, one.output, outputs))
            for one in self._measured
        }


def _weight_of(weights: Sequence[Any], output: str, outputs: Sequence[str]) -> Any:
    """The weights of the rows for an output: by output, in their order, or the same for all."""
    if not weights or weights[0] is None:
        return None
    given = weights[0]
    if isinstance(given, Mapping):
        return given.get(output)
    return given[list(outputs).index(output)] if isinstance(given, list | tuple) else given


def _expected(config: BestConfig) -> dict[str, Expectation]:
    """What the study's replicates lead to expect, by objective: from the kind of data that has more seeds."""
    expected: dict[str, Expectation] = {}
    for row in config.evidence.get("intervals", []):
        low, high, seeds = (
            row.get("run_low"),
            row.get("run_high"),
            int(row.get("replicates") or len(config.evidence.get("seeds", []))),
        )
        known = expected.get(row["objective"])
        if (
            row["objective"] in config.objective_names
            and low is not None
            and high is not None
            and (known is None or seeds >= known.seeds)
        ):
            expected[row["objective"]] = Expectation(low, high, seeds, row["data"])
    return expected
