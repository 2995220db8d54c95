"""The ranking."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import reports
from search_spaces import InputError, names
from tests.test_reports._studies import BASELINES, make_study, meta

points = st.lists(st.tuples(st.floats(0.1, 1), st.floats(0.1, 9)), min_size=1, max_size=12)


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
