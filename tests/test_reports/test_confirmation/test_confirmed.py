"""What replicates say: properties of the statistics, the pick and the verdict."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import reports
from benchmarks._simulated import Scenario, simulate
from reports.confirmation._posterior_draws import draw_means
from reports.confirmation._results import replicate_results
from reports.confirmation._t_test import holm, interval, p_values
from reports.ranking._rule import achievement, fronts
from search_spaces import InputError, names
from tests.test_reports.test_reports import BASELINES, make_study

A, B = "a/auc", "b/mae"
seeds = st.integers(0, 2**31)


def study(seed=0, **scenario):
    return next(simulate(Scenario(**({"effects": (3.0, 0.0)} | scenario)), 1, seed)).frame


def changed(frame, **columns):
    made = frame.assign(**columns)
    made.attrs = frame.attrs
    return made


def same(one, other):
    for table in (reports.intervals, reports.finalists):
        pd.testing.assert_frame_equal(table(one), table(other), rtol=1e-6)
    assert reports.verdict(one) == reports.verdict(other)


@given(values=st.lists(st.floats(-10, 10), min_size=2, max_size=12).filter(lambda v: np.std(v) > 1e-3))
@settings(max_examples=50, deadline=None)
def test_intervals_and_p_values_equal_those_of_scipy(values):
    found, theirs = interval(np.array(values)), stats.ttest_1samp(values, 0.0)
    assert (found.low, found.high) == pytest.approx(tuple(theirs.confidence_interval(0.95)), rel=1e-9, abs=1e-12)
    assert p_values(np.array(values)) == pytest.approx(theirs.pvalue, rel=1e-9, abs=1e-12)


def test_few_and_equal_differences_claim_no_certainty():
    assert p_values(np.zeros(5)) == 1.0
    assert p_values(np.full(5, 0.1)) == 2.0**-4
    assert np.isnan(p_values(np.ones(1)))
    assert np.isnan(interval(np.ones(1)).low)


@given(p=st.lists(st.floats(0, 1), min_size=1, max_size=8))
@settings(max_examples=50, deadline=None)
def test_holm_equals_its_slow_twin(p):
    ordered, adjusted, largest = sorted(range(len(p)), key=lambda i: p[i]), [0.0] * len(p), 0.0
    for place, i in enumerate(ordered):
        largest = max(largest, min(1.0, (len(p) - place) * p[i]))
        adjusted[i] = largest
    assert holm(np.array(p)) == pytest.approx(adjusted)
    assert np.isnan(holm(np.array([np.nan, 0.01]))[0])
    assert holm(np.array([np.nan, 0.01]))[1] == 0.01


@given(values=st.lists(st.tuples(*[st.integers(0, 4)] * 3), min_size=1, max_size=9))
@settings(max_examples=50, deadline=None)
def test_many_fronts_at_once_equal_one_at_a_time(values):
    points = np.array(values, float)
    several = np.stack([points, points[::-1]])
    assert (fronts(several)[0] == reports.non_dominated(-points)).all()
    assert (fronts(several)[1] == reports.non_dominated(-points[::-1])).all()
    best = achievement(points, fronts(points), np.array([1.0, 2.0, 1.0])).argmin()
    assert fronts(points)[best]


def test_draws_have_the_margins_of_the_intervals_and_keep_what_seeds_share():
    values = np.random.default_rng(0).normal(size=(2, 8, 1)) + 5 * np.random.default_rng(1).normal(size=(1, 8, 1))
    drawn, found = draw_means(values, 200_000), interval(values[..., 0])
    assert np.quantile(drawn[..., 0], 0.025, axis=0) == pytest.approx(found.low, abs=0.1)
    assert np.quantile(drawn[..., 0], 0.975, axis=0) == pytest.approx(found.high, abs=0.1)
    assert np.std(drawn[:, 0] - drawn[:, 1]) < 0.3 * np.std(drawn[:, 0])


@given(seed=seeds)
@settings(max_examples=10, deadline=None)
def test_the_order_of_trials_and_the_names_of_seeds_change_nothing(seed):
    frame = study(seed)
    shuffled = frame.sample(frac=1.0, random_state=seed % 1000)
    shuffled.attrs = frame.attrs
    same(frame, shuffled)
    renamed = dict(zip(range(1, 11), np.random.default_rng(seed).permutation(10) + 1, strict=True)) | {0: 0}
    same(frame, changed(frame, **{names.SEED: frame[names.SEED].map(renamed)}))


@given(seed=seeds, factor=st.sampled_from([0.01, 2.0, 1000.0]))
@settings(max_examples=10, deadline=None)
def test_the_unit_of_an_objective_changes_no_decision(seed, factor):
    frame = study(seed, effects=(2.0, 1.0))
    scaled = changed(frame, **{B: frame[B] * factor})
    one, other = reports.verdict(frame), reports.verdict(scaled)
    assert (one.kind, one.trial, one.better, one.worse) == (other.kind, other.trial, other.better, other.worse)
    pd.testing.assert_frame_equal(reports.finalists(frame), reports.finalists(scaled), rtol=1e-6)
    for rule in ({"prefer": {"a": 3}}, {"require": {"a": 0.805}}):
        assert reports.choose(frame, **rule) == reports.choose(scaled, **rule)
    assert reports.intervals(frame)["p_holm"].to_numpy() == pytest.approx(reports.intervals(scaled)["p_holm"], nan_ok=True)


@given(seed=seeds, rounding=st.sampled_from([0.0, 1e-8]))
@settings(max_examples=10, deadline=None)
def test_a_candidate_equal_to_current_is_never_a_gain(seed, rounding):
    frame = study(seed)
    values = frame[[A, B]].to_numpy(copy=True)
    of = frame[names.REPLICATE_OF].to_numpy(float)
    values[of == 4] = values[of == 0] * (1 + rounding)
    verdict = reports.verdict(changed(frame, **{A: values[:, 0], B: values[:, 1]}), trial=4)
    assert verdict.kind == names.NO_GAIN
    assert (verdict.better, verdict.worse) == ((), ())


@given(seed=seeds)
@settings(max_examples=10, deadline=None)
def test_probabilities_are_probabilities_and_the_pick_is_on_the_front(seed):
    table = reports.finalists(study(seed, effects=(1.0, 0.5)))
    assert table["pick_probability"].sum() == pytest.approx(1.0)
    assert table["front_probability"].between(0, 1).all()
    assert (table["pick_probability"] <= table["front_probability"] + 1e-12).all()
    assert table["pick"].tolist() == [True] + [False] * (len(table) - 1)
    assert (table["trial"] != 2).all(), "an output trained alone is no candidate"


def test_a_clear_gain_is_called_one():
    frame = study(effects=(6.0, 6.0))
    verdict = reports.verdict(frame)
    assert (verdict.kind, verdict.trial, verdict.against, verdict.better) == (names.GAIN, 4, "current", (A, B))
    assert verdict.comparisons == 12  # equal and five finalists on two objectives
    for part in ("Trial 4 is a gain over current: a/auc 0.", "95 % interval +", "over 10 seeds on validation data",
                 "all 12 comparisons", "Δm changes by +", "with probability 1.00", "No output is worse"):  # fmt: skip
        assert part in str(verdict)


def test_a_gain_for_a_loss_is_a_trade_off():
    verdict = reports.verdict(study(effects=(6.0, -6.0)), trial=4)
    assert (verdict.kind, verdict.better, verdict.worse) == (names.TRADE_OFF, (A,), (B,))
    assert "better on a/auc, worse on b/mae" in verdict.text


def test_nothing_better_means_today_stays():
    verdict = reports.verdict(study(effects=(0.0, 0.0)))
    assert verdict.kind == names.NO_GAIN
    assert verdict.text.startswith("No significant gain over current")
    assert verdict.text.endswith("Today's configuration (trial 0) should stay.")
    frame = study(effects=(6.0, 6.0))
    assert reports.verdict(frame, trial=5).text.endswith("A gain over current: trial 4.")
    assert "it is itself the choice" in reports.verdict(frame, trial=0).text


def test_gains_on_validation_data_alone_are_none_on_test_data():
    verdict = reports.verdict(study(effects=(0.0, 0.0), lucky=8.0))
    assert (verdict.kind, verdict.data) == (names.NO_GAIN, "test")
    assert verdict.trial >= 4, "the pick is made on validation data"
    table = reports.intervals(study(lucky=8.0))
    assert set(table["data"]) == {"validation", "test"}
    assert (table.loc[(table["data"] == "test") & (table["trial"] >= 4) & (table["objective"] == A), "optimism"] > 0).all()


def test_without_current_the_reference_is_equal():
    frame = study(effects=(6.0, 6.0))
    kept = frame[(frame[names.TRIAL] != 0) & (frame[names.REPLICATE_OF] != 0)]
    kept.attrs = frame.attrs
    assert reports.verdict(kept).against == "equal"
    assert "gain over equal" in reports.verdict(kept).text


def test_a_candidate_that_diverges_with_a_seed_is_left_out():
    frame = study(effects=(6.0, 6.0))
    gone = (frame[names.REPLICATE_OF] == 4) & (frame[names.SEED] == 2)
    broken = changed(frame, **{names.STATE: frame[names.STATE].where(~gone, names.DIVERGED), A: frame[A].where(~gone)})
    assert reports.verdict(broken).trial != 4
    assert "ended without a value with 1 of the seeds" in reports.verdict(broken, trial=4).text
    row = reports.finalists(broken).iloc[-1]
    assert (row["trial"], row["failures"]) == (4, 1)
    assert np.isnan(row["pick_probability"])
    assert (reports.intervals(broken)["replicates"] == 10).all(), "the others keep all of their seeds"


def test_values_that_depend_on_no_seed_tell_nothing():
    frame = study(effects=(6.0, 6.0))
    of, first = frame[names.REPLICATE_OF], frame[frame[names.SEED] == 1].set_index(names.REPLICATE_OF)
    alike = {
        name: frame[name].where(of.isna(), of.map(first[name])) for name in (A, B, f"test/{A}", f"test/{B}") if name in frame
    }
    verdict = reports.verdict(changed(frame, **alike))
    assert verdict.kind == names.UNKNOWN
    assert verdict.text.startswith("Every seed gave the same values")
    assert (verdict.better, verdict.others) == ((), ())


def test_an_interrupted_confirmation_uses_the_seeds_that_all_have():
    frame = study()
    kept = frame[(frame[names.SEED] < 5) | ((frame[names.SEED] == 5) & (frame[names.REPLICATE_OF] < 3))]
    kept.attrs = frame.attrs
    assert (reports.intervals(kept)["replicates"] == 4).all()
    one = frame[frame[names.SEED] < 2]
    one.attrs = frame.attrs
    assert reports.verdict(one).kind == names.UNKNOWN
    assert "says nothing of seed noise" in reports.verdict(one).text
    assert reports.finalists(one)["pick_probability"].isna().all()


def test_picks_by_preference_and_requirement_use_the_means():
    frame = study(effects=(6.0, -6.0))
    means = reports.intervals(frame).pivot(index="trial", columns="objective", values="mean").drop([2, 3])
    assert reports.choose(frame, prefer={"a": 50}) == means[A].idxmax() == 4
    assert reports.choose(frame, prefer={"b": 1e6}) == means[B].idxmin()
    assert reports.choose(frame) == means["delta_m"].idxmax()
    assert reports.choose(frame, require={"a": means[A].max() - 1e-9}) == 4
    required = reports.finalists(frame, require={"a": means[A].max()})
    assert required["required_probability"].iloc[0] == pytest.approx(0.5, abs=0.02)
    assert "What is required holds with probability 0.5" in reports.verdict(frame, require={"a": means[A].max() - 1e-9}).text
    with pytest.raises(InputError, match=r"no confirmed trial meets .* a/auc 0\.8\d* \(required 0.99\)"):
        reports.choose(frame, require={"a": 0.99})
    with pytest.raises(InputError, match="unknown output 'c'"):
        reports.finalists(frame, prefer={"c": 1})


def test_where_delta_m_is_empty_the_scale_of_the_search_decides():
    frame = study(effects=(6.0, 6.0))
    moved = changed(frame, **{A: frame[A] - 1.0})
    assert names.DELTA_M not in set(reports.intervals(moved)["objective"])
    assert reports.choose(moved) == 4
    assert reports.verdict(moved).kind == names.GAIN


def test_without_replicates_there_is_no_evidence():
    plain = make_study([(0.8, 2.5)], BASELINES)
    assert replicate_results(plain) is None
    assert reports.verdict(plain) is None
    assert reports.evidence(plain, 4) == {}
    assert reports.intervals(plain).empty
    assert reports.finalists(plain).empty
    assert reports.replicates(plain).empty
    assert reports.choose(plain) == 4


def test_evidence_is_plain_data():
    frame = study(effects=(6.0, 6.0))
    evidence = reports.evidence(frame, 4)
    assert json.loads(json.dumps(evidence, allow_nan=False)) == evidence
    assert (evidence["verdict"], evidence["data"], evidence["seeds"]) == ("gain", "validation", list(range(1, 11)))
    assert [row["objective"] for row in evidence["intervals"]] == [A, B, "delta_m"]


@pytest.mark.parametrize("table", [reports.intervals, reports.finalists])
def test_every_column_of_the_tables_is_documented(table):
    made = table(study())
    described = reports.describe_columns(made)
    assert list(described) == list(made.columns)
    assert all(len(sentence) > 10 for sentence in described.values())
