"""The losses to choose from for one output."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import dataclass, field, replace
from typing import Any, Self

from search_spaces import names
from search_spaces._losses import LOGITS, PROBABILITIES, LossSpec, loss_spec
from search_spaces._problems import InputError, Problems
from search_spaces._same import same_object
from search_spaces._specs import Spec


@dataclass(frozen=True, init=False)
class OutputSpace:
    """The losses that one output may be trained with.

    All of them must accept the same targets and expect the same kind of prediction, logits or probabilities.

    Attributes:
        losses: One or several losses; a single one is not searched.

    Example:
        >>> OutputSpace(losses=["mse", "huber"]).labels
        ['MeanSquaredError', 'Huber']
    """

    losses: tuple[LossSpec, ...] = field(default=())

    def __init__(self, losses: Any) -> None:
        items = list(losses) if isinstance(losses, list | tuple) else [losses]
        problems = Problems("the losses of an output cannot be used")
        specs = []
        for item in items:
            try:
                specs.append(loss_spec(item))
            except InputError as error:
                problems.include(error)
        if not items:
            problems.add("no losses were given; give at least one, for example losses=['mse']")
        specs = _marked(specs)
        _check_distinct(specs, problems)
        _check_predictions(specs, problems)
        problems.raise_any()
        object.__setattr__(self, "losses", tuple(specs))

    @property
    def labels(self) -> list[str]:
        """The label of each loss, as stored by Optuna."""
        return [loss.label for loss in self.losses]

    def by_label(self, label: str) -> LossSpec:
        """The loss with this label."""
        return self.losses[self.labels.index(label)]

    def placed(self, output: str, others: Iterable[LossSpec]) -> Self:
        """The same, and each loss with its place in the study.

        Args:
            output: Name of the output.
            others: Losses of the other outputs: one that has the name of another one is known by its position.
        """
        foreign = list(others)
        losses = [replace(loss, place=names.loss_place(output, at)) for at, loss in enumerate(self.losses)]
        marked = [replace(one, mark=str(at)) if is_another(one, foreign) else one for at, one in enumerate(losses)]
        space = copy(self)
        object.__setattr__(space, "losses", tuple(marked))
        return space

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {"losses": [loss.to_dict() for loss in self.losses]}

    @classmethod
    def from_dict(cls, plain: Any) -> Self:
        """Reads what `to_dict` wrote; a bare loss or list of losses is taken too.

        Raises:
            InputError: Unknown settings or losses.
        """
        if isinstance(plain, cls):
            return plain
        if not isinstance(plain, Mapping) or "class_name" in plain:
            return cls(plain)
        if set(plain) != {"losses"}:
            raise InputError(f"an output has one setting, losses; got {sorted(plain)}")
        return cls(plain["losses"])


def _marked(specs: list[LossSpec]) -> list[LossSpec]:
    """Custom losses of one name and settings that do not compute the same, told apart by their position."""
    others = [[other for other in specs if other is not spec and other.label == spec.label] for spec in specs]
    return [replace(spec, mark=str(at)) if is_another(spec, others[at]) else spec for at, spec in enumerate(specs)]


def is_another(spec: Spec, others: Iterable[Spec]) -> bool:
    """Whether one of the others has the name of this custom object and does not compute the same."""
    named = [other for other in others if other.custom and other.class_name == spec.class_name]
    return spec.custom and any(not same_object(spec.live, other.live) for other in named)


def _check_distinct(specs: list[LossSpec], problems: Problems) -> None:
    for label, times in Counter(spec.label for spec in specs).items():
        if times > 1:
            problems.add(f"the loss {label} is listed {times} times; list it once")


def _check_predictions(specs: list[LossSpec], problems: Problems) -> None:
    kinds = {spec.predictions: spec.label for spec in specs if not spec.custom}
    if LOGITS in kinds and len(kinds) > 1:
        other = PROBABILITIES if PROBABILITIES in kinds else next(kind for kind in kinds if kind != LOGITS)
        problems.add(
            f"logits and {other} are mixed: {kinds[LOGITS]} takes the predictions for logits and {kinds[other]} for "
            f"{other}; give all losses of one output the same from_logits"
        )
