"""Workers are killed, servers restarted and machines removed for real; a little of it here, all of it in the benchmark."""

import importlib.util
import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks._fuzz import changed, fuzz
from benchmarks._kills import Finished, kills, postgresql
from benchmarks._postgres import missing
from tests.conftest import needs

ROOT = Path(__file__).parents[2]


def run(part, tmp_path):
    """In a process of its own: what a cluster or a fuzzer leaves behind is not the other tests' matter."""
    results = tmp_path / "faults.json"
    called = f"faults.main([{part!r}, '--quick'], Path({str(results)!r}))"
    code = f"from pathlib import Path; from benchmarks import faults; raise SystemExit({called})"
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return json.loads(results.read_text())[part]["rows"]


@pytest.mark.thorough
def test_killed_workers_lose_nothing():
    (row,) = kills(quick=True)
    assert row["holds"]
    assert row["kills"] == 3
    assert row["trials"] == 8 + 4


@pytest.mark.thorough
def test_a_restarted_server_loses_nothing():
    needs(not missing(), f"PostgreSQL, for lack of {missing()}")
    (row,) = postgresql(quick=True)
    assert row["holds"]
    assert row["trials"] == 8 + 4


@pytest.mark.thorough
def test_a_removed_machine_loses_nothing(tmp_path):
    needs(importlib.util.find_spec("ray"), "Ray: pip install -e '.[ray]'")
    (row,) = run("ray", tmp_path)
    assert row["trials"] == 30 + 4


def test_spoilt_files_are_read_or_refused():
    rows = fuzz(quick=True)
    assert {(row["file"], row["outcome"]) for row in rows} == {(f, o) for f in ("config", "study") for o in ("read", "refused")}
    assert len({changed("config", random.Random(n)) for n in range(50)}) > 40


@pytest.mark.thorough
def test_a_fuzzer_that_sees_the_code_finds_nothing(tmp_path):
    needs(importlib.util.find_spec("atheris"), "atheris: pip install -e '.[fuzz]'")
    assert [row["found"] for row in run("guided", tmp_path)] == ["", ""]


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
