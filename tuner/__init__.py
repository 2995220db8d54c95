"""Runs a study: asks Optuna, trains candidates, tells Optuna, ranks, and hands the best configuration to production.

Names are resolved when they are first used, so that `tuner.production` imports Keras and nothing else.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from search_spaces import InputError, OutputSpace, SearchSpace
    from tuner._errors import StudyStopped
    from tuner._tuner import LossWeightTuner
    from tuner.inputs import Objective
    from tuner.production import BestConfig, load_config
    from tuner.study import DominancePruner

_HOMES = {
    "BestConfig": "tuner.production",
    "DominancePruner": "tuner.study._pruner",
    "InputError": "search_spaces",
    "LossWeightTuner": "tuner._tuner",
    "Objective": "tuner.inputs._objectives",
    "OutputSpace": "search_spaces",
    "SearchSpace": "search_spaces",
    "StudyStopped": "tuner._errors",
    "load_config": "tuner.production",
}

__all__ = [
    "BestConfig",
    "DominancePruner",
    "InputError",
    "LossWeightTuner",
    "Objective",
    "OutputSpace",
    "SearchSpace",
    "StudyStopped",
    "load_config",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
