"""What a tuner shows and keeps beside its trials."""

import pytest

pytestmark = pytest.mark.usefixtures("instant")


def test_a_notebook_shows_the_study(data, make_tuner):
    tuner = make_tuner(project_name="<b>study")
    assert "&lt;b&gt;study" in tuner._repr_html_()
    assert "Nothing is trained yet" in tuner._repr_html_()
    tuner.search(**(data | {"epochs": 1}), n_trials=1)
    assert "ranks first of" in tuner._repr_html_()
    assert tuner._repr_html_().count("<table") == 1


def test_overwriting_deletes_what_is_the_studys_own(make_tuner, tmp_path):
    folder = tmp_path / "study"
    (folder / "report").mkdir(parents=True)
    own = [folder / name for name in ("journal.log", "calibration.json", "best.json", "report/report.html")]
    for path in [*own, folder / "model.py"]:
        path.touch()
    make_tuner(overwrite=True).delete()
    assert [path.name for path in folder.iterdir()] == ["model.py"]


def test_an_sqlite_storage_works_as_well(data, make_tuner, tmp_path):
    tuner = make_tuner(storage=f"sqlite:///{tmp_path}/study.db")
    tuner.search(**data, n_trials=1)
    assert len(tuner.ranking()) == 5
