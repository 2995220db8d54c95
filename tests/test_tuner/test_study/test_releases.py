"""What earlier releases wrote is read, reported on and gone on with; what a later one wrote is refused with a sentence."""

import shutil
from pathlib import Path

import pytest

import reports
import tests.studies
from search_spaces import InputError, names
from tests.conftest import make_model, small_search
from tests.studies.make import FINALISTS, N_TRIALS, SEEDS, make_tuner
from tuner import load_config
from tuner.storage import load_stored, open_storage
from tuner.study import versions

STUDIES = sorted(path for path in Path(tests.studies.__file__).parent.iterdir() if (path / "journal.log").exists())


@pytest.fixture(params=STUDIES, ids=lambda path: path.name)
def folder(request, tmp_path):
    """A copy, since a journal may be repaired and a study goes on."""
    return Path(shutil.copytree(request.param, tmp_path / "study"))


def test_this_release_is_among_them():
    assert versions()["loss-weight-tuner"] in [path.name for path in STUDIES]


def test_an_old_study_is_reported_on(folder):
    study, _ = load_stored(None, folder, "study")
    ranking = reports.rank(study)
    assert {"current", "equal", "single:urgent", "single:kind"} <= set(ranking[names.BASELINE])
    assert (ranking[names.STATE] == names.COMPLETE).sum() >= N_TRIALS + 4
    assert reports.verdict(study).replicates == SEEDS
    assert {"dwa", "uncertainty"} <= set(reports.policies(study)["policy"])
    assert len(reports.intervals(study)) >= 2 * FINALISTS
    reports.write_report(study, folder / "report")
    assert "urgent" in (folder / "report" / "report.html").read_text()


def test_an_old_study_goes_on(folder, instant):
    tuner = make_tuner(folder.parent)
    before = len(tuner_trials(folder))
    tuner.search(**small_search(), n_trials=N_TRIALS + 2)
    assert len(tuner_trials(folder)) == before + 2
    assert tuner.best_config().candidate.losses.keys() == {"urgent", "kind"}


def test_what_an_older_release_did_not_note_is_not_compared(folder, instant):
    study, _ = load_stored(None, folder, "study")
    later = ("metrics", "model", "current", "shuffle", "same_start", "given_weights")
    meta = study.user_attrs[names.STUDY]
    study.set_user_attr(names.STUDY, {key: value for key, value in meta.items() if key not in later})
    before = len(tuner_trials(folder))
    make_tuner(folder.parent).search(**small_search(), n_trials=N_TRIALS + 1)
    assert len(tuner_trials(folder)) == before + 1
    with pytest.raises(InputError, match="epochs: the study has 2, this call has 3"):
        make_tuner(folder.parent).search(**(small_search() | {"epochs": 3}), n_trials=N_TRIALS + 2)


def tuner_trials(folder):
    study, _ = load_stored(None, folder, "study")
    return study.get_trials(deepcopy=False)


def test_an_old_configuration_compiles_a_model(folder):
    best = load_config(folder / "best.json")
    model = best.compile(make_model())
    assert float(model.optimizer.learning_rate) == pytest.approx(best.candidate.learning_rate)


@pytest.mark.parametrize("schema", [2, 0, "1", None])
def test_a_study_of_a_later_release_is_refused(folder, schema):
    study, _ = load_stored(None, folder, "study")
    meta = study.user_attrs[names.STUDY] | {"schema": schema, "versions": {"loss-weight-tuner": "9.1"}}
    study.set_user_attr(names.STUDY, meta)
    told = rf"the study 'study' has schema {schema!r} \(written by loss-weight-tuner 9\.1\), this program reads up to 1; upgrade"
    with pytest.raises(InputError, match=told):
        reports.rank(load_stored(None, folder, "study")[0])
    with pytest.raises(InputError, match=told):
        make_tuner(folder.parent).search(**small_search(), n_trials=N_TRIALS)
    assert open_storage(None, folder).get_all_studies()[0].study_name == "study"
