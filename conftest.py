"""Which tests run, by which program they train, and what the examples in docstrings may use without making it."""

import gc
import os
import re
import shutil
from pathlib import Path

import hypothesis
import pytest
from hypothesis import strategies

STUDY = Path(__file__).parent / "tests" / "studies" / "0.1.0" / "journal.log"


_PROGRAM = "LOSS_WEIGHT_TUNER_PROGRAM"
_SIMPLE = "1 unchecked"


def pytest_addoption(parser):
    parser.addoption("--thorough", action="store_true", help="run the tests that are marked as thorough too, and every model")


def runs_all(config):
    """Whether the thorough tests run: asked for by the option, by `THOROUGH=1`, or by the name of a test."""
    asked = config.getoption("--thorough") or config.getoption("keyword") or any("::" in path for path in config.args)
    return bool(asked) or os.environ.get("THOROUGH") == "1"


def pytest_report_header(config):
    return ["thorough tests are left out (--thorough or THOROUGH=1 runs them)"] * (not runs_all(config))


def pytest_collection_finish():
    """What was imported is not looked through at each collection of garbage.

    Hypothesis's first example comes before: it looks for what holds NumPy's random state, and finds nothing that is frozen.
    """
    hypothesis.settings(database=None, max_examples=1)(hypothesis.given(strategies.none())(lambda _: None))()
    gc.collect()
    gc.freeze()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    """Trials train in one lane that nothing is compared with, unless a test is about that: all else would take longer."""
    if item.get_closest_marker("as_shipped"):
        os.environ.pop(_PROGRAM, None)
    else:
        os.environ[_PROGRAM] = _SIMPLE


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    """Leaves thorough tests out."""
    if not runs_all(config):
        config.hook.pytest_deselected(items=[item for item in items if item.get_closest_marker("thorough")])
        items[:] = [item for item in items if not item.get_closest_marker("thorough")]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Tests of one file stay in one process, since they share what they make; so do those of one row of tests/test_models."""
    from xdist.scheduler import LoadScopeScheduling

    class Together(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            path, _, test = nodeid.partition("::")
            row = re.search(r"\[([^\]-]+)", test) if path.startswith("tests/test_models/") else None
            return f"{path} {row[1]}" if row else path

    return Together(config, log)


@pytest.fixture(autouse=True)
def example_names(request, tmp_path):
    """Gives doctests, and nothing else, `study`, `build`, `x`, `y`, `validation_data` and `folder`, which holds the study."""
    if not isinstance(request.node, pytest.DoctestItem):
        return
    from tests.conftest import make_model, small_search
    from tuner.storage import load_stored

    (tmp_path / "study").mkdir()
    shutil.copy(STUDY, tmp_path / "study" / STUDY.name)
    data = small_search()
    request.node.dtest.globs.update(
        study=load_stored(None, tmp_path / "study", "study")[0],
        build=make_model,
        folder=tmp_path,
        **{name: data[name] for name in ("x", "y", "validation_data")},
    )
    if request.node.name.startswith("tuner.engines"):
        request.node.dtest.globs.update(engine_names(data))


def engine_names(data):
    """What an engine is given: `space`, `training` and `candidate`."""
    from search_spaces import SearchSpace
    from tests.conftest import make_model
    from tuner.inputs import Architecture, Preparation, candidate_from_compile, default_objectives, resolve

    model, architecture = make_model(), Architecture(make_model)
    space = SearchSpace.around(model)
    measures = resolve(default_objectives(space), space)
    preparation = Preparation(architecture, model, 0, space, measures)
    training = preparation.search(data["x"], data["y"], None, data["validation_data"], 1, 64, 1, True)
    return {"space": space, "training": training, "candidate": candidate_from_compile(model, {})}
