"""The rule that decides between candidates."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import reports
from reports.ranking import Scale, achievement, fronts, rule_of
from tests.test_reports._studies import BASELINES, make_study, meta


@given(values=st.lists(st.tuples(*[st.integers(0, 4)] * 3), min_size=1, max_size=9))
@settings(max_examples=50, deadline=None)
def test_many_fronts_at_once_equal_one_at_a_time(values):
    points = np.array(values, float)
    several = np.stack([points, points[::-1]])
    assert (fronts(several)[0] == reports.non_dominated(-points)).all()
    assert (fronts(several)[1] == reports.non_dominated(-points[::-1])).all()
    best = achievement(2.0 - points, np.array([1.0, 2.0, 1.0])).argmin()
    assert fronts(points)[best]


values = st.floats(-2, 2, allow_nan=False).map(lambda x: round(x, 3))
weights = st.tuples(*[st.floats(0.1, 10)] * 2)


@given(points=st.lists(st.tuples(values, values), min_size=1, max_size=8), extreme=st.tuples(values, values), importance=weights)
@settings(max_examples=60, deadline=None)
def test_a_trial_that_is_not_picked_moves_no_pick_among_confirmed_candidates(points, extreme, importance):
    scale = Scale(np.array([1.0, 1.0]), np.array([0.0, 0.0]), "baselines")
    rule = rule_of(dict(zip("ab", importance, strict=True)), None, meta(directions=("max", "max")), scale)
    few, more = np.array(points), np.array([*points, extreme])
    before, after = (int(rule.best_positions(each, each.mean(axis=1))) for each in (few, more))
    assert after in (before, len(points))


@given(points=st.lists(st.tuples(values, values), min_size=1, max_size=5), extreme=st.tuples(values, values), importance=weights)
@settings(max_examples=25, deadline=None)
def test_a_trial_that_is_not_picked_moves_no_pick_of_the_ranking(points, extreme, importance):
    prefer = dict(zip("ab", importance, strict=True))
    few, more = (reports.rank(make_study(each, BASELINES)) for each in (points, [*points, extreme]))
    before, after = (int(reports.pick(ranking, prefer)["trial"]) for ranking in (few, more))
    assert after in (before, int(more["trial"].max()))


@given(point=st.tuples(values, values), importance=st.floats(1.01, 50))
@settings(max_examples=60, deadline=None)
def test_a_greater_importance_never_makes_an_objective_count_less(point, importance):
    """Of two candidates that swap their values, the one that has more of the important objective is picked."""
    one, other = np.array(point), np.array(point)[::-1]
    costs = achievement(1.0 - np.array([one, other]), np.array([importance, 1.0]))
    assert costs[int(one[0] < other[0])] <= costs[int(one[0] >= other[0])] or one[0] == other[0]


def test_without_baselines_the_scale_is_said_to_hang_on_trials():
    study = make_study([(0.8, 3.0), (0.6, 2.0)], {})
    assert "a single extreme trial moves it" in reports.report_html(study)
    assert "a single extreme trial moves it" not in reports.report_html(make_study([(0.8, 3.0)], BASELINES))
