"""The rule that decides between candidates."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import reports
from reports.ranking import achievement, fronts


@given(values=st.lists(st.tuples(*[st.integers(0, 4)] * 3), min_size=1, max_size=9))
@settings(max_examples=50, deadline=None)
def test_many_fronts_at_once_equal_one_at_a_time(values):
    points = np.array(values, float)
    several = np.stack([points, points[::-1]])
    assert (fronts(several)[0] == reports.non_dominated(-points)).all()
    assert (fronts(several)[1] == reports.non_dominated(-points[::-1])).all()
    best = achievement(points, fronts(points), np.array([1.0, 2.0, 1.0])).argmin()
    assert fronts(points)[best]
