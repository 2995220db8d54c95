"""Tables and pictures of a study, by their properties first."""

import math
from itertools import combinations

import numpy as np
import optuna
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from optuna.trial import TrialState, create_trial

import reports
from reports.page._write import _contents
from search_spaces import InputError, names

EVIL = '"><script>alert(1)</script>'


def meta(outputs=("a", "b"), directions=("max", "min"), name="s"):
    objectives = [
        {"name": f"{o}/m", "output": o, "metric": "m", "direction": d} for o, d in zip(outputs, directions, strict=True)
    ]
    data = {"fingerprint": "f", "rows": 9, "validation_rows": 3}
    return {"schema": 1, "name": name, "objectives": objectives, "outputs": list(outputs), "space": {}, "epochs": 2,
            "batch_size": 8, "seed": 0, "data": data, "versions": {"keras": "3"}}  # fmt: skip


def make_study(values, baselines=None, about=None, states=()):
    about = about or meta()
    directions = ["maximize" if o["direction"] == "max" else "minimize" for o in about["objectives"]]
    study = optuna.create_study(directions=directions)
    study.set_user_attr(names.STUDY, about)
    for value in [*(baselines or {}).items(), *((None, v) for v in values)]:
        add(study, about, *value)
    for state in states:
        add(study, about, None, None, state)
    return study


def add(study, about, baseline, value, state=names.COMPLETE):
    loss = {"class_name": "Huber", "config": {"delta": 2.0}}
    candidate = {
        "learning_rate": 1e-3,
        "optimizer": {"class_name": "Adam", "config": {}},
        "losses": dict.fromkeys(about["outputs"], loss),
        "weights": {o: 1.0 + i for i, o in enumerate(about["outputs"])},
        "hyperparameters": {"units": 8},
    }
    outcome = {"state": state, "reason": "" if value else "why", "epochs": 1, "seconds": 1.5, "engine": "fit"}
    outcome["history"] = [list(value)] if value else []
    attributes = {names.CANDIDATE: candidate, names.SEED: 0, names.OUTCOME: outcome}
    if baseline:
        attributes[names.BASELINE] = baseline
    if state == names.RUNNING:
        del attributes[names.OUTCOME]
    optuna_state = {
        names.COMPLETE: TrialState.COMPLETE,
        names.PRUNED: TrialState.PRUNED,
        names.RUNNING: TrialState.RUNNING,
    }
    study.add_trial(
        create_trial(state=optuna_state.get(state, TrialState.FAIL), values=list(value) if value else None, user_attrs=attributes)
    )


BASELINES = {"current": (0.7, 3.0), "equal": (0.6, 2.5), "single:a": (0.9, 9.0), "single:b": (0.5, 2.0)}
points = st.lists(st.tuples(st.floats(0.1, 1), st.floats(0.1, 9)), min_size=1, max_size=12)


def dominates(p, q):
    return all(a <= b for a, b in zip(p, q, strict=True)) and any(a < b for a, b in zip(p, q, strict=True))


@given(costs=st.lists(st.tuples(*[st.integers(0, 5)] * 3), min_size=1, max_size=15))
@settings(max_examples=60, deadline=None)
def test_the_front_is_what_no_point_dominates(costs):
    found = reports.non_dominated(np.array(costs, float))
    assert found.tolist() == [not any(dominates(q, p) for q in costs) for p in costs]


def volume_by_inclusion_and_exclusion(costs, reference):
    total = 0.0
    for size in range(1, len(costs) + 1):
        for group in combinations(costs, size):
            corner = np.max(group, axis=0)
            total += (-1) ** (size + 1) * float(np.prod(np.maximum(reference - corner, 0)))
    return total


@given(costs=st.lists(st.tuples(*[st.floats(0, 1.2)] * 2), min_size=1, max_size=6))
@settings(max_examples=60, deadline=None)
def test_hypervolume_and_contributions_equal_their_slow_twins(costs):
    points, reference = np.array(costs), np.array([1.0, 1.0])
    assert reports.hypervolume(points, reference) == pytest.approx(volume_by_inclusion_and_exclusion(costs, reference), abs=1e-9)
    whole = reports.hypervolume(points, reference)
    front = reports.non_dominated(points)
    lost = reports.contributions(points, reference)
    for i in np.flatnonzero(front):
        rest = np.delete(points, i, axis=0)[np.delete(front, i)]
        assert lost[i] == pytest.approx(whole - (reports.hypervolume(rest, reference) if len(rest) else 0.0), abs=1e-9)
    assert (lost[~front] == 0).all()
    assert lost.sum() <= whole + 1e-9


@pytest.mark.parametrize("costs", [[3.0, 1.0, 2.0], [1.0, 1.0], [5.0]])
def test_one_objective_works_as_well(costs):
    points = np.array(costs)[:, None]
    assert reports.hypervolume(points, np.array([4.0])) == max(4.0 - min(costs), 0)
    expected = {3: [0.0, 1.0, 0.0], 2: [0.0, 0.0], 1: [0.0]}[len(costs)]
    assert reports.contributions(points, np.array([4.0])).tolist() == expected


X = np.linspace(0, 1, 200_001)
ZDT3 = 1 - np.sqrt(X) - X * np.sin(10 * np.pi * X)
FRONTS = {
    "ZDT1": (X, 1 - np.sqrt(X), 1.1, 0.8767),
    "ZDT2": (X, 1 - X**2, 1.1, 0.5433),
    "ZDT3": (X, ZDT3, 1.1, 1.3318),
    "one weight": (X**2, (1 - X) ** 2, 1.0, 5 / 6),
}


@pytest.mark.parametrize("name", FRONTS)
def test_known_hypervolumes(name):
    first, second, reference, known = FRONTS[name]
    found = reports.hypervolume(np.column_stack([first, second]), np.array([reference] * 2))
    assert found == pytest.approx(known, abs=1.5e-4)


def test_the_fonseca_front():
    x = np.linspace(-1, 1, 200_001)[:, None] / math.sqrt(3)
    first = 1 - np.exp(-(3 * (x - 1 / math.sqrt(3)) ** 2)[:, 0])
    second = 1 - np.exp(-(3 * (x + 1 / math.sqrt(3)) ** 2)[:, 0])
    assert reports.hypervolume(np.column_stack([first, second]), np.ones(2)) == pytest.approx(0.34211, abs=1e-4)


@given(values=points)
@settings(max_examples=30, deadline=None)
def test_the_first_is_always_on_the_front(values):
    ranking = reports.rank(make_study(values, BASELINES))
    assert ranking.iloc[0]["front"]
    ranked = ranking[ranking["rank"].notna()]
    assert ranked["delta_m"].is_monotonic_decreasing
    assert ranked["rank"].tolist() == list(range(1, len(values) + 3))


@given(values=points, order=st.randoms())
@settings(max_examples=30, deadline=None)
def test_the_order_of_trials_changes_no_value(values, order):
    shuffled = list(values)
    order.shuffle(shuffled)
    columns = ["a/m", "b/m", "front", "delta_m"]
    one, other = (reports.rank(make_study(v, BASELINES))[columns] for v in (values, shuffled))
    sort = ["delta_m", "a/m", "b/m"]
    pd.testing.assert_frame_equal(one.sort_values(sort).reset_index(drop=True), other.sort_values(sort).reset_index(drop=True))


def test_a_ranking_by_hand():
    ranking = reports.rank(
        make_study([(0.8, 2.5)], BASELINES, states=[names.PRUNED, names.DIVERGED, names.RUNNING, names.INTERRUPTED])
    )
    assert ranking["trial"].tolist() == [4, 1, 0, 2, 3, 5, 6, 7]
    assert ranking["baseline"].tolist()[:5] == ["", "equal", "current", "single:a", "single:b"]
    assert ranking["rank"].tolist()[:3] == [1, 2, 3]
    assert ranking["rank"].isna().tolist() == [False] * 3 + [True] * 5
    first = ranking.iloc[0]
    assert first["delta_m"] == pytest.approx(100 * ((0.8 - 0.9) / 0.9 - (2.5 - 2.0) / 2.0) / 2)
    assert first["share/b"] == pytest.approx(2 / 3)
    assert first["loss/a"] == "Huber(delta=2.0)"
    scaled = (0.8 - 0.5) / 0.4 * (9 - 2.5) / 7
    assert ranking.attrs["hypervolume"] == pytest.approx(scaled)
    assert ranking.attrs["scale"]["ideal"] == {"a/m": 0.9, "b/m": 2.0}
    assert ranking["state"].tolist()[5:] == [names.PRUNED, names.DIVERGED, names.RUNNING]
    assert reports.front_summary(make_study([(0.8, 2.5)], BASELINES)) == (1, pytest.approx(scaled))


def test_delta_m_is_empty_where_a_baseline_is_not_positive():
    about = meta(directions=("max", "max"))
    ranking = reports.rank(make_study([(0.5, 0.4)], {"single:a": (0.9, -1.0), "single:b": (0.1, -0.5)}, about))
    assert ranking["delta_m"].isna().all()
    assert "a relative change needs a value above 0" in ranking.attrs["delta_m"]
    assert ranking.iloc[0]["rank"] == 1


def test_the_order_does_not_depend_on_when_a_baseline_was_run():
    late = dict(reversed(BASELINES.items()))
    orders = [list(reports.rank(make_study([(0.8, 2.2)], baselines))[names.BASELINE]) for baselines in (BASELINES, late)]
    assert orders[0] == orders[1]


def test_an_empty_study_has_an_empty_ranking(tmp_path):
    ranking = reports.rank(make_study([]))
    assert len(ranking) == 0
    assert {"rank", "a/m", "front", "delta_m", "reason"} <= set(ranking.columns)
    reports.write_report(make_study([]), tmp_path)
    with pytest.raises(InputError, match="no trial is complete yet"):
        reports.pick(ranking)


def test_every_column_is_documented():
    ranking = reports.rank(make_study([(0.8, 2.5)], BASELINES))
    described = reports.describe_columns(ranking)
    assert list(described) == list(ranking.columns)
    assert all(len(sentence) > 10 for sentence in described.values())


def test_what_is_not_a_study_is_refused():
    with pytest.raises(InputError, match="expected an optuna.Study that loss-weight-tuner ran"):
        reports.rank(optuna.create_study())
    with pytest.raises(InputError, match="lacks attrs"):
        reports.rank(pd.DataFrame())


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
        ({"prefer": {"a": 0}}, "needs a number above 0"),
        ({"trial": 2}, "it is single:a"),
    ):
        with pytest.raises(InputError, match=text):
            reports.pick(ranking, **arguments)


def test_the_files_hold_the_ranking(tmp_path):
    study = make_study([(0.8, 2.5), (0.7, 2.1)], BASELINES)
    ranking = reports.rank(study)
    folder = reports.write_report(study, tmp_path / "report")
    parquet = pd.read_parquet(folder / "ranking.parquet")
    pd.testing.assert_frame_equal(parquet, ranking, check_dtype=False)
    csv = pd.read_csv(folder / "ranking.csv", keep_default_na=False, na_values=[""])
    assert csv["a/m"].tolist() == ranking["a/m"].tolist()
    table = (folder / "ranking.md").read_text().splitlines()
    assert len(table) == 2 + len(ranking)
    assert len(pd.read_parquet(folder / "history.parquet")) == 2 * len(ranking)
    assert not [path for path in folder.iterdir() if path.name.startswith(".")]


def test_names_are_inert_in_the_page(tmp_path):
    about = meta(outputs=(EVIL, "b"), name=EVIL)
    study = make_study([(0.8, 2.5)], {"current": (0.7, 3.0)}, about)
    page = (reports.write_report(study, tmp_path) / "report.html").read_text()
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "http://" not in page.split("<main>")[0]


def test_the_page_says_what_came_out(tmp_path):
    study = make_study([(0.8, 2.5)], BASELINES)
    page = (reports.write_report(study, tmp_path) / "report.html").read_text()
    assert "a/m 0.8000 against 0.7000 (+0.1000, better)" in page
    assert "b/m 2.5000 against 3.0000 (-0.5000, better)" in page
    assert "keras.losses.Huber(delta=2.0)" in page


def test_a_picture_is_its_data():
    data = reports.front_data(reports.rank(make_study([(0.8, 2.5), (0.7, 2.9)], BASELINES)))
    assert data["front"].sum() == 1
    figure = reports.front_figure(data)
    assert {trace.name for trace in figure.data if trace.name} == {"trials", "front", "shown above", *BASELINES}
    three = meta(outputs=("a", "b", "c"), directions=("max",) * 3)
    assert reports.front_figure(reports.front_data(reports.rank(make_study([(1, 2, 3)], about=three)))).data[0].type == "splom"


def test_the_compile_call_is_python():
    import ast

    candidate = make_study([(1, 1)]).trials[0].user_attrs[names.CANDIDATE]
    source = reports.compile_call(candidate)
    ast.parse(source)
    assert "keras.optimizers.Adam(learning_rate=0.001)" in source


def test_without_replicates_the_report_is_about_the_trial_that_would_be_exported(tmp_path):
    study = make_study([(0.85, 8.0), (0.7, 2.4), (0.8, 3.0)], BASELINES)
    for rule in ({}, {"prefer": {"a": 20}}, {"prefer": {"b": 20}}, {"require": {"b/m": 2.45}}):
        assert _contents(study, rule.get("prefer"), rule.get("require")).trial == reports.choose(study, **rule)
    with pytest.raises(InputError, match="no trial meets everything that is required"):
        reports.write_report(study, tmp_path / "report", require={"b/m": 0.1})
    assert not (tmp_path / "report").exists()
