"""The seeds that choose are never those that judge, and the pick is decided once."""

import pytest

import reports
from reports.confirmation import JudgingPlan, choosing_seeds, seeds_for, verdict_level
from search_spaces import InputError, names

pytestmark = pytest.mark.usefixtures("instant")


@pytest.fixture
def tuner(data, make_tuner):
    made = make_tuner()
    made.search(**(data | {"n_trials": 6}))
    return made


def plan(tuner):
    return JudgingPlan.of(tuner.study.user_attrs)


def test_all_errors_together_stay_below_five_percent():
    assert sum(verdict_level(place, step) / 2 for place in range(50) for step in range(50)) < 0.05
    for judging in range(1, 40):
        assert seeds_for(judging) - choosing_seeds(seeds_for(judging)) == judging


def test_fresh_seeds_judge_the_pick_and_current_alone(tuner):
    tuner.confirm(top=2, seeds=7, verbose=0)
    seeds = reports.replicates(tuner.study).groupby("replicate_of")["seed"].apply(set)
    (judgment,) = plan(tuner).judgments
    assert {trial for trial, own in seeds.items() if own & set(judgment.seeds)} == {0, judgment.trial}
    assert all(set(plan(tuner).choosing) <= own for own in seeds)
    assert not set(judgment.seeds) & set(plan(tuner).choosing)
    assert tuner.best_config().study["trial"] == tuner.verdict().trial == judgment.trial
    assert tuner.verdict().replicates == 4
    table = reports.intervals(tuner.study)
    assert table.loc[table["stage"] == names.CHOOSING, "p_holm"].isna().all()


def test_the_same_call_trains_nothing_and_twice_the_seeds_are_a_further_verdict(tuner):
    tuner.confirm(top=2, seeds=7, verbose=0)
    number, pick = len(tuner.study.trials), tuner.verdict().trial
    for seeds in (7, 10):
        tuner.confirm(top=2, seeds=seeds, verbose=0)
        assert len(tuner.study.trials) == number
    tuner.confirm(top=2, seeds=seeds_for(8), verbose=0)
    assert len(tuner.study.trials) == number + 8
    assert (tuner.verdict().trial, tuner.verdict().replicates) == (pick, 8)
    assert tuner.verdict().false_gains == pytest.approx(0.025 / 4)


def test_one_seed_is_no_verdict_and_costs_none(tuner):
    tuner.confirm(top=2, seeds=2, verbose=0)
    assert (tuner.verdict().kind, tuner.verdict().replicates) == (names.UNKNOWN, 1)
    assert tuner.verdict(0).kind == names.NO_GAIN, "what is the reference needs no test"
    for judging, share in ((2, 0.025), (4, 0.025 / 4)):
        tuner.confirm(top=2, seeds=seeds_for(judging), verbose=0)
        assert (tuner.verdict().replicates, tuner.verdict().false_gains) == (judging, pytest.approx(share))


def test_one_seed_that_chooses_has_no_interval_against_policies(tuner):
    tuner.compare_policies(["dwa", "mgda"], trials=1, verbose=0)
    tuner.confirm(top=2, seeds=3, verbose=0)
    assert "by the one seed that chooses, Δm" in tuner.verdict().text
    assert "nan" not in tuner.verdict().text


def test_an_unfinished_verdict_is_none(tuner, interrupted):
    with interrupted(24):
        tuner.confirm(top=2, seeds=7, verbose=0)
    pick = plan(tuner).judgments[0].trial
    assert tuner.verdict().kind == names.UNKNOWN
    assert "once all 4 seeds" in tuner.verdict().text
    tuner.confirm(top=2, seeds=7, verbose=0)
    assert (tuner.verdict().trial, tuner.verdict().replicates) == (pick, 4)


def test_test_data_are_not_forgotten(tuner, data):
    tuner.confirm(top=2, seeds=7, test_data=data["validation_data"], verbose=0)
    assert tuner.verdict().data == names.TEST
    with pytest.raises(InputError, match="this call has none"):
        tuner.confirm(top=2, seeds=7, verbose=0)
