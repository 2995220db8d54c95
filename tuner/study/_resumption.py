"""Whether a stored study and this call search the same, by what they compute."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from search_spaces import InputError, names
from tuner.study._computation import computation
from tuner.study._same_computation import formula_differences, model_differences
from tuner.study._semantics import Resumption, refusals

_AFRESH = "Give another project_name, or overwrite=True to start afresh."
_OTHER_WEIGHTS = (
    "; if it is the same model with other initial weights, call keras.utils.set_random_seed before it is made, or give a build "
    "function"
)


def check_resumption(search: Resumption, meta: Mapping[str, Any]) -> list[str]:
    """Refuses to go on with a study whose trials were computed otherwise.

    Args:
        search: The study and the search that is to go on with it.
        meta: What would be stored if this search were new.

    Returns:
        What differs and may be harmless, one sentence each.

    Raises:
        InputError: A loss, an objective or the model computes something else, or an earlier release did.
    """
    stored, name = search.study.user_attrs[names.STUDY], search.study.study_name
    if outdated := list(refusals(search)):
        writer = stored.get("versions", {}).get("loss-weight-tuner", "of an unknown version")
        raise InputError(_refusal(f"was begun by loss-weight-tuner {writer}, which computed otherwise", name, outdated), outdated)
    differences, cautions = _compared(search, stored, meta)
    if differences:
        raise InputError(
            _refusal("already holds trials of another search, which computes otherwise", name, differences), differences
        )
    return [*cautions, *_harmless(stored, meta)]


def _refusal(what: str, name: str, lines: list[str]) -> str:
    listed = "".join(f"\n  - {line}" for line in lines)
    return f"the study {name!r} {what}, so that results of the two cannot be compared. {_AFRESH} Differences:{listed}"


def _compared(search: Resumption, stored: Mapping[str, Any], meta: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """Differences, and cautions in place of those that each call of the build function makes anew."""
    if "computed" not in stored:  # an earlier release did not note it
        return [], []
    formulas = formula_differences(stored["computed"], meta["computed"])
    model = model_differences(stored["computed"], meta["computed"])
    if model and search.is_given:
        model[-1] += _OTHER_WEIGHTS
    elif model and model_differences(_built_again(search), meta["computed"]):
        return formulas, ["The build function makes another model at each call, so a changed one cannot be told: seed it."]
    return model + formulas, []


def _built_again(search: Resumption) -> dict[str, Any]:
    architecture, seed = search.training.architecture, search.design.seed
    model = architecture.build({}, seed)
    return computation(search.design, search.training, model)


def _harmless(stored: Mapping[str, Any], meta: Mapping[str, Any]) -> Iterator[str]:
    marks = stored.get("sources", {})
    edited = [name for name, mark in meta["sources"].items() if marks.get(name, mark) != mark]
    if edited:
        yield f"The source of {', '.join(edited)} has changed since the study began; it computes the same on the first rows."
    versions = stored.get("versions", {})
    others = [f"{name} {versions[name]}, now {now}" for name, now in meta["versions"].items() if versions.get(name, now) != now]
    if others:
        yield f"The study began with other versions, whose results may differ: {'; '.join(others)}."
