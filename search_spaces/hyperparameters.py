"""KerasTuner's `hp`, answered by Optuna."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import keras_tuner
from keras_tuner.engine import hyperparameters as kinds

from search_spaces import names

if TYPE_CHECKING:
    import optuna


class TrialHyperParameters(keras_tuner.HyperParameters):  # type: ignore[misc]
    """A `keras_tuner.HyperParameters` whose values an Optuna trial gives, define-by-run.

    Conditional scopes work as in KerasTuner: a hyperparameter whose parent has another value is None and is not asked for.
    Sampling `log` is log-uniform; `reverse_log` is only a prior and is searched uniformly.

    Args:
        trial: The trial to ask; with None every hyperparameter has its default.
        answers: Values already chosen, by name; they are returned without asking the trial.

    Example:
        >>> from optuna.trial import FixedTrial
        >>> hp = TrialHyperParameters(FixedTrial({"hp/units": 48}))
        >>> hp.Int("units", 16, 64, step=16), hp.Fixed("layers", 2)
        (48, 2)
    """

    def __init__(self, trial: optuna.trial.BaseTrial | None = None, answers: Mapping[str, Any] | None = None) -> None:
        super().__init__()
        self._trial = trial
        self.values.update(answers or {})

    def _register(self, hyperparameter: Any, overwrite: bool = False) -> Any:
        """The one method of KerasTuner in which a new hyperparameter gets its value."""
        fresh = hyperparameter.name not in self.values and self.is_active(hyperparameter)
        if fresh and self._trial is not None:
            self.values[hyperparameter.name] = _ask(self._trial, hyperparameter)
        return super()._register(hyperparameter, overwrite)

    def __reduce__(self) -> tuple[Any, ...]:
        """A copy keeps the values, not the trial."""
        return TrialHyperParameters, (None, dict(self.values))


def _ask(trial: optuna.trial.BaseTrial, hp: Any) -> Any:
    name = names.hyperparameter(hp.name)
    if isinstance(hp, kinds.Fixed):
        return hp.value
    if isinstance(hp, kinds.Boolean):
        return trial.suggest_categorical(name, [False, True])
    if isinstance(hp, kinds.Choice):
        return trial.suggest_categorical(name, list(hp.values))
    log = hp.sampling == "log"
    if log and hp.step:
        return trial.suggest_categorical(name, _geometric(hp))
    if isinstance(hp, kinds.Int):
        return trial.suggest_int(name, hp.min_value, hp.max_value, step=hp.step or 1, log=log)
    return trial.suggest_float(name, hp.min_value, hp.max_value, step=hp.step, log=log)


def _geometric(hp: Any) -> list[int | float]:
    """With logarithmic sampling KerasTuner's step is a factor: min, min·step, min·step² and so on."""
    values = [hp.min_value]
    while values[-1] * hp.step <= hp.max_value:
        values.append(values[-1] * hp.step)
    return values
