"""What weights, losses and other choices do, on studies whose truth is known."""

import numpy as np
import optuna
import pytest

import reports
from tests.test_reports._studies import make_study, meta, searched_study


def test_the_trend_follows_the_truth():
    study = searched_study()
    trend = reports.weight_effects(reports.rank(study))
    own = trend[(trend["output"] == "a") & (trend["objective"] == "a/m")]
    np.testing.assert_allclose(own["median"], 0.5 + 0.4 * own["share"], atol=0.02)
    assert own["share"].is_monotonic_increasing
    for _, rows in trend.groupby(["output", "objective"]):
        assert rows["trials"].sum() == 80
    mirrored = trend[(trend["output"] == "b") & (trend["objective"] == "a/m")]
    assert mirrored["median"].is_monotonic_decreasing


def test_each_choice_is_counted_with_its_values():
    study = searched_study()
    table = reports.choice_effects(reports.rank(study)).set_index("value")
    assert set(table["parameter"]) == {"loss/b"}
    assert table["trials"].sum() == 80
    assert table.loc["Huber", "median b/m"] == pytest.approx(2.05, abs=0.02)
    assert table.loc["LogCosh", "best b/m"] == pytest.approx(4.0, abs=0.02)
    assert table.loc["Huber", "best a/m"] <= 0.5 + 0.4 * 10 / 11
    assert table.loc["LogCosh", "front"] <= 1  # only the very largest share can save the worse loss


def test_what_decides_is_the_most_important():
    study = searched_study(200)
    table = reports.importances(study, reports.rank(study))
    wide = table.pivot_table(index="parameter", columns="objective", values="importance")
    assert wide["a/m"].idxmax() == "weight/a"
    assert wide["b/m"].idxmax() == "loss/b"
    np.testing.assert_allclose(wide.sum(), 1.0)
    assert wide.loc["learning_rate", "a/m"] < 0.05


def test_importances_are_those_of_optuna_itself():
    study = searched_study(60)
    found = reports.importances(study, reports.rank(study)).set_index(["objective", "parameter"])["importance"]
    evaluator = optuna.importance.PedAnovaImportanceEvaluator(target_quantile=0.1)
    trials = optuna.create_study(directions=study.directions)
    trials.add_trials([trial for trial in study.trials if trial.params])
    with pytest.warns(UserWarning, match="low `target` values"):
        expected = optuna.importance.get_param_importances(trials, evaluator=evaluator, target=lambda trial: -trial.values[0])
    assert found["a/m"].to_dict() == pytest.approx(expected)


@pytest.mark.parametrize("count", [0, 1, 5])
def test_few_trials_say_nothing(count):
    study = searched_study(count)
    ranking = reports.rank(study)
    assert reports.weight_effects(ranking).empty
    assert reports.importances(study, ranking).empty
    assert list(reports.importances(study, ranking).columns) == ["parameter", "objective", "importance"]


def test_a_single_output_has_no_weight_to_speak_of():
    about = meta(outputs=("a",), directions=("max",))
    ranking = reports.rank(make_study([(value,) for value in np.linspace(0, 1, 30)], about=about))
    assert reports.weight_effects(ranking).empty
