"""Writes a trained model in several formats, and holds the predictions of each file against the model's own."""

from __future__ import annotations

import re
import shutil
import warnings
from collections.abc import Iterable, Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from importlib.util import find_spec
from io import StringIO
from pathlib import Path
from typing import Any

import keras
import numpy as np

from search_spaces import Problems, by_output_name, nearest, output_structure
from tuner._errors import first_line
from tuner._keras_internals import input_structure, nodes_of
from tuner.exports._formats import FORMATS, Format

__all__ = ["FORMATS", "TOLERANCE", "Exported", "check_formats", "export_model"]

TOLERANCE = 1e-5
"""Largest difference between the predictions of a file and of the model, relative to the largest of the output, from 1 up."""


@dataclass(frozen=True)
class Exported:
    """One format of a model.

    Attributes:
        name: Name of the format.
        path: What was written; nothing where it was refused.
        difference: Largest difference between its predictions and the model's, relative as in `TOLERANCE`.
        problem: Why it was refused and nothing is left of it; empty where it agrees.
    """

    name: str
    path: Path
    difference: float = float("nan")
    problem: str = ""


def check_formats(formats: Any, problems: Problems) -> tuple[str, ...]:
    """The formats by name; unknown ones and those whose packages are missing are mistakes."""
    listed = [formats] if isinstance(formats, str) else formats
    if not isinstance(listed, Iterable) or not listed or not all(isinstance(one, str) for one in listed):
        problems.add(f"formats must be names among {', '.join(map(repr, FORMATS))}, got {formats!r:.80}")
        return ()
    chosen = tuple(dict.fromkeys(listed))
    for name in chosen:
        if name not in FORMATS:
            problems.add(f"formats: unknown format {name!r}; {nearest(name, FORMATS)}")
        elif missing := [module for module in FORMATS[name].needs if find_spec(module) is None]:
            problems.add(
                f"formats: {name!r} needs {' and '.join(missing)}, not installed here: pip install 'loss-weight-tuner[export]'"
            )
    return chosen


def export_model(model: keras.Model, formats: Sequence[str], folder: Path, inputs: Any, outputs: Sequence[str]) -> list[Exported]:
    """Writes the model in each format; a file that does not predict what the model predicts is deleted again.

    Args:
        model: Trained.
        formats: Names of `FORMATS`.
        folder: Where the files are written; created if needed. What an earlier export left of these formats is replaced.
        inputs: Rows that the predictions are compared on, in the structure that the model takes.
        outputs: Names of the model's outputs, in order.
    """
    folder.mkdir(parents=True, exist_ok=True)
    expected = by_output_name(model.predict(inputs, verbose=0), outputs)
    named = _with_named_outputs(model, outputs)
    return [_exported(name, model if name == "keras" else named, folder, inputs, expected) for name in formats]


def _exported(name: str, model: keras.Model, folder: Path, inputs: Any, expected: Mapping[str, np.ndarray]) -> Exported:
    kind = FORMATS[name]
    path = folder / kind.file
    _remove(path)
    try:
        with redirect_stdout(StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of converters and runtimes, about themselves
            kind.write(model, path)
            predicted = _predicted(kind, path, inputs, model, list(expected))
    except Exception as error:  # noqa: BLE001  converters and runtimes raise whatever they like
        _remove(path)
        return Exported(name, path, problem=_reason(error))
    difference = max(_difference(predicted[output], values) for output, values in expected.items())
    if difference <= TOLERANCE:
        return Exported(name, path, difference)
    _remove(path)
    return Exported(name, path, difference, f"its predictions differ from the model's by {difference:.2g}")


def _predicted(kind: Format, path: Path, inputs: Any, model: keras.Model, outputs: list[str]) -> Mapping[str, np.ndarray]:
    names = [str(tensor.name) for tensor in keras.tree.flatten(input_structure(model)) if tensor is not None]
    predicted = kind.predict(path, inputs, names)
    return predicted if isinstance(predicted, Mapping) else by_output_name(predicted, outputs)


def _with_named_outputs(model: keras.Model, outputs: Sequence[str]) -> keras.Model:
    """The same graph with a dictionary of outputs, whose names the files then have; the model itself where it is no graph."""
    if not nodes_of(model) or isinstance(output_structure(model), Mapping):
        return model
    return keras.Model(input_structure(model), by_output_name(output_structure(model), outputs), name=model.name)


def _difference(predicted: np.ndarray, expected: np.ndarray) -> float:
    """The largest difference, relative to the largest prediction, from 1 up; infinite where one alone is not finite."""
    if predicted.shape != expected.shape:
        return float("inf")
    gap = np.abs(predicted.astype("float64") - expected.astype("float64"))
    largest = float(gap.max(initial=0.0)) / max(1.0, float(np.abs(expected).max(initial=0.0)))
    return largest if np.isfinite(largest) else float("inf")


def _reason(error: Exception) -> str:
    """Why a format cannot hold the model, with the operation where the runtime names one."""
    text = str(error)
    operation = re.search(r"\bFlex(\w+)", text)
    if operation:
        return f"it cannot hold the operation {operation[1]}"
    return first_line(error)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
