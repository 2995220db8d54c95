"""The benchmark that shows whether decisions hold runs, and keeps what other parts found."""

import json

import numpy as np

from benchmarks import trust
from benchmarks._intervals import COVERAGE, ERRORS, _run
from benchmarks._simulated import Scenario, simulate


def test_the_quick_run_writes_its_part_and_keeps_the_others(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("benchmarks._intervals.QUICK", 12)
    results = tmp_path / "results" / "trust.json"
    trust.merge(results, "other", {"rows": []})
    assert trust.main(["intervals", "--quick"], results) == 0
    found = json.loads(results.read_text())
    assert set(found) == {"other", "intervals"}
    assert {row["what"] for row in found["intervals"]["rows"]} == {"coverage", "null", "power"}
    assert "gain or trade-off claimed" in capsys.readouterr().out


def test_what_does_not_hold_fails_the_run(tmp_path, monkeypatch):
    rows = [{"what": "null", "share": 0.2, "holds": False}]
    monkeypatch.setitem(trust.PARTS, "intervals", trust.Part("?", lambda quick: rows))
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
