"""Which options are tried, which one wins, and what is remembered."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as some

from tuner.engines.fused._calibration import Calibration
from tuner.engines.fused._memo import Memo
from tuner.engines.fused._option import Option

FAST, SLOW = Option(32, True), Option(1, False)
OPTIONS = some.builds(Option, some.sampled_from([1, 2, 4, 8, 16, 32]), some.booleans(), some.sampled_from([1, 2]))


def measured(**changed):
    return Calibration(seconds={SLOW: 1.0, FAST: 2.0}, compile_seconds={SLOW: 2.0, FAST: 5.0}, **changed)


@given(some.dictionaries(OPTIONS, some.floats(0.01, 100), min_size=1), some.integers(1, 100))
def test_the_best_option_takes_the_least_time_for_what_is_ready(seconds, ready):
    best = Calibration(seconds=seconds).best(ready)
    times = {option: -(-ready // option.total) * epoch for option, epoch in seconds.items()}
    assert times[best] == min(times.values())


def test_a_few_last_trials_go_to_the_smaller_program():
    assert measured().best(32) == FAST
    assert measured().best(1) == SLOW


def test_the_first_option_fits_the_trials_and_the_memory():
    assert Calibration().first(100) == Option(1, False)
    assert Calibration(xla=True).first(100) == Option(1, True)
    fixed = Calibration(8, True, usual_lanes=8, closed=True)
    assert fixed.first(100) == Option(8, True)
    assert fixed.first(3) == Option(2, True)


def test_what_failed_is_not_tried_again_and_in_the_end_nothing_is_left():
    calibration, tried = Calibration(), []
    while (option := calibration.first(100)) is not None:
        tried.append(option)
        calibration.failed[option] = "does not trace"
    assert tried == [Option(1, False), Option(1, True), Option(8, False), Option(8, True)]


def test_options_are_measured_only_where_compiling_them_can_pay(monkeypatch):
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    calibration = Calibration(seconds={SLOW: 0.1}, compile_seconds={SLOW: 0.5})
    assert calibration.next(1000, lane_epochs=159.0) is None  # XLA is taken to compile 8 times as long
    assert calibration.next(1000, lane_epochs=161.0) == Option(8, True)
    calibration.compile_seconds[Option(8, True)], calibration.seconds[Option(8, True)] = 4.0, 4.0
    assert calibration.next(1000, lane_epochs=799.0) is None  # it would take 4 seconds again, and XLA in one lane too
    assert calibration.next(1000, lane_epochs=801.0) == Option(1, True)


def test_the_rival_with_xla_has_as_many_lanes_and_is_one_that_xla_can_do():
    calibration = Calibration()
    assert calibration.with_xla(Option(8, False)) == Option(8, True)
    calibration.lists = True
    assert calibration.with_xla(Option(8, False)) == Option(1, True, 8)
    calibration.without_xla = True
    assert calibration.with_xla(Option(8, False)) is None


def test_what_xla_cannot_do_or_does_slowly_is_not_tried():
    loops, convolutions, on_a_gpu = (Calibration(seconds={SLOW: 0.1}, compile_seconds={SLOW: 0.5}) for _ in range(3))
    loops.learn_operations({"MatMul", "TensorListReserve"}, gpu=False)
    convolutions.learn_operations({"Conv2DBackpropInput"}, gpu=False)
    on_a_gpu.learn_operations({"Conv2D"}, gpu=True)
    tried = [next(o for o in iter(lambda c=c: c.next(100, 1e9), None) if o.streams == 1 or c.seconds.update({o: 9.0})) for c in
             (loops, convolutions, on_a_gpu)]  # fmt: skip
    assert tried == [Option(1, True), Option(8, False), Option(8, True)]


def test_more_threads_need_no_compiling(monkeypatch):
    calibration = Calibration(seconds={Option(8, True): 0.8}, compile_seconds={Option(8, True): 5.0})
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    assert calibration.next(1000, lane_epochs=0.0) == Option(8, True, 2)
    assert calibration.next(15, lane_epochs=0.0) is None


@given(some.floats(1.0, 1e5), some.dictionaries(OPTIONS, some.floats(0.01, 10), min_size=12, max_size=12))
def test_compiling_stays_within_a_quarter_of_the_search(lane_epochs, seconds):
    calibration = Calibration(
        seconds={Option(8, True): seconds.get(Option(8, True), 1.0)}, compile_seconds={Option(8, True): 3.0}
    )
    spent = 0.0
    while (option := calibration.next(100, lane_epochs)) is not None:
        spent += 0.0 if option.alone in calibration.compile_seconds else 3.0
        calibration.seconds[option], calibration.compile_seconds[option.alone] = seconds.get(option, 5.0), 3.0
        slowest = max(calibration.seconds[known] / known.total for known in calibration.seconds)
        assert spent <= 0.25 * lane_epochs * slowest + 1e-9


def test_with_random_layers_one_kind_of_program_is_left():
    calibration = measured()
    calibration.decide_xla(xla=True)
    assert set(calibration.seconds) == {FAST}
    assert calibration.next(100, 1e9).xla
    assert not Calibration(xla=False, seconds={Option(8, False): 1.0}).next(100, 1e9).xla


def test_what_was_measured_is_remembered_and_not_measured_again(tmp_path):
    memo = Memo(tmp_path / "calibration.json")
    kept = measured(failed={Option(8, True): "does not trace"})
    memo.keep("program", kept.to_dict())
    again = Calibration()
    again.recall(Memo(tmp_path / "calibration.json").get("program"))
    assert again.seconds == kept.seconds
    assert again.failed == kept.failed
    assert again.next(100, 1e9) is None
    assert Memo(tmp_path / "calibration.json").get("another program") is None


@pytest.mark.parametrize("content", ["", "{", "[]", json.dumps("text")])
def test_a_damaged_memo_is_measured_again(content, tmp_path):
    path = tmp_path / "calibration.json"
    path.write_text(content)
    assert Memo(path).get("program") is None
    Memo(path).keep("program", {"measured": [], "failed": []})
    assert Memo(path).get("program") == {"measured": [], "failed": []}
