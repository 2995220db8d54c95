"""Every mistake is said before anything is trained or written: what was got, what was expected, what to do."""

import warnings

import pytest

from tests.test_tuner.test_refusals import _calls
from tests.test_tuner.test_refusals._tables import assert_refused, rows_of
from tuner import LossWeightTuner

NAMES = {name: getattr(_calls, name) for name in _calls.__all__}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("refused")


@pytest.fixture(scope="module")
def unused(folder):
    return LossWeightTuner(_calls.make_model, directory=folder, project_name="unused", seed=3)


@pytest.fixture(scope="module")
def finished(folder):
    """A tuner whose search has ended; its trials were not trained."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tuner.study._runner.choose_engine", lambda name, training, *rest: _calls.Instant(training))
        tuner = LossWeightTuner(_calls.make_model, directory=folder, project_name="finished", seed=3)
        tuner.search(**_calls.DATA, n_trials=2)
        yield tuner


@pytest.mark.parametrize(("call", "text"), rows_of("tuners.txt"))
def test_a_tuner_that_cannot_be_made(call, text, folder):
    def tuner(model=_calls.make_model, **arguments):
        return LossWeightTuner(model, **({"directory": folder} | arguments))

    def searched(search=None, **arguments):
        tuner(**arguments).search(**(_calls.DATA | (search or {})))

    assert_refused(call, text, tuner=tuner, searched=searched, **NAMES)
    assert not list(folder.glob("study*")), "nothing may be written"


@pytest.mark.parametrize(("call", "text"), rows_of("searches.txt"))
def test_a_search_that_cannot_start(call, text, unused):
    def search(**arguments):
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="The structure of `inputs`")
            unused.search(**(_calls.DATA | arguments))

    assert_refused(call, text, search=search, **NAMES)
    assert not (unused.folder / "journal.log").exists(), "nothing may be written"


@pytest.mark.parametrize(("call", "text"), rows_of("afterwards.txt"))
def test_what_cannot_be_done_with_a_study(call, text, finished, unused):
    trials = len(finished.study.trials)
    assert_refused(call, text.replace("FOLDER", str(unused.directory)), tuner=finished, unused=unused, **NAMES)
    assert len(finished.study.trials) == trials, "nothing may be trained"
