"""Workers are killed, servers restarted and machines removed for real; a little of it here, all of it in the benchmark."""

import importlib.util
import json
import os

import pytest

from benchmarks import faults
from benchmarks._fuzz import _changed, fuzz
from benchmarks._kills import Finished
from benchmarks._postgres import missing


def needs(lacking, what):
    """Skips where something is not installed, on a person's machine; fails in CI."""
    if lacking:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(f"{what} is not here: no {lacking}")


def run(part, tmp_path):
    results = tmp_path / "faults.json"
    held = faults.main([part, "--quick"], results) == 0
    rows = json.loads(results.read_text())[part]["rows"]
    assert held, rows
    return rows


def test_killed_workers_lose_nothing(tmp_path):
    (row,) = run("kills", tmp_path)
    assert row["kills"] == 3
    assert row["trials"] == 8 + 4


def test_a_restarted_server_loses_nothing(tmp_path):
    needs(missing(), "PostgreSQL")
    (row,) = run("postgresql", tmp_path)
    assert row["trials"] == 8 + 4


def test_a_removed_machine_loses_nothing(tmp_path):
    needs("" if importlib.util.find_spec("ray") else "ray", "Ray")
    (row,) = run("ray", tmp_path)
    assert row["trials"] == 30 + 4


def test_spoilt_configurations_are_loaded_or_refused():
    assert {row["outcome"] for row in fuzz(quick=True)} == {"loaded", "refused"}
    import random

    assert len({_changed(random.Random(n)) for n in range(50)}) > 40


def test_what_was_lost_is_noticed():
    class Trial:
        def __init__(self, number, values):
            self.number, self.values, self.state = number, values, 1

    class Stored:
        def __init__(self, *trials):
            self.trials = trials

    seen = Finished()
    seen.look(Stored(Trial(0, [1.0]), Trial(1, [2.0])))
    assert seen.lost(Stored(Trial(0, [1.0]), Trial(1, [2.0]), Trial(2, [3.0]))) == 0
    assert seen.lost(Stored(Trial(0, [1.0]))) == 1
    assert seen.lost(Stored(Trial(0, [1.0]), Trial(1, [2.5]))) == 1
