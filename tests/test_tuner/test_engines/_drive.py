"""Drives lanes of the fused engine by hand, in one option and no other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from search_spaces import Candidate, SearchSpace
from tuner.engines import FitEngine, RunningTrial
from tuner.engines.fused._calibration import Calibration, Option
from tuner.engines.fused._fused import _tensors
from tuner.engines.fused._group import Group
from tuner.engines.fused._lane_program import Recipe
from tuner.engines.fused._lanes import Lane
from tuner.engines.fused._stateless_optimizer import split_settings, varying_settings
from tuner.inputs import Training
from tuner.policies import POLICIES

_LEFT = 1e9


@dataclass
class Only(Calibration):
    """One option; nothing else is tried or measured."""

    option: Option | None = None

    def first(self, ready):
        return None if self.option.alone in self.failed else self.option

    def best(self, ready, among=None):
        return self.first(ready)

    def next(self, ready, lane_epochs):
        return None


@contextmanager
def group_of(training: Training, space: SearchSpace, option: Option, policy: str = "") -> Iterator[Group]:
    """The trials of the space's first optimizer class."""
    told = varying_settings(space.optimizer)
    constant, _ = split_settings(space.optimizer[0], told)
    losses = {output: space.outputs[output].losses for output in training.outputs}
    rule = POLICIES[policy]() if policy else None
    recipe = Recipe(training, {}, training.architecture.build({}, 0), constant, losses, _tensors(training), rule)
    with ThreadPoolExecutor(1) as compiler, ThreadPoolExecutor(option.streams) as streams:
        yield Group(recipe, told, Only(option=option), compiler, streams)


def finished(group: Group, trials: Sequence[RunningTrial], stop: dict[int, int] | None = None) -> dict[int, Lane]:
    """Trains trials as the engine does: a lane that has ended is filled again.

    Args:
        group: Of these trials.
        trials: Any number of them.
        stop: Number of epochs, by trial number, where it is not that of the training.

    Returns:
        The lanes after their last epoch, by trial number.
    """
    done, stop = {}, stop or {}
    group.waiting.extend(trials)
    while group.ready:
        for lane in group.train(_LEFT)[0]:
            if lane.epoch == stop.get(lane.trial.number, group.recipe.training.epochs):
                group.leave(lane)
                done[lane.trial.number] = lane
    return done


def train(training: Training, space: SearchSpace, candidates: Sequence[Candidate], option: Option) -> list[Lane]:
    """Trains one candidate in each lane, each with another seed."""
    with group_of(training, space, option, candidates[0].policy) as group:
        done = finished(group, [RunningTrial(at, candidate, 5 + at) for at, candidate in enumerate(candidates)])
    return [done[at] for at in range(len(candidates))]


def values_of(lane: Lane) -> list[np.ndarray]:
    """Weights, and the state that is not trained."""
    return [*lane.state.trainable, *lane.state.other]


def values_by_fit(training: Training, trial: RunningTrial) -> list[np.ndarray]:
    """The same of compile and fit."""
    model = FitEngine(training).fit(trial.candidate, trial.seed)
    return [variable.numpy() for variable in [*model.trainable_variables, *model.non_trainable_variables]]


def difference(ours: Sequence[np.ndarray], theirs: Sequence[np.ndarray]) -> float:
    """The largest of all; infinite where something is not finite."""
    pairs = [(a.astype("float64"), b.astype("float64")) for a, b in zip(ours, theirs, strict=True)]
    largest = max(float(np.abs(a - b).max()) for a, b in pairs)
    return largest if np.isfinite(largest) else np.inf


def difference_from_fit(training: Training, lane: Lane) -> float:
    """How far a lane ended from compile and fit."""
    return difference(values_of(lane), values_by_fit(training, lane.trial))
