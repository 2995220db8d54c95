"""Studies side by side."""

import numpy as np
import pytest

import reports
from search_spaces import InputError
from tests.test_reports._studies import BASELINES, EVIL, make_study, meta

BEFORE, NOW = [(0.7, 3.0), (0.6, 2.5)], [(0.8, 2.5), (0.75, 2.2), (0.9, 4.0)]


def studies(name="now"):
    return [make_study(BEFORE, BASELINES, meta(name="before")), make_study(NOW, BASELINES, meta(name=name))]


def test_better_fronts_have_larger_volumes_on_one_scale():
    table = reports.compare(studies())
    assert table["study"].tolist() == ["before", "now"]
    assert table["hypervolume"].is_monotonic_increasing
    same = reports.compare([studies()[1]] * 2)
    assert same["hypervolume"].nunique() == 1
    assert table["trial"].tolist() == [reports.choose(study) for study in studies()]


def test_what_cannot_be_compared_is_refused():
    other = make_study(NOW, about=meta(directions=("min", "min")))
    with pytest.raises(InputError, match="have different objectives"):
        reports.compare([studies()[0], other])
    with pytest.raises(InputError, match="at least two studies, got 1"):
        reports.compare(studies()[:1])
    with pytest.raises(InputError, match="no trial of 's' is complete"):
        reports.compare([make_study([]), studies()[0]])


def test_other_data_are_said():
    one, other = studies()
    about = dict(other.user_attrs["loss_weight_tuner"])
    other.set_user_attr("loss_weight_tuner", about | {"data": about["data"] | {"validation_fingerprint": "x"}})
    assert not reports.compare([one, other]).attrs["same_data"]


def test_the_page_opens_and_names_are_inert(browser, tmp_path):
    page = reports.write_comparison(studies(EVIL), tmp_path / "compare.html")
    browser.get(page.as_uri())
    assert [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"] == []
    assert EVIL in browser.find_element("tag name", "table").text
    assert browser.execute_script("return document.querySelectorAll('#fronts .main-svg').length") > 0
    assert np.isfinite(reports.compare(studies())["hypervolume"]).all()
    assert (tmp_path / "compare.csv").read_text().startswith("study,trials,front,hypervolume,trial,")
