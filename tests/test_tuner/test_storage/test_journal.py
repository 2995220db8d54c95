"""A journal that is torn, damaged, foreign or locked: reading changes nothing, and the first write keeps what it cuts off."""

import json
import os
import shutil
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import optuna
import pytest
from optuna.samplers import RandomSampler
from optuna.storages import JournalStorage
from typer.testing import CliRunner

import reports
import tests.studies
from benchmarks._crew import Crew, journal, results
from search_spaces import InputError
from tests.conftest import make_model
from tuner import LossWeightTuner
from tuner.cli import app
from tuner.storage import JournalFile, load_stored
from tuner.storage._lock import JournalLock


def load(folder):
    return optuna.load_study(study_name="s", storage=journal(folder))


@pytest.fixture
def path(tmp_path):
    """A journal with one trial."""
    Crew(journal(tmp_path), 1, RandomSampler(seed=1)).run()
    return tmp_path / "journal.log"


def copies(path):
    return [copy.read_bytes() for copy in sorted(path.parent.glob("journal.log.damaged-*"))]


def test_a_journal_cut_at_any_byte_of_its_last_lines_is_read_and_repaired_by_the_first_write(path, capfd):
    content = path.read_bytes()
    tail = content[: content.rstrip().rfind(b"\n")].rfind(b"\n")
    for size in range(tail, len(content) + 1, 7):
        path.write_bytes(content[:size])
        study = load(path.parent)
        assert len(study.trials) == 1
        assert path.read_bytes() == content[:size]
        assert copies(path) == []
        study.set_user_attr("still", "writable")
        assert all(json.loads(line) for line in path.read_text().splitlines())
        assert path.read_bytes().startswith(content[: content[:size].rfind(b"\n") + 1])
        assert copies(path) == ([] if content[:size].endswith(b"\n") else [content[:size]])
        for copy in path.parent.glob("*damaged*"):
            copy.unlink()
    assert "half-written line" in capfd.readouterr().err


@pytest.mark.parametrize("junk", [b"\x00" * 40, b"\xff\xfe", b'{"op_code"', b"null\x00", b"\x00\x00\n", b"[1]\n"])
def test_a_journal_that_ends_in_junk_is_read_and_goes_on(junk, path):
    torn = path.read_bytes() + junk
    path.write_bytes(torn)
    Crew(journal(path.parent), 3, RandomSampler(seed=1)).run()
    assert len(results(load(path.parent))) == 3
    assert copies(path) == [torn]


def test_a_line_torn_by_another_process_is_cut_off_while_this_one_writes(path):
    study = load(path.parent)
    study.set_user_attr("first", "write")
    with path.open("ab") as file:
        file.write(b'{"op_code": 8, "half' + b" " * 2**17)
    assert len(study.trials) == 1, "what is torn is not read"
    study.set_user_attr("still", "writable")
    assert study.user_attrs["still"] == "writable"
    assert load(path.parent).user_attrs["still"] == "writable"
    assert all(json.loads(line) for line in path.read_text().splitlines())


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (
            b'{"op_code": 0, "worker_id": "w", "study_name": "a", "directions": [1]}\nbroken\n{"op_code": 4, "worker_id": "w"}\n',
            2,
        ),
        (b'{"op_code": 0, "worker_id": "w", "study_name": "a", "directions": [1]}\n{"a": 1}\n{"op_code": 4}\n', 2),
        (b'{"my": "own log"}\n{"another": "line"}\n', 1),
        (b"2026-01-01 something happened\n", 1),
        (b"no line at all", 1),
    ],
)
def test_a_damaged_or_foreign_file_is_told_with_its_line_and_left_as_it_is(content, line, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    CliRunner().invoke(app, ["init", "study.toml"])
    path = tmp_path / "studies/study/journal.log"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    for command in ("rank", "report", "best", "run"):
        refused = CliRunner().invoke(app, [command, "study.toml"])
        assert refused.exit_code == 2
        assert f"Error: line {line} of 'studies/study/journal.log' is none of a study's journal" in refused.stderr
    assert path.read_bytes() == content
    assert copies(path) == []


def test_reading_leaves_no_trace(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tuner = LossWeightTuner(make_model, directory="studies")
    with pytest.raises(InputError, match="there is no study 'study' in 'studies/study' yet"):
        tuner.ranking()
    with pytest.raises(InputError, match="there is no study"):
        load_stored(f"sqlite:///{tmp_path}/none.db", tmp_path, "study")
    assert list(tmp_path.iterdir()) == []


@contextmanager
def unprivileged():
    """Runs the block as somebody whom permissions bind, which they do not bind root."""
    if os.geteuid():
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def anyones():
    """A folder that every account may enter; pytest's own are closed to all but the one that runs the tests."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def test_a_study_in_a_read_only_folder_is_read(anyones):
    folder = anyones / "study"
    shutil.copytree(f"{tests.studies.__path__[0]}/0.1.0", folder)
    before = sorted(path.name for path in folder.iterdir())
    folder.chmod(0o555)
    tuner = LossWeightTuner(make_model, directory=anyones, seed=3)
    with unprivileged():
        with pytest.raises(OSError, match="denied"):
            (folder / "new").touch()
        assert len(reports.rank(load_stored(None, folder, "study")[0])) > 4
        assert len(tuner.ranking()) > 4
        assert tuner.best_config().objectives
    folder.chmod(0o755)
    assert sorted(path.name for path in folder.iterdir()) == before


def test_a_lock_that_is_held_is_said_and_a_stale_one_is_taken_over(path, monkeypatch, capfd):
    monkeypatch.setattr("tuner.storage._lock._SAID_AFTER_SECONDS", 0.05)
    monkeypatch.setattr("tuner.storage._lock._PATIENCE_SECONDS", 3)
    monkeypatch.chdir(path.parent)
    relative = JournalFile(path.relative_to(path.parent))
    (path.parent / "journal.log.lock").symlink_to(path)
    study = optuna.load_study(study_name="s", storage=JournalStorage(relative))
    assert len(study.trials) == 1, "reading waits for nothing"
    began = time.monotonic()
    study.set_user_attr("at", "last")
    assert 3 <= time.monotonic() - began < 20
    assert "Waiting for the lock" in (said := capfd.readouterr().err)
    assert "if nothing is written for 3 s, it is taken over" in said


def test_a_lock_that_is_soon_free_is_not_mentioned(path, capfd):
    lock, other = JournalLock(path), JournalLock(path)
    lock.acquire()
    threading.Timer(0.1, lock.release).start()
    other.acquire()
    other.release()
    assert capfd.readouterr().err == ""
