"""What earlier releases computed otherwise. A study that they began and that uses such a feature cannot go on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import keras
import optuna

from search_spaces import Spec, names
from tuner.inputs import Training, all_layers, has_random_layers
from tuner.study._design import StudyDesign
from tuner.study._trial_facts import end_state

_CLIPPING = ("clipnorm", "clipvalue", "global_clipnorm")


@dataclass(frozen=True)
class Resumption:
    """A study and the search that is to go on with it.

    Attributes:
        study: Holds the earlier trials.
        design: What is searched.
        training: What all trials share.
        model: The model of the study's seed, with every hyperparameter at its default.
    """

    study: optuna.Study
    design: StudyDesign
    training: Training
    model: keras.Model

    @property
    def is_given(self) -> bool:
        """Whether the person gave a model, not a function that builds one."""
        return self.training.architecture.given

    @property
    def specs(self) -> list[Spec]:
        """Every loss and optimizer that may be trained with."""
        return self.design.specs


@dataclass(frozen=True)
class Change:
    """A feature that is computed otherwise from some number of `names.SEMANTICS` on.

    Attributes:
        since: The first number with which it is computed as now.
        is_used: Whether a search uses the feature.
        reason: What was computed otherwise before.
    """

    since: int
    is_used: Callable[[Resumption], bool]
    reason: str


def refusals(search: Resumption) -> Iterator[str]:
    """Why the study cannot go on with this release, one line for each reason."""
    stored = search.study.user_attrs[names.STUDY].get("semantics", 1)
    yield from (change.reason for change in CHANGES if stored < change.since and change.is_used(search))


def _draws_in_a_given_model(search: Resumption) -> bool:
    return search.is_given and has_random_layers(search.model)


def _normalises_in_a_given_model(search: Resumption) -> bool:
    return search.is_given and any(type(layer).__name__ == "Normalization" for layer in all_layers(search.model))


def _has_mixed_precision(search: Resumption) -> bool:
    return any(layer.compute_dtype != layer.variable_dtype for layer in all_layers(search.model))


def _lists_targets_of_named_outputs(search: Resumption) -> bool:
    return isinstance(search.training.data.y, list | tuple) and isinstance(search.model.output, dict)


def _weights_a_function(search: Resumption) -> bool:
    weighted = dict(zip(search.training.outputs, search.training.validation.weights, strict=True))
    return any(m.function is not None and weighted[m.output] is not None for m in search.training.measures)


def _descends_or_clips(search: Resumption) -> bool:
    return any(s.class_name == "SGD" or any(s.config.get(key) is not None for key in _CLIPPING) for s in search.specs)


def _shuffled_in_fit(search: Resumption) -> bool:
    shuffles = search.training.shuffle and search.training.data.arrays is not None
    outcomes = [trial.user_attrs.get(names.OUTCOME, {}) for trial in search.study.get_trials(deepcopy=False)]
    return shuffles and any(outcome.get("engine") == "fit" for outcome in outcomes)


def _read_by_each_trial(search: Resumption) -> bool:
    stored = search.study.user_attrs[names.STUDY].get("data", {})
    return stored.get("rows", 0) is None and search.training.data.arrays is not None


def _diverged(search: Resumption) -> bool:
    return any(end_state(trial) == names.DIVERGED for trial in search.study.get_trials(deepcopy=False))


CHANGES = (
    Change(2, _draws_in_a_given_model, "dropout and other random layers of a given model drew other numbers"),
    Change(2, _normalises_in_a_given_model, "a Normalization layer of a given model was copied otherwise"),
    Change(2, _has_mixed_precision, "mixed precision was trained otherwise"),
    Change(2, lambda s: any(spec.config.get("use_ema") for spec in s.specs), "use_ema was measured otherwise"),
    Change(2, lambda s: any("ignore_class" in spec.config for spec in s.specs), "ignore_class was averaged otherwise"),
    Change(2, _lists_targets_of_named_outputs, "a list of targets was paired otherwise with outputs that are a dictionary"),
    Change(2, _weights_a_function, "an objective that is a function took no notice of sample weights"),
    Change(2, _descends_or_clips, "SGD, and clipping of gradients, had another space of learning rates and weights"),
    Change(2, _shuffled_in_fit, "the fit engine trained the rows in another order"),
    Change(2, _read_by_each_trial, "each trial read the dataset itself, and shuffled it otherwise"),
    Change(2, _diverged, "the sampler took no notice of trials that diverged"),
)
"""A feature that a later release computes otherwise gets a row here, and `names.SEMANTICS` the next number."""
