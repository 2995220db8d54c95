"""What this machine offers to a study, and what would stop one."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from search_spaces import InputError
from tuner._memory import available_bytes
from tuner.cli._mistakes import one_line

_PACKAGES = ("loss-weight-tuner", "tensorflow", "keras", "keras-tuner", "optuna", "numpy", "pandas")
_EXTRAS = {"xlsx": "xlsxwriter", "dashboard": "optuna_dashboard", "postgresql": "psycopg", "ray": "ray", "export": "onnxruntime"}
_LITTLE = 2 * 2**30


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        what: What was looked at.
        found: What was found.
        problem: What to do where a study would not run; empty where it would.
    """

    what: str
    found: str
    problem: str = ""


def examine(path: Path | None, storage: str | None = None) -> Iterator[Finding]:
    """Looks at versions, cores, memory and GPUs, and at a study file with its storage if one is given."""
    yield Finding("Python", platform.python_version())
    yield from map(_package, _PACKAGES)
    yield _backend()
    yield Finding("cores", f"{len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else os.cpu_count()}")
    free = available_bytes()
    little = "train fewer rows, or close other programs: data are held in memory" if free < _LITTLE else ""
    yield Finding("free memory", f"{free / 2**30:.1f} GiB", little)
    yield _gpus()
    yield Finding("extras", ", ".join(extra for extra, module in _EXTRAS.items() if find_spec(module)) or "none")
    if path is not None:
        yield from _study(path, storage)


def as_plain(findings: list[Finding]) -> dict[str, object]:
    """Plain data for `--json`."""
    return {"findings": [asdict(finding) for finding in findings], "problems": sum(bool(one.problem) for one in findings)}


def _package(name: str) -> Finding:
    try:
        return Finding(name, version(name))
    except PackageNotFoundError:
        return Finding(name, "missing", f"pip install {name}")


def _backend() -> Finding:
    import keras

    backend = keras.backend.backend()
    problem = "" if backend == "tensorflow" else "set KERAS_BACKEND=tensorflow, for trials to train in lanes"
    return Finding("Keras's backend", backend, problem)


def _gpus() -> Finding:
    import tensorflow as tf

    found = tf.config.list_physical_devices("GPU")
    return Finding("GPUs that TensorFlow sees", ", ".join(one.name for one in found) or "none")


def _study(path: Path, storage: str | None) -> Iterator[Finding]:
    """The study file, what it names, its folder and its storage."""
    from tuner.cli._plan import plan_of_file

    try:
        tuner = plan_of_file(path, storage=storage).tuner
    except InputError as error:
        yield Finding(str(path), "cannot be used", str(error))
        return
    yield Finding(str(path), f"{len(tuner.outputs)} outputs, {len(tuner.space.parameters())} parameters")
    folder = next(parent for parent in (tuner.folder.absolute(), *tuner.folder.absolute().parents) if parent.exists())
    writable = os.access(folder, os.W_OK)
    yield Finding("folder", str(tuner.folder), "" if writable else f"{folder} cannot be written to; give another --directory")
    try:
        names = [study.study_name for study in tuner.storage.get_all_studies()]
    except Exception as error:  # noqa: BLE001  a database may refuse in any way
        yield Finding("storage", "cannot be reached", one_line(error))
        return
    trials = f"{len(tuner.study.trials)} trials" if tuner.project_name in names else "no study yet"
    yield Finding("storage", f"{type(tuner.storage).__name__}, {trials}")


def show(findings: list[Finding]) -> None:
    """Prints the findings, and what to do about those that would stop a study."""
    width = max(len(finding.what) for finding in findings)
    for finding in findings:
        print(f"{'!' if finding.problem else ' '} {finding.what:<{width}}  {finding.found}")
    for finding in [finding for finding in findings if finding.problem]:
        print(f"\n{finding.what}: {finding.problem}", file=sys.stderr)
