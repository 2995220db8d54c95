"""The verdict of two stages on studies whose truth is known: what is promised of it holds in the code that users run."""

import numpy as np
import pytest
from scipy.stats import binom

import reports
from benchmarks._confirmations import is_better
from benchmarks._simulated import OBJECTIVES, Scenario, simulate
from reports.confirmation import Chosen, JudgingPlan, Judgment, replicate_results, rule_key, verdict_level
from search_spaces import names

CHOOSING, JUDGING, RULE = (1, 2, 3), tuple(range(4, 13)), rule_key(None, None)


def two_stages(frame):
    """The frame as two stages leave it, and the pick: three seeds for all, nine more for the pick and today's configuration."""
    seed, of = frame[names.SEED], frame[names.REPLICATE_OF]
    first = with_plan(frame[of.isna() | seed.isin(CHOOSING)], frame, JudgingPlan(CHOOSING, 0, {}, ()))
    pick = replicate_results(first).best_trial()
    among = tuple(sorted({int(one) for one in of.dropna()}))
    judgments = () if pick == 0 else (Judgment(pick, names.VALIDATION, len(JUDGING), JUDGING),)
    plan = JudgingPlan(CHOOSING, 0, {RULE: Chosen(pick, among)}, judgments)
    return with_plan(frame[of.isna() | seed.isin(CHOOSING) | of.isin([0, pick])], frame, plan), pick


def with_plan(rows, frame, plan):
    kept = rows.reset_index(drop=True)
    kept.attrs["study"] = frame.attrs["study"] | {names.JUDGING: plan.to_dict()}
    return kept


def verdicts(effects, studies, seed=0):
    for simulated in simulate(Scenario(seeds=12, effects=effects), studies, seed):
        frame, pick = two_stages(simulated.frame)
        yield frame, pick, reports.verdict(frame)


def differences(frame, pick):
    """The pick's values minus today's, more is better; shape (1, objectives, judging seeds)."""
    rows = frame[frame[names.SEED].isin(JUDGING) & frame[names.REPLICATE_OF].notna()]
    own, today = (rows[rows[names.REPLICATE_OF] == trial].sort_values(names.SEED) for trial in (pick, 0))
    signs = {name: 1 if direction == "max" else -1 for _, name, direction, *_ in OBJECTIVES}
    return np.array([[sign * (own[name].to_numpy() - today[name].to_numpy()) for name, sign in signs.items()]])


def test_what_is_promised_of_gains_is_what_the_verdict_does():
    for frame, pick, verdict in verdicts((1.5, 0.0), 40):
        assert verdict.trial == pick
        if pick == 0:
            continue
        assert verdict.replicates == len(JUDGING)
        better = is_better(differences(frame, pick), verdict_level(0, 0))[0]
        assert set(verdict.better) == {name for (_, name, *_), one in zip(OBJECTIVES, better, strict=True) if one}


@pytest.mark.thorough
def test_a_first_verdict_claims_a_false_gain_as_seldom_as_it_says():
    studies = 400
    claimed = sum(bool(verdict.better) for *_, verdict in verdicts((0.0, 0.0), studies))
    assert claimed <= binom.ppf(0.999, studies, 0.025)


def test_a_clear_gain_is_found():
    kinds = [verdict.kind for *_, verdict in verdicts((3.0, 3.0), 20)]
    assert kinds.count(names.GAIN) >= 18
