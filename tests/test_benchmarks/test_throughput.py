"""The benchmark measures what it says, and refuses contenders that do other work; how long anything takes is not tested."""

import json
from dataclasses import replace

import pytest

from benchmarks import agreement, fresh, throughput, timing
from benchmarks.contenders import CONTENDERS
from benchmarks.models import WORKLOADS
from benchmarks.rivals import optuna_loop
from search_spaces import names
from tuner.engines import FitEngine, Outcome

pytestmark = [  # of KerasTuner asking for its thread's name, and of the weights that it has Keras save after an epoch
    pytest.mark.filterwarnings("ignore:(currentThread|getName)\\(\\) is deprecated:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"),
]

SMALL = ["--model", "mlp", "--rows", "64", "--epochs", "2", "--quick", "--rival-trials", "1"]


MACHINE = {"matmul_gflops": 100.0}


RUN = FitEngine.run


def in_process(function, **arguments):
    """Instead of a process for each call, which would import TensorFlow each time; `fit` trains only what is looked at."""
    if function == "benchmarks.machine:describe":
        return MACHINE
    module = {"benchmarks.agreement": agreement, "benchmarks.timing": timing}[function.split(":")[0]]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(FitEngine, "run", no_training if module is timing else only_current)
        return json.loads(json.dumps(getattr(module, function.split(":")[1])(**arguments)))


def no_training(engine, trials):
    while (trial := trials.next()) is not None:
        trials.finish(trial, Outcome(names.COMPLETE, [[0.5, 0.5]], engine="fit"))


def only_current(engine, trials):
    RUN(engine, First(trials))  # the baseline `current` is the first
    no_training(engine, trials)


class First:
    """The first of the trials alone."""

    def __init__(self, trials):
        self.waiting, self.report, self.finish = [trials.next()], trials.report, trials.finish

    def next(self):
        return self.waiting.pop() if self.waiting else None


@pytest.fixture(scope="module")
def history():
    workload = WORKLOADS["mlp"].smaller(64, 2)
    with agreement.double_precision():
        return agreement.by_hand(workload, workload.load())


@pytest.fixture(scope="module")
def run(tmp_path_factory, history):
    folder = tmp_path_factory.mktemp("results")
    (folder / throughput.PER_TRIAL).write_text('{"lstm": {"fused": 1.0}, "mlp": {"fused": 0.5, "fit": 9e9}}')
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(throughput, "call", in_process)
        patch.setattr(agreement, "by_hand", lambda workload, data: history)
        assert throughput.main([*SMALL, "--engine", "fit", "optuna", "--results", str(folder)]) == 0
    return {name: json.loads((folder / name).read_text()) for name in (throughput.PER_TRIAL, throughput.DETAILS)}


def test_seconds_are_written_beside_those_of_other_runs(run):
    seconds = run[throughput.PER_TRIAL]
    assert seconds["lstm"] == {"fused": 1.0}
    assert set(seconds["mlp"]) == {"fused", "fit", "optuna"}
    assert seconds["mlp"]["fused"] == 0.5
    assert 0 < seconds["mlp"]["fit"] < 9e9


def test_the_details_say_what_was_measured_on_what(run):
    engines = run[throughput.DETAILS]["models"]["mlp"]["engines"]
    for name, found in engines.items():
        assert found["seconds_per_trial"] == run[throughput.PER_TRIAL]["mlp"][name]
        assert found["machine"] == MACHINE
        assert (found["rows"], found["epochs"]) == (64, 2)
        assert found["share_of_matmul"] == pytest.approx(found["gflops"] / 100)
        assert found["runs"][0]["flops_per_trial"] == 2 * (3 * 64 + 16) * 2 * (32 * 64 + 64 * 64 + 64 * 7)
    assert engines["fit"]["runs"][0]["trials"] == 5  # the four baselines among them
    assert engines["fit"]["runs"][0]["seconds_to_first_trial"] < engines["fit"]["runs"][0]["seconds"]
    assert engines["optuna"]["runs"][0]["trials"] == 1


@pytest.mark.thorough
def test_fit_and_optuna_agree_with_compile_and_fit_by_hand(run):
    found = run[throughput.DETAILS]["models"]["mlp"]["engines"]["fit"]["agreement"]
    assert found["differences"] == pytest.approx({"fit": 0.0, "optuna": 0.0}, abs=agreement.SAME)
    assert found["problems"] == []


def test_kerastuner_agrees_with_compile_and_fit_by_hand(history, monkeypatch):
    monkeypatch.setattr(agreement, "by_hand", lambda workload, data: history)
    assert agreement.agree("mlp", ["kerastuner-random"], rows=64, epochs=2)["problems"] == []


def test_a_contender_that_ignores_the_weights_is_not_timed(tmp_path, monkeypatch, capsys, history):
    def ignores_the_weights(*arguments, fixed, **settings):
        return optuna_loop(*arguments, fixed=replace(fixed, weight=1.0), **settings)

    monkeypatch.setitem(CONTENDERS, "optuna", ignores_the_weights)
    monkeypatch.setattr(throughput, "call", in_process)
    monkeypatch.setattr(agreement, "by_hand", lambda workload, data: history)
    monkeypatch.setattr(timing, "time_search", None)
    assert throughput.main([*SMALL, "--engine", "optuna", "--results", str(tmp_path)]) == 1
    assert list(tmp_path.iterdir()) == []
    said = capsys.readouterr().err
    assert "mlp: the results are not the same, so nothing is timed:" in said
    assert "optuna does not agree with compile and fit by hand: it has [" in said


HISTORY = [[0.7, 0.9], [0.6, 0.8]]


@pytest.mark.parametrize(
    ("engine", "values", "agrees"),
    [
        ("fit", [0.6, 0.8], True),
        ("fit", [0.6, 0.8001], False),
        ("fused", [0.6, 0.8], True),
        ("fused", [0.6, 0.8001], False),
        ("fused", [0.6, float("nan")], False),
        ("fused", [], False),
        ("kerastuner-random", [0.7, 0.9], True),  # the epoch that is best by its one objective
        ("kerastuner-random", [0.6, 0.8], False),
    ],
)
def test_what_counts_as_the_same_result(engine, values, agrees):
    problems = agreement.compare(HISTORY, {engine: values})["problems"]
    assert (not problems) == agrees
    assert all(problem.startswith(f"{engine} does not agree") for problem in problems)


def test_trials_that_fail_are_not_counted(monkeypatch):
    monkeypatch.setitem(CONTENDERS, "fused", lambda workload, data, trials, folder: [[0.0, 0.0]] * (trials - 1))
    with pytest.raises(fresh.BenchmarkError, match="fused completed 7 of 8 trials of mlp"):
        timing.time_search("fused", "mlp", 8)


def test_the_samplers_share_is_part_of_the_whole(monkeypatch):
    monkeypatch.setattr(FitEngine, "run", no_training)
    found = timing.sampler_share("fit", "mlp", 12, rows=64, epochs=1)
    assert found["trials"] == 12
    assert 0 < found["share"] < 1
    assert found["asking"] + found["storing"] == pytest.approx(found["waiting"])  # the fit engine does one thing after the other
