"""The rows and checks of each test, and a state of Keras that no model leaves to the next."""

import keras
import pytest

from tests.test_models._example import ONLY_IN_CORE, Example
from tests.test_models.zoo import MODELS


def pytest_generate_tests(metafunc):
    if "example" not in metafunc.fixturenames:
        return
    if "style" in metafunc.fixturenames:
        cells = [_marked(row, check, *check.split()) for row in MODELS for check in row.checks]
        metafunc.parametrize(("example", "style", "engine"), cells)
    else:
        check = "best.json" if "report" in metafunc.function.__name__ else ""
        metafunc.parametrize("example", [_marked(row, check) for row in MODELS])


def _marked(row, check, *more):
    reason = row.reason(check)
    marks = [pytest.mark.xfail(reason=f"{row.name}, {check}: {reason}", strict=True)] if reason else []
    marks += [] if row.core and check not in ONLY_IN_CORE else [pytest.mark.thorough]
    return pytest.param(row, *more, id="-".join([row.name, *more]), marks=marks)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """All tests of a row follow one another, so that its study and its oracle are made once."""
    order = {example.name: at for at, example in enumerate(MODELS)}
    items.sort(key=lambda item: order[_example(item).name] if _example(item) else -1)


def _example(item):
    found = item.callspec.params.get("example") if hasattr(item, "callspec") else None
    return found if isinstance(found, Example) else None


@pytest.fixture(autouse=True)
def clean_keras(request, monkeypatch):
    """One lane without XLA, whose random numbers are those of `fit`; the dtype policy that the author's script sets."""
    monkeypatch.setenv("LOSS_WEIGHT_TUNER_PROGRAM", "1")
    policy = _example(request.node).policy if _example(request.node) else "float32"
    keras.config.set_floatx("float64" if policy == "float64" else "float32")
    keras.config.set_dtype_policy(policy)
    yield
    keras.config.set_floatx("float32")
    keras.config.set_dtype_policy("float32")
    keras.backend.clear_session()
