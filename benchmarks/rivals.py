"""The same search as its users write it with Optuna and with KerasTuner: stock calls, nothing helped and nothing hindered.

All of them set the seed for each trial, as this project does, so that trials start from the same weights. Optuna keeps its study
in memory, its default; KerasTuner writes to a folder, as it always does. KerasTuner wants one objective: the binary output's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import keras
import keras_tuner
import optuna

from benchmarks.data import Data
from benchmarks.workload import BINARY_LOSSES, CATEGORICAL_LOSSES, LEARNING_RATE, SEED, WEIGHT, Chosen, Workload

Values = list[list[float]]


def optuna_loop(
    workload: Workload,
    data: Data,
    trials: int,
    folder: Path,  # noqa: ARG001  every contender is called alike
    *,
    shuffle: bool = True,
    fixed: Chosen | None = None,
) -> Values:
    """`study.optimize` around build, compile and fit, with Optuna's multi-objective TPE.

    Args:
        workload: What to train.
        data: The rows to train and measure on.
        trials: How many.
        folder: Not used: the study is kept in memory.
        shuffle: Whether the rows are shuffled before each epoch.
        fixed: What the first trial is told to choose.

    Returns:
        Each trial's objectives after its last epoch.
    """

    def objective(trial: optuna.Trial) -> tuple[float, ...]:
        keras.backend.clear_session()
        keras.utils.set_random_seed(SEED)
        chosen = Chosen(
            learning_rate=trial.suggest_float("learning_rate", *LEARNING_RATE, log=True),
            binary_loss=trial.suggest_categorical("binary_loss", list(BINARY_LOSSES)),
            categorical_loss=trial.suggest_categorical("categorical_loss", list(CATEGORICAL_LOSSES)),
            weight=trial.suggest_float("weight", *WEIGHT, log=True),
        )
        model = workload.compile(workload.build(), chosen)
        history = model.fit(data.x, data.y, **fit_arguments(workload, data, shuffle)).history
        return tuple(history[key][-1] for key in workload.history_keys())

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(directions=["maximize", "maximize"], sampler=optuna.samplers.TPESampler(seed=SEED))
    if fixed is not None:
        study.enqueue_trial(asdict(fixed))
    study.optimize(objective, n_trials=trials)
    return [list(trial.values) for trial in study.get_trials(states=(optuna.trial.TrialState.COMPLETE,))]


def kerastuner_random(workload: Workload, data: Data, trials: int, folder: Path, **settings: Any) -> Values:
    """KerasTuner's `RandomSearch`; see `_kerastuner`."""
    return _kerastuner(keras_tuner.RandomSearch, workload, data, trials, folder, **settings)


def kerastuner_bayesian(workload: Workload, data: Data, trials: int, folder: Path, **settings: Any) -> Values:
    """KerasTuner's `BayesianOptimization`; see `_kerastuner`."""
    return _kerastuner(keras_tuner.BayesianOptimization, workload, data, trials, folder, **settings)


RIVALS: dict[str, Callable[..., Values]] = {
    "optuna": optuna_loop,
    "kerastuner-random": kerastuner_random,
    "kerastuner-bayesian": kerastuner_bayesian,
}


def fit_arguments(workload: Workload, data: Data, shuffle: bool) -> dict[str, Any]:
    """How everyone fits."""
    return {
        "validation_data": data.validation_data,
        "epochs": workload.epochs,
        "batch_size": workload.batch_size,
        "shuffle": shuffle,
        "verbose": 0,
    }


class _HyperModel(keras_tuner.HyperModel):
    """Builds and compiles with what `hp` says."""

    def __init__(self, workload: Workload) -> None:
        super().__init__()
        self.workload = workload

    def build(self, hp: keras_tuner.HyperParameters) -> keras.Model:
        keras.utils.set_random_seed(SEED)
        chosen = Chosen(
            learning_rate=hp.Float("learning_rate", *LEARNING_RATE, sampling="log"),
            binary_loss=hp.Choice("binary_loss", list(BINARY_LOSSES)),
            categorical_loss=hp.Choice("categorical_loss", list(CATEGORICAL_LOSSES)),
            weight=hp.Float("weight", *WEIGHT, sampling="log"),
        )
        return self.workload.compile(self.workload.build(), chosen)


def _kerastuner(
    kind: Callable[..., keras_tuner.Tuner],
    workload: Workload,
    data: Data,
    trials: int,
    folder: Path,
    *,
    shuffle: bool = True,
    fixed: Chosen | None = None,
) -> Values:
    """A KerasTuner search.

    Returns:
        Each trial's objectives after the epoch that was best by the binary output's: KerasTuner keeps no others.
    """
    auc, accuracy = workload.history_keys()
    hyperparameters = keras_tuner.HyperParameters()
    for name, value in asdict(fixed).items() if fixed else ():
        hyperparameters.Fixed(name, value)
    tuner = kind(
        _HyperModel(workload),
        objective=keras_tuner.Objective(auc, "max"),
        max_trials=trials,
        executions_per_trial=1,
        hyperparameters=hyperparameters,
        seed=SEED,
        directory=str(folder),
        project_name="kerastuner",
        overwrite=True,
    )
    tuner.search(data.x, data.y, **fit_arguments(workload, data, shuffle))
    done = [trial for trial in tuner.oracle.get_best_trials(trials) if trial.status == "COMPLETED"]  # it lists failed ones too
    return [[trial.metrics.get_last_value(name) for name in (auc, accuracy)] for trial in done]
