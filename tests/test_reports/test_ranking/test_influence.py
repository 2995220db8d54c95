"""What weights, losses and other choices do, on studies whose truth is known."""

import numpy as np
import openpyxl
import optuna
import pandas as pd
import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution
from optuna.trial import create_trial

import reports
from reports.page.figures import importances_figure, weights_data, weights_figure
from search_spaces import names
from tests.test_reports.test_reports import BASELINES, make_study, meta

LOSSES = ("Huber", "LogCosh")


def searched_study(count=80, seed=0):
    """`a` grows with the share of its weight alone; `b` depends on which loss it has alone."""
    random, about = np.random.default_rng(seed), meta()
    study = make_study([], BASELINES, about)
    for number in range(count):
        weight, loss, rate = random.uniform(0.1, 10), LOSSES[random.integers(2)], float(10 ** random.uniform(-4, -2))
        share = weight / (1 + weight)
        candidate = {
            "learning_rate": rate,
            "optimizer": {"class_name": "Adam", "config": {}},
            "losses": {"a": {"class_name": "Huber", "config": {}}, "b": {"class_name": loss, "config": {}}},
            "weights": {"a": weight, "b": 1.0},
            "hyperparameters": {},
        }
        values = [0.5 + 0.4 * share, (2.0 if loss == "Huber" else 4.0) + 0.1 * random.random()]
        outcome = {"state": names.COMPLETE, "reason": "", "epochs": 1, "seconds": 1.0, "engine": "fit", "history": [values]}
        study.add_trial(
            create_trial(
                params={names.LEARNING_RATE: rate, names.weight("a"): weight, names.loss("b"): loss},
                distributions={
                    names.LEARNING_RATE: FloatDistribution(1e-4, 1e-2, log=True),
                    names.weight("a"): FloatDistribution(0.1, 10),
                    names.loss("b"): CategoricalDistribution(LOSSES),
                },
                values=values,
                user_attrs={names.CANDIDATE: candidate, names.SEED: number, names.OUTCOME: outcome},
            )
        )
    return study


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


def test_pictures_hold_the_tables():
    study = searched_study(2500)
    ranking = reports.rank(study)
    data, trend = weights_data(ranking), reports.weight_effects(ranking)
    assert 500 < len(data) <= 1000
    figure = weights_figure(data, trend)
    points, line = figure.data[0], figure.data[1]
    assert list(points.customdata) == data["trial"].tolist()
    own = trend[(trend["output"] == "a") & (trend["objective"] == "a/m")]
    assert list(line.x) == own["share"].tolist()
    assert list(line.y) == own["median"].tolist()
    table = reports.importances(study, ranking)
    bars = importances_figure(table)
    assert {bar.name: sum(bar.x) for bar in bars.data} == pytest.approx({"a/m": 1.0, "b/m": 1.0})


def test_every_table_is_written_twice_and_documented(tmp_path):
    folder = reports.write_report(searched_study(), tmp_path)
    tables = {path.stem for path in folder.glob("*.csv")}
    assert tables == {"ranking", "front", "history", "compromise", "hypervolume", "weights", "choices", "importances"}
    columns = (folder / "columns.md").read_text()
    for name in tables:
        text, exact = pd.read_csv(folder / f"{name}.csv"), pd.read_parquet(folder / f"{name}.parquet")
        assert list(text.columns) == list(exact.columns)
        assert len(text) == len(exact) > 0
        own = columns.split(f"# Columns of {name}\n")[1].split("\n# ")[0]
        assert all(f"- `{column}`: " in own for column in exact.columns)


def test_the_workbook_holds_the_tables_and_no_formula(tmp_path):
    study = make_study([(0.8, 2.5)], BASELINES, meta(outputs=("=1+1", "https://b")))
    book = openpyxl.load_workbook(reports.write_report(study, tmp_path) / "ranking.xlsx")
    assert {"ranking", "front", "history", "columns"} <= set(book.sheetnames)
    sheet = book["ranking"]
    assert sheet.max_row == 1 + len(reports.rank(study))
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n", "b"}
    assert sheet.cell(1, sheet.max_column).hyperlink is None
    assert any(cell.value == "=1+1/m" for cell in sheet[1])
