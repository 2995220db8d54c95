"""The study file: one TOML document that says what to tune, checked as a whole before anything runs."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PositiveInt, ValidationError, field_serializer

from search_spaces import InputError, names, nearest
from tuner.cli._lines import line_numbers, line_of

MAX_BYTES = 2**20
_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def seconds(value: Any) -> Any:
    """A duration in seconds from `90`, `"90s"`, `"10m"`, `"2h"` or `"1d"`."""
    if isinstance(value, str):
        match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([smhd]?)\s*", value)
        if match is None:
            raise ValueError(f"expected a duration such as 90, '90s', '10m' or '2h', got {value!r}")
        return float(match[1]) * _UNITS[match[2] or "s"]
    return value


def _function(value: Any) -> Any:
    if not isinstance(value, str) or not re.fullmatch(r"[^:]+:[A-Za-z_]\w*", value):
        raise ValueError(f"expected 'module:function' or 'file.py:function', got {value!r}")
    return value


def _project_name(value: Any) -> Any:
    if not names.is_project_name(value):
        raise ValueError(f"must be a name that a folder can have, without / and \\, got {value!r:.80}")
    return value


Function = Annotated[str, BeforeValidator(_function)]
Seconds = Annotated[float, BeforeValidator(seconds), Field(gt=0)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class StudyTable(_Table):
    """What the study is called and where it is kept."""

    name: Annotated[str, BeforeValidator(_project_name)]
    directory: str = "studies"
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 0
    storage: str | None = None


class ModelTable(_Table):
    """The function that builds the model."""

    build: Function


class DataTable(_Table):
    """The function that loads the data."""

    load: Function


class SearchTable(_Table):
    """How long the search trains, and how."""

    epochs: PositiveInt = 10
    batch_size: PositiveInt | None = None
    n_trials: PositiveInt = 100
    timeout: Seconds | None = None
    engine: Literal["auto", "fused", "fit"] = "auto"
    shuffle: bool = True
    validation_split: Annotated[float, Field(gt=0, lt=1)] | None = None
    cv: Annotated[int, Field(ge=2)] | None = None
    steps_per_epoch: PositiveInt | None = None
    validation_steps: PositiveInt | None = None
    validation_batch_size: PositiveInt | None = None
    validation_freq: PositiveInt | Annotated[list[PositiveInt], Field(min_length=1)] = 1
    callbacks: Function | None = None
    epoch: Literal["last", "best"] = "last"
    monitor: str | None = None
    class_weight: dict[str, dict[Annotated[str, Field(pattern=r"^\d+$")], Annotated[float, Field(ge=0)]]] | None = None

    @field_serializer("class_weight")
    def _by_number(self, weights: dict[str, dict[str, float]] | None) -> dict[str, dict[int, float]] | None:
        """The classes as numbers; TOML has text alone for keys."""
        if weights is None:
            return None
        return {output: {int(one): weight for one, weight in each.items()} for output, each in weights.items()}


class ObjectiveTable(_Table):
    """One objective."""

    output: str
    metric: str
    direction: Literal["max", "min"] | None = None
    name: str = ""


class ConfirmTable(_Table):
    """How many finalists are trained again, and with how many seeds; left out, none are."""

    top: PositiveInt = 5
    seeds: Annotated[int, Field(ge=2)] = 12


class PoliciesTable(_Table):
    """Which weighting policies are compared, all where left out, and with how many learning rates each; left out, none are."""

    policies: Annotated[list[str], Field(min_length=1)] | None = None
    trials: PositiveInt = 10


class BestTable(_Table):
    """What `best.json` is chosen by at the end of a run."""

    prefer: dict[str, float] = {}
    require: dict[str, float] = {}


class StudyFile(_Table):
    """A whole study file."""

    study: StudyTable
    model: ModelTable
    data: DataTable
    search: SearchTable = SearchTable()
    objectives: list[ObjectiveTable] | None = None
    space: dict[str, Any] | None = None
    policies: PoliciesTable | None = None
    confirm: ConfirmTable | None = None
    best: BestTable = BestTable()


def read_study_file(path: Path, check_space: bool = True) -> StudyFile:
    """Reads a study file; runs no code.

    Args:
        path: The study file.
        check_space: Whether to check the search space too, which needs Keras.

    Raises:
        InputError: It cannot be read, or has mistakes: all of them, each with its line.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError(f"{path} is larger than {MAX_BYTES} bytes, so it is no study file")
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"the study file {str(path)!r} cannot be read: {reason}; `init` writes one to start from") from None
    try:
        plain = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # not only its own error: also numbers too long, and tables too deep
        raise InputError(f"{path} is not TOML: {error}") from error
    lines, mistakes = line_numbers(text), []
    try:
        study_file = StudyFile.model_validate(plain)
    except ValidationError as error:
        mistakes = [(line_of(tuple(e["loc"]), lines), _sentence(dict(e))) for e in error.errors()]
    if check_space:
        mistakes += [(line_of(where, lines), text) for where, text in _space_mistakes(plain.get("space"))]
    if mistakes:
        raise _mistakes(path, mistakes)
    return study_file


def _mistakes(path: Path, mistakes: Sequence[tuple[int, str]]) -> InputError:
    listed = [f"{path.name}:{line}: {text}" for line, text in sorted(mistakes)]
    count = "1 mistake" if len(listed) == 1 else f"{len(listed)} mistakes"
    return InputError(f"{path} has {count}:" + "".join(f"\n  {line}" for line in listed), listed)


def _sentence(error: dict[str, Any]) -> str:
    where = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        return f"unknown setting {where!r}; {nearest(str(error['loc'][-1]), _settings_of(error['loc'][:-1]))}"
    if error["type"] == "missing":
        return f"{where!r} is missing"
    message = str(error["msg"]).removeprefix("Value error, ")
    if where == "objectives" and isinstance(error["input"], dict):
        return "objectives: each objective is a table of its own, under [[objectives]] in double brackets"
    got = "" if "got" in message else f", got {error['input']!r}"
    return f"{where}: {message[0].lower()}{message[1:]}{got}"


def _settings_of(location: Sequence[str | int]) -> list[str]:
    """Names of the settings that the table at this place may have."""
    tables: dict[str, type[BaseModel]] = {
        "study": StudyTable,
        "model": ModelTable,
        "data": DataTable,
        "search": SearchTable,
        "objectives": ObjectiveTable,
        "policies": PoliciesTable,
        "confirm": ConfirmTable,
        "best": BestTable,
    }
    table = tables.get(str(location[0]), StudyFile) if location else StudyFile
    return list(table.model_fields)


def _space_mistakes(space: Any) -> list[tuple[tuple[str | int, ...], str]]:
    """Mistakes of the search space, which needs Keras to read; custom losses are looked up only when the study runs."""
    if not isinstance(space, dict):
        return []
    from search_spaces import SearchSpace

    try:
        SearchSpace.from_dict(without_custom(space))
    except InputError as error:
        return [(_place(line, space), line) for line in error.lines]
    return []


def _place(line: str, space: dict[str, Any]) -> tuple[str | int, ...]:
    """The part of the space that a mistake is about."""
    quoted = re.findall(r"'([^']+)'", line)
    outputs, weights = (space[key] if isinstance(space.get(key), dict) else {} for key in ("outputs", "weights"))
    if quoted and line.startswith("output ") and quoted[0] in outputs:
        return (
            ("space", "outputs", quoted[0], "losses") if isinstance(outputs[quoted[0]], dict) else ("space", "outputs", quoted[0])
        )
    for word, key in (("learning_rate", "learning_rate"), ("optimizer", "optimizer"), ("weights", "weights")):
        if word in line and key in space:
            setting = next((s for s in ("reference", "low", "high", "kind") if s in line.split(",", maxsplit=1)[0]), "")
            return ("space", key, setting) if key == "weights" and setting in weights else ("space", key)
    unknown = line.startswith("unknown setting") and quoted
    return ("space", quoted[0]) if unknown else ("space",)


def without_custom(space: dict[str, Any]) -> dict[str, Any]:
    """The space with a stand-in for each loss that names a function of the user's."""

    def stand_in(loss: Any) -> Any:
        return {"class_name": loss, "custom": True} if isinstance(loss, str) and ":" in loss else loss

    return map_losses(space, stand_in)


def map_losses(space: dict[str, Any], change: Any) -> dict[str, Any]:
    """The space with every loss changed; anything that is not of the expected form is left as it is."""

    def changed(output: Any) -> Any:
        if isinstance(output, dict) and isinstance(output.get("losses"), list):
            return {**output, "losses": [change(loss) for loss in output["losses"]]}
        if isinstance(output, dict) and "losses" in output:
            return {**output, "losses": change(output["losses"])}
        return [change(loss) for loss in output] if isinstance(output, list) else change(output)

    outputs = space.get("outputs")
    return {**space, "outputs": {k: changed(v) for k, v in outputs.items()}} if isinstance(outputs, dict) else space
