"""Candidates whose losses and optimizers are the objects of the space, wherever they are the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from search_spaces import names
from search_spaces._candidate import Candidate
from search_spaces._losses import LossSpec
from search_spaces._outputs import is_another
from search_spaces._same import same_object
from search_spaces._space import SearchSpace
from search_spaces._specs import Spec

AnySpec = TypeVar("AnySpec", bound=Spec)


def placed(candidate: Candidate, space: SearchSpace) -> Candidate:
    """Today's configuration with its places in the study: those of the space for what is in the space, otherwise `current`.

    Args:
        candidate: What the model was compiled with.
        space: What may be chosen.

    Example:
        >>> from search_spaces import compiled_candidate
        >>> model = build()
        >>> placed(compiled_candidate(model), SearchSpace.around(model)).losses["kind"].place
        'kind/loss/0'
    """
    everywhere = [loss for output in space.outputs for loss in space.outputs[output].losses] + list(candidate.losses.values())
    losses = {
        output: _placed(loss, _losses(space, output), names.loss_place(output, names.CURRENT), everywhere)
        for output, loss in candidate.losses.items()
    }
    optimizer = _placed(candidate.optimizer, space.optimizer, names.optimizer_place(names.CURRENT), space.optimizer)
    return replace(candidate, optimizer=optimizer, losses=losses)


def with_live_objects(candidate: Candidate, space: SearchSpace, current: Candidate | None) -> Candidate:
    """A stored candidate with the objects of the study in place of the plain data.

    Args:
        candidate: Read from a storage.
        space: What may be chosen.
        current: Today's configuration, if there is one.

    Example:
        >>> from search_spaces import compiled_candidate
        >>> model = build()
        >>> stored = Candidate.from_dict(compiled_candidate(model).to_dict())
        >>> with_live_objects(stored, SearchSpace.around(model), None) == stored
        True
    """
    today = [current] if current else []
    losses = {
        output: _at_hand(loss, [*_losses(space, output), *(one.losses[output] for one in today if output in one.losses)])
        for output, loss in candidate.losses.items()
    }
    optimizers = [*space.optimizer, *(one.optimizer for one in today)]
    return replace(candidate, optimizer=_at_hand(candidate.optimizer, optimizers), losses=losses)


def _losses(space: SearchSpace, output: str) -> Sequence[LossSpec]:
    return space.outputs[output].losses if output in space.outputs else ()


def _placed(spec: AnySpec, others: Sequence[AnySpec], place: str, foreign: Sequence[Spec]) -> AnySpec:
    for other in others:
        if other.class_name == spec.class_name and _same(spec, other):
            return other
    clashes = any(other.label == spec.label for other in others) or is_another(spec, foreign)
    return replace(spec, place=place, mark=names.CURRENT if clashes else "")


def _same(one: Spec, other: Spec) -> bool:
    if one.custom and one.live is not None and other.live is not None:
        return one.config == other.config and same_object(one.live, other.live)
    return one == other


def _at_hand(spec: AnySpec, others: Sequence[AnySpec]) -> AnySpec:
    """The study's own spec: by its place, else by its label, else (as older releases stored it) by its name."""
    named = [other for other in others if spec.custom and other.custom and other.class_name == spec.class_name]
    by_place = [other for other in named if spec.place and other.place == spec.place]
    by_label = [other for other in others if other.label == spec.label]
    return next(iter([*by_place, *by_label, *named]), spec)
