"""Pictures hold the tables that they are drawn from."""

import pandas as pd
import pytest

import reports
from reports.page.figures import curves_data, importances_figure, weights_data, weights_figure
from tests.test_reports._studies import BASELINES, POINTS, make_study, meta, searched_study


def test_a_picture_is_its_data():
    data = reports.front_data(reports.rank(make_study([(0.8, 2.5), (0.7, 2.9)], BASELINES)))
    assert data["front"].sum() == 1
    figure = reports.front_figure(data)
    assert {trace.name for trace in figure.data if trace.name} == {"trials", "front", "shown above", *BASELINES}
    three = meta(outputs=("a", "b", "c"), directions=("max",) * 3)
    matrix = reports.front_figure(reports.front_data(reports.rank(make_study([(1, 2, 3), (2, 1, 0)], about=three))))
    pairs = {(trace.x, trace.y) for trace in matrix.data}
    assert pairs == {((1, 2), (2, 1)), ((1, 2), (3, 0)), ((2, 1), (3, 0))}


def test_pictures_hold_the_tables():
    study = searched_study(60)
    ranking = reports.rank(study)
    many = pd.concat([ranking] * 20, ignore_index=True)
    many.attrs = ranking.attrs
    data, trend = weights_data(many), reports.weight_effects(many)
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


def test_curves_are_those_of_the_front_and_the_baselines():
    study = make_study(POINTS, BASELINES)
    data = curves_data(reports.history_frame(study), reports.rank(study), most=2)
    assert set(data.loc[data["baseline"], "name"]) == set(BASELINES)
    assert data.loc[~data["baseline"], "trial"].nunique() == 2
