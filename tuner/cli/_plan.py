"""Makes the tuner, data function and settings that a study file or a Python file describes."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from search_spaces import InputError, Problems, SearchSpace, nearest
from tuner.cli._mistakes import one_line, own_place
from tuner.cli._plan_checks import check_plan
from tuner.cli._quiet_import import import_keras
from tuner.cli._study_file import StudyFile, map_losses, read_study_file

if TYPE_CHECKING:
    from tuner import LossWeightTuner

_DATA_KEYS = ("x", "y", "validation_data", "test_data", "sample_weight")


@dataclass(frozen=True)
class StudyPlan:
    """A tuner, its data and its search: what a Python study file defines as `study`.

    Attributes:
        tuner: Ready to search.
        load: Returns a mapping with x, y and validation_data, and optionally sample_weight and test_data.
        search: Further arguments of `LossWeightTuner.search`.
        best: Arguments of `LossWeightTuner.best_config`.
        confirm: Arguments of `LossWeightTuner.confirm`, top and seeds; None: no replicates.
        policies: Arguments of `LossWeightTuner.compare_policies`, policies and trials; None: none are compared.
    """

    tuner: LossWeightTuner
    load: Callable[[], Mapping[str, Any]]
    search: Mapping[str, Any] = field(default_factory=dict)
    best: Mapping[str, Any] = field(default_factory=dict)
    confirm: Mapping[str, Any] | None = None
    policies: Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        check_plan(self)

    @property
    def trials(self) -> int:
        """Number of trials of the search, baselines included."""
        return int(self.search.get("n_trials", 100)) + len(self.tuner.baselines())

    def run(self) -> None:
        """Loads the data and searches; compares policies and confirms, on `test_data` if any, where that is asked for.

        Raises:
            InputError: The data function returns something else, or the search refuses what it was given.
        """
        data = self.work()
        if self.policies is not None:
            self.tuner.compare_policies(**self.policies, **self.best)
        if self.confirm is not None:
            self.tuner.confirm(test_data=data.get("test_data"), **self.confirm, **self.best)

    def take_up(self) -> None:
        """Loads the data and takes up the stored study without another trial.

        Raises:
            InputError: There is none yet.
        """
        from tuner.study import counts

        there = sum(map(counts, self.tuner.study.get_trials(deepcopy=False)))
        replace(self, search={**self.search, "n_trials": max(1, there), "verbose": 0}).work()

    def work(self) -> Mapping[str, Any]:
        """Loads the data and searches, and nothing else.

        Returns:
            The data.

        Raises:
            InputError: The data function returns something else, or the search refuses what it was given.
        """
        data = self.load()
        if not isinstance(data, Mapping) or "x" not in data:
            got = f"a mapping with {sorted(map(str, data))}" if isinstance(data, Mapping) else type(data).__name__
            raise InputError(f"the data function must return a mapping with {', '.join(_DATA_KEYS)}; it returned {got}")
        problems = Problems("the data cannot be used")
        for key in [key for key in data if key not in _DATA_KEYS]:
            problems.add(f"the data function returned an unknown {key!r}; {nearest(str(key), _DATA_KEYS)}")
        problems.raise_any()
        used = {key: data[key] for key in ("y", "validation_data", "sample_weight") if key in data}
        self.tuner.search(data["x"], **used, **self.search)
        return data


def plan_of_file(path: Path, **changed: Any) -> StudyPlan:
    """The plan of a study file, or of a Python file that defines `study`.

    Args:
        path: The study file or Python file.
        **changed: As for `plan_of` and `plan_of_python`.

    Raises:
        InputError: All mistakes in it at once.
    """
    import_keras()
    if path.suffix == ".py":
        return plan_of_python(path, **changed)
    return plan_of(read_study_file(path), path.parent, **changed)


def plan_of(file: StudyFile, folder: Path, **changed: Any) -> StudyPlan:
    """Imports what the study file names and makes the tuner.

    Args:
        file: The study file, checked.
        folder: Where the study file lies: paths of Python files are relative to it.
        **changed: `n_trials`, `timeout`, `engine`, `directory`, `storage`, `overwrite` of the command line, None where not
            given.

    Raises:
        InputError: Functions that do not exist, all at once; or what the tuner refuses.
    """
    from tuner import LossWeightTuner, Objective
    from tuner.policies import POLICIES

    problems = Problems("the study cannot be made")
    build, load = resolve(file.model.build, folder, problems), resolve(file.data.load, folder, problems)
    space = None if file.space is None else _space(file.space, folder, problems)
    objectives = None
    if file.objectives is not None:
        named = [(o, resolve(o.metric, folder, problems) if ":" in o.metric else o.metric) for o in file.objectives]
        objectives = [Objective(o.output, metric, o.direction, o.name) for o, metric in named]
    for name in (file.policies.policies or []) if file.policies else []:
        if name not in POLICIES:
            problems.add(f"policies.policies: unknown policy {name!r}; {nearest(name, POLICIES)}")
    callbacks = None if file.search.callbacks is None else resolve(file.search.callbacks, folder, problems)
    problems.raise_any()
    options = {key: value for key, value in changed.items() if value is not None}
    settings = file.study
    tuner = LossWeightTuner(
        build,
        None if space is None else SearchSpace.from_dict(space),
        objectives,
        directory=options.get("directory", settings.directory),
        project_name=settings.name,
        seed=settings.seed,
        engine=options.get("engine", file.search.engine),
        storage=options.get("storage", settings.storage),
        overwrite=options.get("overwrite", False),
    )
    search = file.search.model_dump(exclude={"engine"}) | {k: options[k] for k in ("n_trials", "timeout") if k in options}
    search["callbacks"] = callbacks
    best = {key: value for key, value in file.best.model_dump().items() if value}
    confirm, policies = (None if table is None else table.model_dump() for table in (file.confirm, file.policies))
    return StudyPlan(tuner, load, search, best, confirm, policies)


def plan_of_python(path: Path, **changed: Any) -> StudyPlan:
    """The `study` that a Python file defines.

    Args:
        path: The Python file.
        **changed: `n_trials` and `timeout` of the command line; what else is given there stands in the file.

    Raises:
        InputError: It defines none, or something was given that the file decides.
    """
    options = {key: value for key, value in changed.items() if value is not None and value is not False}
    search: dict[str, Any] = {key: options.pop(key) for key in ("n_trials", "timeout") if key in options}
    if options:
        listed = ", ".join(f"--{key}" for key in options)
        raise InputError(f"{listed} cannot be given with a Python file: {path} makes the tuner, so set it there")
    if not path.is_file():
        raise InputError(f"there is no file {str(path)!r}; `init` writes a study file to start from")
    module = _load_file(path)
    study = getattr(module, "study", None)
    if not isinstance(study, StudyPlan):
        raise InputError(f"{path} must define `study = StudyPlan(...)` (from tuner.cli), it has {type(study).__name__}")
    return replace(study, search={**study.search, **search})


def resolve(name: str, folder: Path, problems: Problems) -> Any:
    """The function that `module:function` or `file.py:function` names; mistakes are noted."""
    module_name, _, attribute = name.partition(":")
    try:
        module = _load_file(folder / module_name) if module_name.endswith(".py") else _load_module(module_name, folder)
    except Exception as error:  # noqa: BLE001  the person's own code may raise anything
        place = own_place(error)
        problems.add(f"{name!r}: {one_line(error)}{place and f' ({place})'}")
        return None
    if not hasattr(module, attribute):
        functions = [key for key in vars(module) if not key.startswith("_") and callable(getattr(module, key))]
        problems.add(f"{name!r}: {module_name} has no {attribute!r}; {nearest(attribute, functions)}")
    return getattr(module, attribute, None)


def _load_module(name: str, folder: Path) -> Any:
    _look_in(folder, Path.cwd())
    return importlib.import_module(name)


def _look_in(*folders: Path) -> None:
    """Modules are imported from these folders too, as Python does for the file that it runs.

    This package's own `reports` is imported first: a `reports.py` that lies there must not take its place.
    """
    importlib.import_module("reports")
    for place in [str(folder.resolve()) for folder in folders]:
        if place not in sys.path:
            sys.path.insert(0, place)


def _load_file(path: Path) -> Any:
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {str(path)!r}")
    name = f"_study_{path.resolve().as_posix().replace('/', '_').removesuffix('.py')}"
    if name not in sys.modules:
        _look_in(path.parent)
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        try:
            spec.loader.exec_module(module)
        except BaseException:
            del sys.modules[name]
            raise
    return sys.modules[name]


def _space(space: dict[str, Any], folder: Path, problems: Problems) -> dict[str, Any]:
    """The space with the function in place of each loss that names one."""

    def live(loss: Any) -> Any:
        return resolve(loss, folder, problems) if isinstance(loss, str) and ":" in loss else loss

    return map_losses(space, live)
