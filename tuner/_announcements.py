"""What a person is told when a search, a comparison or a confirmation begins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import optuna

from search_spaces import SearchSpace, names
from tuner._progress import say
from tuner.inputs import Measure, Training
from tuner.study import finished


def announce_outputs(outputs: Sequence[str], space: SearchSpace) -> None:
    """Says which outputs are not trained, and that one trained output alone has no weights to search."""
    untrained = [output for output in outputs if output not in space.outputs]
    if untrained:
        say(f"Without a loss, and so not trained: {', '.join(map(repr, untrained))}.")
    if len(space.outputs) == 1:
        which = "output with a loss" if untrained else "output"
        say(
            f"The model has one {which}, {next(iter(space.outputs))!r}: there are no weights to trade off, so only the learning "
            "rate, optimizer and loss are searched. This tool is made for models with several outputs."
        )


def announce_variable_weights(outputs: Sequence[str]) -> None:
    """Says that a loss weight which may change counts as what it is now."""
    if outputs:
        say(f"Loss weights that are variables count as what they are now: {', '.join(map(repr, outputs))}.")


def announce_notes(training: Training | None) -> None:
    """Says what data and losses mean where that is not what they seem to mean."""
    for note in training.notes if training is not None else ():
        say(note)


def announce_objectives(measures: Sequence[Measure]) -> None:
    """Says which objectives the compiled metrics and the losses chose."""
    say(f"Objectives, chosen by the first compiled metric of each output, else by its loss: {described(measures)}.")


def described(measures: Sequence[Measure]) -> str:
    """The objectives and their directions in one line."""
    return ", ".join(f"{measure.objective.name} ({measure.objective.direction})" for measure in measures)


def announce_resumption(study: optuna.Study, given_weights: Any, cautions: Sequence[str]) -> None:
    """Says how many trials the study has, whether new trials start from other weights, and what else may differ.

    Args:
        study: Was run before.
        given_weights: Mark of the given model's weights, None for a build function.
        cautions: Whole sentences.
    """
    say(f"Resuming {study.study_name!r}: {finished(study)} finished trials are kept.")
    if study.user_attrs[names.STUDY].get("given_weights", given_weights) != given_weights:
        say(
            "The given model starts from other weights than the earlier trials did, so new trials differ from them by "
            "more than what was chosen: call keras.utils.set_random_seed before it is made, or give a build function."
        )
    for caution in cautions:
        say(caution)


def announce_policies(policies: int, rates: int, waiting: int, left_out: Sequence[str]) -> None:
    """Says which policies are left out, and how many trainings the others take."""
    for reason in left_out:
        say(f"Left out: {reason}.")
    say(f"Comparing {policies} weighting policies, each with {rates} learning rates: {waiting} trainings to go.")


def announce_choosing(candidates: int, seeds: int, waiting: int) -> None:
    """Says how many candidates are trained again for the choice of the pick."""
    say(f"Choosing among {candidates} candidates, baselines among them, with {seeds} seeds: {waiting} trainings to go.")


def announce_judging(trial: int, reference: int, seeds: int, waiting: int) -> None:
    """Says which trial is judged, and with how many seeds."""
    say(f"Judging trial {trial} against trial {reference} with {seeds} seeds that chose nothing: {waiting} trainings to go.")
