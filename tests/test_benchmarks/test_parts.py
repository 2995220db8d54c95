"""Operations, memory, result files and processes, each alone."""

import keras
import pytest

from benchmarks import fresh, memory, results
from benchmarks import reports as reports_benchmark
from benchmarks.flops import forward_flops
from benchmarks.models import WORKLOADS
from tests.conftest import real_data


def test_operations_are_those_counted_by_hand():
    dense = 2 * (256 * 2048 + 2048 * 2048 + 2048 * 7)
    lstm = 2 * (32 * 4 * 32 * (16 + 32) + 32 * 5)
    projections, products = 4 * 32 * 32 * 32, 2 * 32 * 32 * 32
    attention = 2 * (projections + products + 32 * 32 + 32 * 5)
    conv2d = 2 * (26 * 26 * 9 * 16 + 11 * 11 * 9 * 16 * 32 + 5 * 5 * 32 * 64 + 64 * 11)
    counted = {name: forward_flops(WORKLOADS[name].build()) for name in ("compute", "lstm", "attention", "conv2d")}
    assert counted == {"compute": dense, "lstm": lstm, "attention": attention, "conv2d": conv2d}


def test_a_layer_that_cannot_be_counted_is_refused():
    model = keras.Sequential([keras.Input((8, 4)), keras.layers.Conv1D(2, 3, name="mine")])
    with pytest.raises(TypeError, match="how many operations Conv1D 'mine' takes is not known"):
        forward_flops(model)


@pytest.mark.parametrize("name", WORKLOADS)
def test_workloads_are_whole(name):
    workload = WORKLOADS[name].smaller(32, 1)
    with real_data():
        data = workload.load()
    model = workload.compiled()
    assert (data.rows, data.validation_rows) == (32, 8)
    assert set(data.y) == set(model.output) == {workload.binary, workload.categorical}
    assert {target.shape[1] for target in data.y.values()} == {output.shape[1] for output in model.output.values()}
    assert list(workload.space().outputs) == [workload.binary, workload.categorical]


def test_a_result_replaces_only_its_own(tmp_path):
    path = tmp_path / "new" / "file.json"
    results.add(path, {"a": {"x": {"old": 1}, "y": 2}, "b": 3})
    results.add(path, {"a": {"x": {"new": 4}, "y": 5}})
    assert results.read(path) == {"a": {"x": {"old": 1, "new": 4}, "y": 5}, "b": 3}


def test_memory_is_read_at_shares_of_the_trials():
    found = memory.summary([float(n) for n in range(1, 201)])
    assert found == {"trials": 200, "megabytes": {"10%": 20.0, "25%": 50.0, "50%": 100.0, "100%": 200.0}, "growth": 180.0}


def test_memory_is_written(tmp_path, monkeypatch):
    monkeypatch.setattr(memory, "call", lambda function, engine, trials: [100.0] * trials)
    assert memory.main(["--quick", "--results", str(tmp_path)]) == 0
    written = results.read(tmp_path / "memory.json")
    assert {engine: found["trials"] for engine, found in written.items()} == memory.QUICK
    assert written["fused"]["growth"] == 0


def test_a_function_is_called_in_another_process():
    assert fresh.call("json:dumps", obj=[1]) == "[1]"
    with pytest.raises(fresh.BenchmarkError, match=r"(?s)json:dumps with \{'other': 1\} ended with status 1:.*TypeError"):
        fresh.call("json:dumps", other=1)


def test_the_reports_benchmark_runs(tmp_path, capsys):
    assert reports_benchmark.main(["--quick", "--results", str(tmp_path)]) == 0
    found = results.read(tmp_path / "reports.json")
    assert found["page"]["trials"] == 100
    assert found["page"]["seconds"] > 0
    assert "1,000" in capsys.readouterr().out
