"""The trial to go on with."""

import pytest

import reports
from reports.page._write import _contents
from search_spaces import InputError
from tests.test_reports._studies import BASELINES, make_study


def test_picks():
    ranking = reports.rank(make_study([(0.89, 4.0), (0.6, 2.1), (0.75, 2.4)], BASELINES))
    assert reports.pick(ranking)["rank"] == 1
    assert reports.pick(ranking, prefer={"a": 20})["a/m"] == 0.89
    assert reports.pick(ranking, prefer={"b": 20})["b/m"] == 2.1
    assert reports.pick(ranking, require={"a": 0.8})["a/m"] == 0.89
    assert reports.pick(ranking, require={"b": 2.2})["b/m"] == 2.1
    assert reports.pick(ranking, trial=5)["a/m"] == 0.6
    for arguments, text in (
        ({"require": {"a": 0.99}}, "a/m 0.89 \\(required 0.99\\)"),
        ({"prefer": {"c": 1}}, "unknown output 'c'"),
        ({"prefer": {"a": 0}}, "needs a finite number above 0"),
        ({"trial": 2}, "it is single:a"),
        ({"trial": 4, "require": {"a": 0.99}}, "trial=4 takes this trial as it is, so require cannot be given too"),
        ({"trial": 4, "prefer": {"a": 2}, "require": {"a": 0.1}}, "so prefer and require cannot be given too"),
    ):
        with pytest.raises(InputError, match=text):
            reports.pick(ranking, **arguments)


def test_without_replicates_the_report_is_about_the_trial_that_would_be_exported(tmp_path):
    study = make_study([(0.85, 8.0), (0.7, 2.4), (0.8, 3.0)], BASELINES)
    for rule in ({}, {"prefer": {"a": 20}}, {"prefer": {"b": 20}}, {"require": {"b/m": 2.45}}):
        assert _contents(study, rule.get("prefer"), rule.get("require")).trial == reports.choose(study, **rule)
    with pytest.raises(InputError, match="no trial meets everything that is required"):
        reports.write_report(study, tmp_path / "report", require={"b/m": 0.1})
    assert not (tmp_path / "report").exists()
