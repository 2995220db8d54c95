"""The stock way: build, compile, fit. Slow, and the oracle that every other engine is held against."""

from __future__ import annotations

import gc
import time
import traceback
from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np

from search_spaces import Candidate, compile_settings, compiled_metrics, for_compile, names, output_structure, with_own_losses
from tuner.engines._averaged_weights import averaged_weights
from tuner.engines._custom_gradients import forgetting_custom_gradients
from tuner.engines._evaluation import Evaluation
from tuner.engines._ordered_rows import OrderedRows
from tuner.engines._policy_model import PolicyEpochs, with_policy
from tuner.engines._protocol import Outcome, RunningTrial, Trials
from tuner.inputs import (
    Arrays,
    OtherFixedPart,
    Training,
    in_model_structure,
    in_output_order,
    quiet_tensorflow,
    quiet_where_untrained,
)


class FitEngine:
    """Trains one trial after the other with `Model.fit`.

    Args:
        training: What all trials share.

    >>> model = FitEngine(training).fit(candidate, seed=7)
    >>> type(model.optimizer).__name__
    'RMSprop'
    """

    name = "fit"

    def __init__(self, training: Training) -> None:
        self.training = training

    def run(self, trials: Trials) -> None:
        """Trains until there are no more trials."""
        while (trial := trials.next()) is not None:
            trials.finish(trial, self.train(trial, trials))

    def train(self, trial: RunningTrial, trials: Trials) -> Outcome:
        """Trains one trial, which is reported but not finished."""
        if self.training.folds and trial.fold is not None:
            return FitEngine(self.training.of_fold(trial.fold)).train(trial, trials)
        try:
            with self.training.architecture.alone(), forgetting_custom_gradients(), quiet_tensorflow():
                outcome = self._train(trial, trials)
        except OtherFixedPart:
            return self._of_whole_models().train(trial, trials)
        gc.collect()
        return outcome

    def _train(self, trial: RunningTrial, trials: Trials) -> Outcome:
        began = time.perf_counter()
        watch, training, tested, kept = _Watch(self.training, trial, trials), self.training, None, None
        try:
            self._fitted(trial.candidate, trial.seed, [watch])
            kept = watch.kept() if training.callbacks is not None else None
            if training.test is not None and watch.state == names.COMPLETE:
                tested = watch.evaluated(training.test)
        except OtherFixedPart:
            raise
        except Exception:  # noqa: BLE001  whatever the user's build, layers or losses raise ends this trial alone
            watch.end(names.FAILED, traceback.format_exc(limit=-8))
        outcome = Outcome(watch.state, watch.history, time.perf_counter() - began, self.name, watch.reason, kept=kept)
        return outcome if tested is None else outcome.tested(tested, training.measures)

    def fit(self, candidate: Candidate, seed: int) -> keras.Model:
        """Builds, compiles and fits a candidate.

        Args:
            candidate: What to train.
            seed: Seed of initial weights, shuffling and dropout.

        Returns:
            The trained model, compiled.
        """
        try:
            return self.training.architecture.completed(self._fitted(candidate, seed))
        except OtherFixedPart:
            return self._of_whole_models().fit(candidate, seed)

    def _of_whole_models(self) -> FitEngine:
        assert self.training.whole is not None
        return FitEngine(self.training.whole)

    def _fitted(self, candidate: Candidate, seed: int, callbacks: Sequence[keras.callbacks.Callback] = ()) -> keras.Model:
        """The trained model, or what is trained of it."""
        training = self.training
        model = training.architecture.build(candidate.hyperparameters, seed)
        candidate = with_own_losses(candidate, model, training.outputs)
        if candidate.policy:
            model, callbacks = with_policy(model, candidate, training.outputs, seed), [PolicyEpochs(), *callbacks]
        metrics = {} if training.callbacks is None else compiled_metrics(model)
        compile_candidate(model, candidate, training.outputs, **metrics)
        rows, order = _rows(training, model, seed)
        own, watched = _own_callbacks(training, model)
        with quiet_where_untrained(candidate.losses, training.outputs):
            model.fit(**rows, **watched, epochs=training.epochs, callbacks=[*order, *callbacks, *own], verbose=0)
        return model


def compile_candidate(model: keras.Model, candidate: Candidate, outputs: Sequence[str], **metrics: Any) -> None:
    """Compiles the model with the candidate's optimizer, losses and weights.

    Args:
        model: Its outputs are a dictionary by these names, or come in their order: layers that were given no name have
            another one in every model that is built.
        candidate: What to compile with. How the model was compiled to run, `run_eagerly` for one, is kept.
        outputs: Names of the outputs, in order.
        **metrics: `metrics` and `weighted_metrics` as `compile` takes them.

    >>> model = build()
    >>> compile_candidate(model, candidate, training.outputs)
    >>> model.get_compile_config()["loss_weights"]
    {'urgent': 1.0, 'kind': 0.2}
    """
    model.compile(**compile_settings(model), **for_compile(model, candidate.compile_arguments(), outputs), **metrics)
    candidate.optimizer.exclude_variables(model.optimizer, model.trainable_variables)


def _rows(training: Training, model: keras.Model, seed: int) -> tuple[dict[str, Any], list[keras.callbacks.Callback]]:
    """The arguments of `Model.fit` that give it the training rows in their order, and the callbacks that this needs."""
    data = training.data
    if data.arrays is None:
        shuffle = training.shuffle and isinstance(data.x, keras.utils.PyDataset)
        return {"x": data.x, "steps_per_epoch": training.steps_per_epoch, "shuffle": shuffle}, []
    order = training.order
    rows = fit_arguments(model, data.arrays, training.outputs)
    if order.is_own:
        return {**rows, "batch_size": order.batch_size, "shuffle": False}, []
    ordered = OrderedRows(rows, order, seed)
    return {"x": ordered.dataset(), "shuffle": False}, [ordered]


def _own_callbacks(training: Training, model: keras.Model) -> tuple[list[keras.callbacks.Callback], dict[str, Any]]:
    """The person's callbacks, new for this trial, and the arguments of `Model.fit` that give them what they watch."""
    if training.callbacks is None or training.watched is None:
        return [], {}
    watched = training.watched
    rows = fit_arguments(model, watched.rows, training.outputs)
    return training.callbacks.make(), {
        "validation_data": tuple(rows[key] for key in ("x", "y", "sample_weight") if key in rows),
        "validation_batch_size": watched.batch_size,
        "validation_freq": watched.freq if isinstance(watched.freq, int) else list(watched.freq),
    }


def fit_arguments(model: keras.Model, arrays: Arrays, outputs: Sequence[str]) -> dict[str, Any]:
    """The arguments of `Model.fit`, with targets and sample weights in the structure of the model's outputs."""
    rows = {"x": arrays.inputs, "y": in_model_structure(model, arrays.targets, outputs)}
    if any(weight is not None for weight in arrays.weights):
        ranks = [len(tensor.shape) for tensor in in_output_order(output_structure(model), outputs)]
        ones = [np.ones((arrays.rows, *[1] * max(rank - 2, 0)), keras.config.floatx()) for rank in ranks]
        weights = [ones[at] if weight is None else weight for at, weight in enumerate(arrays.weights)]
        rows["sample_weight"] = in_model_structure(model, weights, outputs)
    return rows


class _Watch(keras.callbacks.Callback):  # type: ignore[misc]
    """Measures after each epoch, reports, and stops a trial that diverges or is pruned."""

    def __init__(self, training: Training, trial: RunningTrial, trials: Trials) -> None:
        super().__init__()
        self.training, self.trial, self.trials = training, trial, trials
        self.history: list[list[float]] = []
        self.state, self.reason = names.COMPLETE, ""
        self._epoch = 0
        self._evaluation: Evaluation | None = None

    def evaluated(self, rows: Arrays) -> list[float]:
        """The objectives of the model as it is now."""
        if self._evaluation is None:
            self._evaluation = Evaluation(self.model, self.training.measures, self.training.outputs)
        return self._evaluation(rows)

    def end(self, state: str, reason: str) -> None:
        """Ends the trial in this state."""
        self.state, self.reason = state, reason
        if self.model is not None:
            self.model.stop_training = True

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Remembers the epoch, counted from 1."""
        self._epoch = epoch + 1

    def on_train_batch_end(self, batch: int, logs: Mapping[str, float] | None = None) -> None:
        """Ends the trial where the loss is no longer finite."""
        if logs and not np.isfinite(logs["loss"]):
            self.end(names.DIVERGED, f"epoch {self._epoch}: {_first_not_finite(logs, self.training.outputs)} is not finite")

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Measures the objectives and reports them."""
        if self.state != names.COMPLETE:
            return
        training = self.training
        with averaged_weights(self.model):
            values = self.evaluated(training.validation)
        for measure, value in zip(training.measures, values, strict=True):
            if not np.isfinite(value):
                self.end(names.DIVERGED, f"epoch {self._epoch}: objective {measure.objective.name} is not finite")
                return
        self.history.append(values)
        if logs is not None:  # the person's callbacks, which come later, see them
            logs.update(training.objectives_watched(values))
        if not self.trials.report(self.trial, self._epoch, values) and self._epoch < training.epochs:
            self.end(names.PRUNED, f"epoch {self._epoch}: stopped by the pruner")

    def kept(self) -> list[float] | None:
        """The objectives of the trained model, where a callback left it with other weights than those of the last epoch."""
        if self.state != names.COMPLETE:
            return None
        if not self.history:
            self.end(names.FAILED, "a callback ended the training before its first epoch")
            return None
        training = self.training
        values = self.evaluated(training.validation)
        if not np.isfinite(values).all():
            self.end(names.DIVERGED, "an objective of the weights that the callbacks left is not finite")
            return None
        return None if values == self.history[-1] else values


def _first_not_finite(logs: Mapping[str, float], outputs: Sequence[str]) -> str:
    bad = [output for output in outputs if not np.isfinite(logs.get(f"{output}_loss", 0.0))]
    return f"the loss of output {bad[0]!r}" if bad else "the loss"
