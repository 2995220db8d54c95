"""The best trial by the means of replicates."""

import pytest

import reports
from reports.confirmation import replicate_results
from search_spaces import InputError, names
from tests.test_reports._simulated import A, B, changed, simulated
from tests.test_reports._studies import BASELINES, make_study


def test_picks_by_preference_and_requirement_use_the_means():
    frame = simulated(effects=(6.0, -6.0))
    means = reports.intervals(frame).pivot(index="trial", columns="objective", values="mean").drop([2, 3])
    assert reports.choose(frame, prefer={"a": 50}) == means[A].idxmax() == 4
    assert reports.choose(frame, prefer={"b": 1e6}) == means[B].idxmin()
    assert reports.choose(frame) == means["delta_m"].idxmax()
    assert reports.choose(frame, require={"a": means[A].max() - 1e-9}) == 4
    required = reports.finalists(frame, require={"a": means[A].max()})
    assert required["required_probability"].iloc[0] == pytest.approx(0.5, abs=0.02)
    assert "What is required holds with probability 0.5" in reports.verdict(frame, require={"a": means[A].max() - 1e-9}).text
    with pytest.raises(InputError, match=r"no confirmed trial meets .* a/auc 0\.8\d* \(required 0.99\)"):
        reports.choose(frame, require={"a": 0.99})
    with pytest.raises(InputError, match="unknown output 'c'"):
        reports.finalists(frame, prefer={"c": 1})


def test_where_delta_m_is_empty_the_scale_of_the_search_decides():
    frame = simulated(effects=(6.0, 6.0))
    moved = changed(frame, **{A: frame[A] - 1.0})
    assert names.DELTA_M not in set(reports.intervals(moved)["objective"])
    assert reports.choose(moved) == 4
    assert reports.verdict(moved).kind == names.GAIN


def test_without_replicates_there_is_no_evidence():
    plain = make_study([(0.8, 2.5)], BASELINES)
    assert replicate_results(plain) is None
    assert reports.verdict(plain) is None
    assert reports.evidence(plain, 4) == {}
    assert reports.intervals(plain).empty
    assert reports.finalists(plain).empty
    assert reports.replicates(plain).empty
    assert reports.choose(plain) == 4
