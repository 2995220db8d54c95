"""Checks on a plan of a study, before anything is loaded or trained."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from search_spaces import InputError, Problems
from tuner._argument_names import unknown_arguments

if TYPE_CHECKING:
    from tuner.cli._plan import StudyPlan

_RULE = ["prefer", "require"]


def check_plan(plan: StudyPlan) -> None:
    """A plan must hold a tuner, a data function, and arguments that the tuner's methods have.

    Raises:
        InputError: All mistakes at once.
    """
    from tuner import LossWeightTuner
    from tuner.inputs import in_words

    problems = Problems("the study cannot be made")
    tuner, load = _unchecked(plan)
    if not isinstance(tuner, LossWeightTuner):
        problems.add(f"tuner must be a LossWeightTuner, got {in_words(tuner)}")
    if not callable(load):
        problems.add(f"load must be a function, got {in_words(load)}")
    problems.raise_any()
    not_here = ("self", "x", "y", "validation_data", "sample_weight", "test_data", *_RULE)
    for name, given, method in (
        ("search", plan.search, LossWeightTuner.search),
        ("confirm", plan.confirm or {}, LossWeightTuner.confirm),
        ("policies", plan.policies or {}, LossWeightTuner.compare_policies),
    ):
        known = [key for key in inspect.signature(method).parameters if key not in not_here]
        unknown_arguments(name, given, known, problems)
    unknown_arguments("best", plan.best, _RULE, problems)
    _check_rule(plan, problems)
    problems.raise_any()


def _unchecked(plan: StudyPlan) -> tuple[Any, Any]:
    return plan.tuner, plan.load


def _check_rule(plan: StudyPlan, problems: Problems) -> None:
    from reports.ranking import by_objective

    objectives = [{"name": measure.objective.name, "output": measure.output} for measure in plan.tuner.measures]
    meta: Mapping[str, Any] = {"objectives": objectives}
    for argument in _RULE:
        try:
            by_objective(plan.best.get(argument), meta, argument)
        except InputError as error:
            problems.include(error, f"best.{argument}")
