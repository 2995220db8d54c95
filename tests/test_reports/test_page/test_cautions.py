"""Warnings to the reader."""

import pytest

import reports
from reports.page._cautions import cautions
from search_spaces import names
from tests.test_reports._studies import BASELINES, POINTS, make_study, meta


def test_cautions():
    study = make_study(POINTS, BASELINES, states=(names.DIVERGED, names.DIVERGED))
    told = cautions(study, reports.rank(study), 4)
    assert told == ["2 trial(s) diverged: why (2)."]


def test_an_objective_with_one_value_for_all_is_told_first():
    study = make_study([(0.5, error) for _, error in POINTS], {"current": (0.5, 3.0)})
    first, *_ = cautions(study, reports.rank(study), 1)
    assert first.startswith("a/m is 0.5 in all 7 complete trials, so it tells no candidate from another")


@pytest.mark.parametrize(
    ("monitor", "restores", "told"),
    [("val_loss", True, True), ("a/m", True, True), ("val_loss", False, False), ("loss", True, False)],
)
def test_an_epoch_that_was_chosen_on_the_rows_of_the_ranking_is_told(monitor, restores, told):
    callback = {"class_name": "EarlyStopping", "settings": {"monitor": monitor, "restore_best_weights": restores}}
    study = make_study(POINTS, BASELINES, meta() | {"callbacks": [callback, {"class_name": "TerminateOnNaN", "settings": {}}]})
    sentence = (
        f"Each trial's values are those of its best epoch by {monitor}, which EarlyStopping chose on the same validation rows"
    )
    assert [one.startswith(sentence) for one in cautions(study, reports.rank(study), 4)] == [True] * told
