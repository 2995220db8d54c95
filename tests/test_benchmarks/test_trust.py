"""The benchmark that shows whether decisions hold runs, and keeps what other parts found."""

import json

import numpy as np
import pytest

from benchmarks import trust
from benchmarks._bike import bike_arrays, closed_form, closed_form_best
from benchmarks._intervals import COVERAGE, ERRORS, _run
from benchmarks._simulated import Scenario, simulate
from benchmarks.parts import Part
from benchmarks.results import write
from benchmarks.same_trials import PROGRAM_VARIABLE
from tests.conftest import real_data


def test_the_quick_run_writes_its_part_and_keeps_the_others(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("benchmarks._intervals.QUICK", 12)
    results = tmp_path / "results" / "trust.json"
    write(results, {"other": {"rows": []}})
    assert trust.main(["intervals", "--quick"], results) == 0
    found = json.loads(results.read_text())
    assert set(found) == {"other", "intervals"}
    assert {row["what"] for row in found["intervals"]["rows"]} == {"coverage", "null", "power"}
    assert "gain or trade-off claimed" in capsys.readouterr().out


def test_what_does_not_hold_fails_the_run(tmp_path, monkeypatch):
    rows = [{"what": "null", "share": 0.2, "holds": False}]
    monkeypatch.setitem(trust.PARTS, "intervals", Part("?", lambda quick: rows))
    assert trust.main(["intervals"], tmp_path / "trust.json") == 1


def test_intervals_cover_and_the_verdict_errs_seldom():
    studies = 300
    sums = _run(Scenario(), studies)
    for kind in ("means", "differences", "Δm", "differences of Δm"):
        assert COVERAGE[0] <= sums[kind] / studies <= COVERAGE[1]
    assert sums["claimed"] / studies <= ERRORS


def test_the_same_seed_gives_the_same_studies():
    one, other = (next(simulate(Scenario(noise="skewed"), 1, 5)).frame for _ in range(2))
    np.testing.assert_array_equal(one["a/auc"], other["a/auc"])


@pytest.mark.parametrize(
    "part", ["bike", *(pytest.param(part, marks=pytest.mark.thorough) for part in ("null", "reconstruct", "census"))]
)
def test_the_parts_that_train_run(part, tmp_path, monkeypatch):
    monkeypatch.setenv(PROGRAM_VARIABLE, "4 unchecked")  # compiling and checking take longer than the quick training
    monkeypatch.setattr("benchmarks._trained.FOLDER", tmp_path)
    monkeypatch.setattr("benchmarks._two_digits.QUICK", 1)
    with real_data():
        status = trust.main([part, "--quick"], tmp_path / "trust.json")
    assert status == 0
    rows = json.loads((tmp_path / "trust.json").read_text())[part]["rows"]
    assert len(rows) > 1
    assert {"what", "of", "value", "promised", "holds"} == set(rows[0])


def test_reduced_rank_regression_has_the_published_optimum():
    with real_data():
        x, y = bike_arrays()
    assert len(x) == 17_416
    assert closed_form(x, y, 1.0) == pytest.approx([0.2515, 0.1965], abs=5e-5)
    assert closed_form(x, y, 0.108) == pytest.approx([0.4126, 0.1356], abs=2e-4)
    assert closed_form_best(x, y) == pytest.approx(0.2741, abs=5e-5)
