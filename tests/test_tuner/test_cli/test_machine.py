"""What the machine refuses: one sentence, status 1, and nothing half-written."""

import errno
import json

import optuna
import pytest
from typer.testing import CliRunner

from tests.test_tuner.test_storage.test_journal import unprivileged
from tuner.cli import app
from tuner.storage import JournalFile

pytestmark = pytest.mark.usefixtures("instant")


def invoke(*arguments):
    return CliRunner().invoke(app, list(arguments))


@pytest.fixture
def study(tmp_path, monkeypatch):
    """A study file in the present folder."""
    monkeypatch.chdir(tmp_path)
    assert invoke("init", "study.toml").exit_code == 0
    return tmp_path


def test_a_full_disk_is_one_sentence_and_keeps_what_is_finished(study, monkeypatch):
    append, calls = JournalFile._write, []

    def full(self, *arguments):
        calls.append(1)
        if len(calls) > 30:
            raise OSError(errno.ENOSPC, "No space left on device")
        append(self, *arguments)

    monkeypatch.setattr(JournalFile, "_write", full)
    ended = invoke("run", "study.toml", "--trials", "9")
    assert ended.exit_code == 1
    assert ended.stderr.splitlines()[-1].startswith("Error: No space left on device: ")
    assert "journal.log'. What was finished is kept." in ended.stderr
    assert "Traceback" not in ended.output
    monkeypatch.setattr(JournalFile, "_write", append)
    assert all(json.loads(line) for line in (study / "studies/study/journal.log").read_text().splitlines())
    assert len(optuna.load_study(study_name="study", storage=optuna.storages.JournalStorage(
        JournalFile(study / "studies/study/journal.log"))).trials)  # fmt: skip


def test_a_read_only_folder_is_one_sentence(study):
    assert invoke("run", "study.toml", "--trials", "1").exit_code == 0
    for place in (study, *study.parents[:2]):
        place.chmod(0o755)
    before = sorted(str(path) for path in study.rglob("*"))
    with unprivileged():
        assert invoke("rank", "study.toml").exit_code == 0
        for arguments in (("run", "study.toml"), ("report", "study.toml"), ("best", "study.toml"), ("init", "new/study.toml")):
            refused = invoke(*arguments)
            assert refused.exit_code == 1, refused.output
            assert "Permission denied: " in refused.stderr or "(Permission denied)" in refused.stderr
            assert "/." not in refused.stderr, "the file that was to be written, not the one beside it"
            assert "Traceback" not in refused.output
    assert sorted(str(path) for path in study.rglob("*")) == before
    assert invoke("report", "study.toml", "--output", str(study / "elsewhere")).exit_code == 0
    assert (study / "elsewhere/report.html").exists()


def test_missing_folders_are_made(study):
    assert invoke("init", "deep/down/study.toml").exit_code == 0
    assert (study / "deep/down/model.py").exists()
    assert invoke("run", "study.toml", "--trials", "1").exit_code == 0
    assert invoke("best", "study.toml", "--output", "chosen/by/me.json").exit_code == 0
    assert (study / "chosen/by/me.json").exists()


def test_a_file_in_place_of_a_folder_is_said(study):
    (study / "file").touch()
    refused = invoke("init", "file/study.toml")
    assert refused.exit_code == 1
    assert "file" in refused.stderr
    assert "Traceback" not in refused.output
