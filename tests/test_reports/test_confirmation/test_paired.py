"""Candidates without a value for some seed."""

import numpy as np

import reports
from search_spaces import names
from tests.test_reports._simulated import A, changed, simulated


def test_a_candidate_that_diverges_with_a_seed_is_left_out():
    frame = simulated(effects=(6.0, 6.0))
    gone = (frame[names.REPLICATE_OF] == 4) & (frame[names.SEED] == 2)
    broken = changed(frame, **{names.STATE: frame[names.STATE].where(~gone, names.DIVERGED), A: frame[A].where(~gone)})
    assert reports.verdict(broken).trial != 4
    assert "ended without a value with 1 of the seeds" in reports.verdict(broken, trial=4).text
    row = reports.finalists(broken).iloc[-1]
    assert (row["trial"], row["failures"]) == (4, 1)
    assert np.isnan(row["pick_probability"])
    assert (reports.intervals(broken)["replicates"] == 10).all(), "the others keep all of their seeds"


def test_an_interrupted_confirmation_uses_the_seeds_that_all_have():
    frame = simulated()
    kept = frame[(frame[names.SEED] < 5) | ((frame[names.SEED] == 5) & (frame[names.REPLICATE_OF] < 3))]
    kept.attrs = frame.attrs
    assert (reports.intervals(kept)["replicates"] == 4).all()
    one = frame[frame[names.SEED] < 2]
    one.attrs = frame.attrs
    assert reports.verdict(one).kind == names.UNKNOWN
    assert "says nothing of seed noise" in reports.verdict(one).text
    assert reports.finalists(one)["pick_probability"].isna().all()
