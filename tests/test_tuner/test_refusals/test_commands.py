"""Every mistake in a command, a study file or the person's own functions is said in one sentence, with an exit status."""

import re

import pytest
from typer.testing import CliRunner

from tests.test_tuner._instant import Instant
from tests.test_tuner.test_refusals._tables import rows_of
from tuner.cli import app


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a study that has ended, and files of other content."""
    here = tmp_path_factory.mktemp("commands")
    (here / "folder.toml").mkdir()
    (here / "binary.toml").write_bytes(b"\xff\xfe\x00")
    (here / "empty.toml").write_text("")
    (here / "json.toml").write_text('{"a": 1}')
    (here / "other.toml").write_text("[tool.ruff]\nx = 1\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(here)
        patch.setattr("tuner.study._runner.choose_engine", lambda name, training, *rest: Instant(training))
        for line in (["init"], ["run", "study.toml", "--trials", "1"]):
            ended = CliRunner().invoke(app, line)
            assert ended.exit_code == 0, ended.output
        yield here


def names(folder):
    """What the calls of the table name: a study file or a model that is changed, and what a command says to it."""
    study, model = (folder / "study.toml").read_text(), (folder / "model.py").read_text()

    def written(name, text):
        (folder / name).write_text(text)
        return name

    def changed(pattern, line):
        return written("changed.toml", re.sub(f"^{pattern}.*", line, study, count=1, flags=re.MULTILINE))

    def with_model(text):
        name = written(f"model_{len(list(folder.iterdir()))}.py", text)
        return written("changed.toml", study.replace("model.py", name))

    return {
        "changed": changed,
        "added": lambda table: written("changed.toml", f"{study}\n{table}"),
        "building": lambda body: with_model(f"def build():\n    {body}\n\n\ndef load():\n    pass\n"),
        "loading": lambda body: with_model(model.partition("def load")[0] + f"def load():\n    {body}\n"),
        "module": with_model,
        "python": lambda text: written(f"study_{len(list(folder.iterdir()))}.py", text),
    }


@pytest.mark.parametrize(("call", "text"), rows_of("commands.txt"))
def test_a_command_that_is_refused(call, text, folder):
    def command(*line):
        ended = CliRunner().invoke(app, line)
        assert ended.exception is None or isinstance(ended.exception, SystemExit), ended.exception
        return f"{ended.exit_code}: {ended.output.strip()}"

    before = (folder / "studies/study/journal.log").read_bytes()
    said = eval(call, {"command": command, **names(folder)})
    assert re.sub(r"(model|study)_\d+\.py", r"\1_N.py", said.replace(str(folder), "FOLDER")) == text
    assert (folder / "studies/study/journal.log").read_bytes() == before, "nothing may be trained"
    assert not list(folder.rglob(".*best*")), "nothing may be half written"
