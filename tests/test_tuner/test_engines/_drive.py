"""Drives lanes of the fused engine by hand, in one option and no other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

import keras
import numpy as np

from search_spaces import Candidate, SearchSpace
from tuner.engines import FitEngine, RunningTrial
from tuner.engines.fused._calibration import Calibration
from tuner.engines.fused._lane_group import LaneGroup
from tuner.engines.fused._lane_program import Recipe
from tuner.engines.fused._lanes import Lane
from tuner.engines.fused._option import Option
from tuner.engines.fused._stateless_optimizer import runtime_setting_names, split_settings
from tuner.engines.fused._training_tensors import training_tensors
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
def group_of(training: Training, space: SearchSpace, option: Option, policy: str = "") -> Iterator[LaneGroup]:
    """The trials of the space's first optimizer class."""
    runtime_names = runtime_setting_names(space.optimizer)
    constant, _ = split_settings(space.optimizer[0], runtime_names)
    losses = {output: space.outputs[output].losses for output in training.outputs}
    rule = POLICIES[policy]() if policy else None
    recipe = Recipe(training, {}, training.architecture.build({}, 0), constant, losses, training_tensors(training, losses), rule)
    with ThreadPoolExecutor(1) as compiler, ThreadPoolExecutor(option.streams) as streams:
        yield LaneGroup(recipe, runtime_names, Only(option=option), compiler, streams)


def finished(group: LaneGroup, trials: Sequence[RunningTrial], stop: dict[int, int] | None = None) -> dict[int, Lane]:
    """Trains trials as the engine does: a lane that has ended is filled again.

    Args:
        group: The group of these trials' program.
        trials: Any number of trials.
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
    largest = max((float(np.abs(a - b).max()) for a, b in pairs), default=0.0)
    return largest if np.isfinite(largest) else np.inf


def difference_from_fit(training: Training, lane: Lane) -> float:
    """How far a lane ended from compile and fit."""
    return difference(values_of(lane), values_by_fit(training, lane.trial))


def differences_by_output(training: Training, lane: Lane) -> dict[str, float]:
    """How far each output of `towers` ended from compile and fit, by its trainable variables; `states`: all that is not trained.

    It is a share of what they moved where that is much, since losses clip logarithms; infinite where nothing moved.
    """
    start = training.architecture.build({}, lane.trial.seed)
    before, theirs = [variable.numpy() for variable in start.trainable_variables], values_by_fit(training, lane.trial)
    places = {id(variable): at for at, variable in enumerate(start.trainable_variables)}
    differences = {}
    for output in training.outputs:
        own = [places[id(v)] for v in keras.Model(start.inputs, start.output[output]).trainable_variables]
        ours = [lane.state.trainable[at] for at in own]
        moved = difference(ours, [before[at] for at in own])
        ended = difference(ours, [theirs[at] for at in own]) / max(1.0, moved)
        differences[output] = ended if moved > 1e-4 else np.inf
    return differences | {"states": difference(lane.state.other, theirs[len(before) :])}
