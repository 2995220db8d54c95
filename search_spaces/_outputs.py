"""The losses to choose from for one output."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field, replace
from typing import Any, Self

from search_spaces import names
from search_spaces._losses import LOGITS, PROBABILITIES, LossSpec, loss_spec
from search_spaces._problems import InputError, Problems
from search_spaces._same import same_object


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

    def placed(self, output: str) -> Self:
        """The same, and each loss with its place in the study."""
        losses = tuple(replace(loss, place=names.loss_place(output, at)) for at, loss in enumerate(self.losses))
        space = copy(self)
        object.__setattr__(space, "losses", losses)
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
    labels = [spec.label for spec in specs]

    def differs(at: int) -> bool:
        others = [other for other, label in enumerate(labels) if other != at and label == labels[at]]
        return specs[at].custom and any(not same_object(specs[at].live, specs[other].live) for other in others)

    return [replace(spec, mark=str(at)) if differs(at) else spec for at, spec in enumerate(specs)]


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
