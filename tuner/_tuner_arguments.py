"""Checks on the arguments of `LossWeightTuner` that need no model."""

from __future__ import annotations

import inspect
import os
from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

import optuna
from optuna.pruners import BasePruner, NopPruner
from optuna.samplers import BaseSampler
from optuna.storages import BaseStorage
from optuna.study import StudyDirection

from search_spaces import InputError, Problems, SearchSpace, nearest, quiet_optuna
from tuner._errors import first_line
from tuner.engines import ENGINES
from tuner.inputs import check_choice, in_words

_DIRECTIONS = {"max": StudyDirection.MAXIMIZE, "min": StudyDirection.MINIMIZE}
_SPACE = "space=SearchSpace({'output': 'mse', ...})"


def check_arguments(
    directory: Any, engine: Any, storage: Any, sampler: Any, pruner: Any, overwrite: Any, problems: Problems
) -> None:
    """Notes what cannot be used; the arguments are those of `LossWeightTuner`."""
    _check_directory(directory, problems)
    _check_storage(storage, problems)
    _check_sampler(sampler, problems)
    _check_pruner(pruner, problems)
    if engine not in ENGINES:
        problems.add(f"unknown engine {in_words(engine)}; {nearest(str(engine), ENGINES)}")
    check_choice("overwrite", overwrite, (True, False), problems)


def as_space(given: Any, problems: Problems) -> SearchSpace | None:
    """The search space, also of a dictionary: `SearchSpace.to_dict`'s, or losses by output; None where there is none."""
    if given is None or isinstance(given, SearchSpace):
        return given
    if not isinstance(given, Mapping):
        problems.add(f"space must be a SearchSpace, got {in_words(given)}; pass {_SPACE}, or leave it out")
        return None
    try:
        return SearchSpace.from_dict(given if "outputs" in given else {"outputs": given})
    except InputError as error:
        problems.include(error, "space")
        return None


def as_pruner(given: Any) -> Any:
    """The pruner; Optuna's `NopPruner` stops nothing, so that it is none."""
    return None if isinstance(given, NopPruner) else given


def check_sampler_on_space(
    sampler: BaseSampler | None, space: SearchSpace, directions: Sequence[Any], problems: Problems
) -> None:
    """The sampler is asked once, in a study of its own, so that one that cannot serve is refused before anything trains.

    Args:
        sampler: The person's own; None asks nothing.
        space: What it chooses from.
        directions: `max` or `min` of each objective.
        problems: Where it is noted what the sampler raises.
    """
    if sampler is None:
        return
    with quiet_optuna():
        study = optuna.create_study(directions=[_DIRECTIONS[one] for one in directions], sampler=deepcopy(sampler))
        try:
            space.suggest(study.ask())
        except Exception as error:  # noqa: BLE001  a sampler may raise anything; it is reported as the person's mistake
            problems.add(
                f"{type(sampler).__name__} cannot choose from this space for {len(directions)} objectives ({first_line(error)}); "
                "pass another sampler, or leave it out"
            )


def _check_directory(directory: Any, problems: Problems) -> None:
    if not isinstance(directory, str | os.PathLike) or not str(directory) or "\0" in str(directory):
        problems.add(f"directory must be the path of a folder, got {in_words(directory)}; '.' is the current one")


def _check_storage(storage: Any, problems: Problems) -> None:
    if storage is not None and not isinstance(storage, str | BaseStorage):
        problems.add(
            f"storage must be an Optuna storage, the URL of a database, or None, got {in_words(storage)}; "
            "for example storage='sqlite:///studies.db'"
        )


def _check_sampler(sampler: Any, problems: Problems) -> None:
    if isinstance(sampler, BaseSampler) or sampler is None:
        return
    named = inspect.isclass(sampler) and issubclass(sampler, BaseSampler)
    name = sampler.__name__ if named else "TPESampler"
    problems.add(
        f"sampler must be one of Optuna's, or None, got {in_words(sampler)}; pass an object, for example optuna.samplers.{name}()"
    )


def _check_pruner(pruner: Any, problems: Problems) -> None:
    if isinstance(pruner, NopPruner) or pruner is None or (callable(pruner) and not inspect.isclass(pruner)):
        return
    reason = "; Optuna's pruners look at one objective only" if isinstance(pruner, BasePruner) else ""
    problems.add(
        f"pruner must be called as pruner(study, number, epoch, values), got {in_words(pruner)}{reason}; "
        "pass tuner.DominancePruner(), or leave it out"
    )
