"""The verdict, on studies whose truth is known."""

import reports
from search_spaces import names
from tests.test_reports._simulated import A, B, changed, simulated


def test_a_clear_gain_is_called_one():
    frame = simulated(effects=(6.0, 6.0))
    verdict = reports.verdict(frame)
    assert (verdict.kind, verdict.trial, verdict.against, verdict.better) == (names.GAIN, 4, "current", (A, B))
    assert verdict.comparisons == 12  # equal and five finalists on two objectives
    for part in ("Trial 4 is a gain over current: a/auc 0.", "95 % interval +", "over 10 seeds on validation data",
                 "all 12 comparisons", "Δm changes by +", "with probability 1.00", "No output is worse"):  # fmt: skip
        assert part in str(verdict)


def test_a_gain_for_a_loss_is_a_trade_off():
    verdict = reports.verdict(simulated(effects=(6.0, -6.0)), trial=4)
    assert (verdict.kind, verdict.better, verdict.worse) == (names.TRADE_OFF, (A,), (B,))
    assert "better on a/auc, worse on b/mae" in verdict.text


def test_nothing_better_means_today_stays():
    verdict = reports.verdict(simulated(effects=(0.0, 0.0)))
    assert verdict.kind == names.NO_GAIN
    assert verdict.text.startswith("No significant gain over current")
    assert verdict.text.endswith("Today's configuration (trial 0) should stay.")
    frame = simulated(effects=(6.0, 6.0))
    assert reports.verdict(frame, trial=5).text.endswith("A gain over current: trial 4.")
    assert reports.verdict(frame, trial=0).text == "Trial 0 is current, with which the others are compared."
    best_today = simulated(finalists=1, effects=(-6.0, -6.0))
    assert "it is itself the choice" in reports.verdict(best_today, trial=0).text


def test_gains_on_validation_data_alone_are_none_on_test_data():
    verdict = reports.verdict(simulated(effects=(0.0, 0.0), lucky=8.0))
    assert (verdict.kind, verdict.data) == (names.NO_GAIN, "test")
    assert verdict.trial >= 4, "the pick is made on validation data"
    table = reports.intervals(simulated(lucky=8.0))
    assert set(table["data"]) == {"validation", "test"}
    assert (table.loc[(table["data"] == "test") & (table["trial"] >= 4) & (table["objective"] == A), "optimism"] > 0).all()


def test_without_current_the_reference_is_equal():
    frame = simulated(effects=(6.0, 6.0))
    kept = frame[(frame[names.TRIAL] != 0) & (frame[names.REPLICATE_OF] != 0)]
    kept.attrs = frame.attrs
    assert reports.verdict(kept).against == "equal"
    assert "gain over equal" in reports.verdict(kept).text


def test_values_that_depend_on_no_seed_tell_nothing():
    frame = simulated(effects=(6.0, 6.0))
    of, first = frame[names.REPLICATE_OF], frame[frame[names.SEED] == 1].set_index(names.REPLICATE_OF)
    alike = {
        name: frame[name].where(of.isna(), of.map(first[name])) for name in (A, B, f"test/{A}", f"test/{B}") if name in frame
    }
    verdict = reports.verdict(changed(frame, **alike))
    assert verdict.kind == names.UNKNOWN
    assert verdict.text.startswith("Every seed gave the same values")
    assert (verdict.better, verdict.others) == ((), ())
