"""Which models run here, one program for all trials, and a state of Keras that no model leaves to the next."""

import os

import keras
import pytest

from tests.test_models.zoo import MODELS

_OPTION = "--all-models"


def pytest_addoption(parser):
    parser.addoption(_OPTION, action="store_true", help="run every model of tests/test_models, not the core alone")


def _runs_all(config):
    asked = config.getoption(_OPTION) or config.getoption("keyword")
    return bool(asked) or os.environ.get("CI") == "true" or os.environ.get("ALL_MODELS") == "1"


def pytest_report_header(config):
    left_out = [] if _runs_all(config) else [example.name for example in MODELS if not example.core]
    return [f"models left out here ({_OPTION}, ALL_MODELS=1, -k NAME or CI=true runs them): {', '.join(left_out)}"] * bool(
        left_out
    )


def pytest_generate_tests(metafunc):
    if "example" not in metafunc.fixturenames:
        return
    rows = [example for example in MODELS if example.core or _runs_all(metafunc.config)]
    checks = getattr(metafunc.function, "checks", None)
    if "style" in metafunc.fixturenames:
        cells = [(row, *check.split()) for row in rows for check in row.checks]
        metafunc.parametrize(("example", "style", "engine"), [_marked(row, f"{s} {e}", s, e) for row, s, e in cells])
    else:
        check = checks or ""
        metafunc.parametrize("example", [_marked(row, check) for row in rows])


def _marked(row, check, *more):
    reason = row.fails_today.get(check) or row.fails_today.get("all") if check else None
    marks = [pytest.mark.xfail(reason=f"{row.name}, {check}: {reason}", strict=True)] if reason else []
    return pytest.param(row, *more, id="-".join([row.name, *more]), marks=marks)


@pytest.fixture(autouse=True)
def clean_keras(request, monkeypatch):
    """One lane without XLA, whose random numbers are those of `fit`; the dtype policy that the author's script sets."""
    monkeypatch.setenv("LOSS_WEIGHT_TUNER_PROGRAM", "1")
    example = request.node.callspec.params["example"]
    if example.policy == "float64":
        keras.config.set_floatx("float64")
    keras.config.set_dtype_policy(example.policy)
    yield
    keras.config.set_floatx("float32")
    keras.config.set_dtype_policy("float32")
    keras.backend.clear_session()
