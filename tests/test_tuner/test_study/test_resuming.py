"""The same call again resumes a study."""

import pytest

pytestmark = pytest.mark.usefixtures("instant")


def test_the_same_call_again_adds_nothing_and_a_larger_one_goes_on(data, make_tuner):
    make_tuner().search(**data, n_trials=2)
    first = make_tuner().study.trials
    again = make_tuner()
    again.search(**data, n_trials=2)
    assert len(again.study.trials) == len(first)
    again.search(**data, n_trials=3)
    assert [t.values for t in again.study.trials][: len(first)] == [t.values for t in first]
    assert len(again.study.trials) == len(first) + 1
    drawn = [trial.params["learning_rate"] for trial in again.study.trials[4:]]
    assert len(set(drawn)) == 3, "a resumed study must not draw the same numbers again"
