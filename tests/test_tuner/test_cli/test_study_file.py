"""Mistakes in a study file are told in words, each with its line."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError
from typer.testing import CliRunner

from tuner.cli import app
from tuner.cli._lines import line_numbers, line_of
from tuner.cli._study_file import SearchTable

ROOT = Path(__file__).parents[3]

BAD = """\
[study]
nam = "x"
seed = "seven"

[model]
build = "model.build"

[data]
load = "model.py:load"

[search]
epochs = 0
timeout = "ten minutes"

[space]
learning_rate = [0.1, 0.01]
optimizer = "adamm"

[space.outputs]
priority = ["binary_crossentropyy"]

[space.weights]
kind = "relative"
low = 0
"""


def test_all_mistakes_of_a_study_file_are_told_with_their_lines(tmp_path):
    path = tmp_path / "bad.toml"
    path.write_text(BAD)
    refused = CliRunner().invoke(app, ["run", str(path)])
    assert refused.exit_code == 2
    for line in (
        "bad.toml:1: 'study.name' is missing",
        "bad.toml:2: unknown setting 'study.nam'; did you mean 'name'",
        "bad.toml:3: study.seed: input should be a valid integer, got 'seven'",
        "bad.toml:6: model.build: expected 'module:function' or 'file.py:function', got 'model.build'",
        "bad.toml:12: search.epochs: input should be greater than 0, got 0",
        "bad.toml:13: search.timeout: expected a duration such as 90, '90s', '10m' or '2h', got 'ten minutes'",
        "bad.toml:16: learning_rate's low must be below its high, got low=0.1 and high=0.01",
        "bad.toml:17: Keras has no optimizer 'adamm'; did you mean 'adam'",
        "bad.toml:20: output 'priority': Keras has no loss 'binary_crossentropyy'; did you mean 'binary_crossentropy'",
    ):
        assert line in refused.output


@pytest.mark.parametrize("name", ["", "..", "a/b"])
def test_a_study_is_called_what_a_folder_can_be_called(name, tmp_path):
    path = tmp_path / "study.toml"
    CliRunner().invoke(app, ["init", str(path)])
    path.write_text(re.sub("^name = .*", f'name = "{name}"', path.read_text(), flags=re.MULTILINE))
    refused = CliRunner().invoke(app, ["rank", str(path)])
    assert refused.exit_code == 2
    assert f"study.name: must be a name that a folder can have, without / and \\, got {name!r}" in refused.output


def test_functions_that_do_not_exist_are_named_together(tmp_path):
    CliRunner().invoke(app, ["init", str(tmp_path / "study.toml")])
    path = tmp_path / "study.toml"
    path.write_text(path.read_text().replace("model.py:build", "model.py:biuld").replace("model.py:load", "mdl.py:load"))
    refused = CliRunner().invoke(app, ["run", str(path)])
    assert refused.exit_code == 2
    assert "model.py has no 'biuld'; did you mean 'build'" in refused.output
    assert "there is no file" in refused.output


@pytest.mark.parametrize(("content", "text"), [("[study", "is not TOML"), (None, "cannot be read: No such file or directory")])
def test_what_is_no_study_file(content, text, tmp_path):
    path = tmp_path / "study.toml"
    if content is not None:
        path.write_text(content)
    refused = CliRunner().invoke(app, ["rank", str(path)])
    assert refused.exit_code == 2
    assert text in refused.output


def test_lines_are_found():
    text = 'a = 1\n[[t]]\nx = """\ny = 2\n"""\n[[t]]\nz.w = [\n  1,\n]\n[q."r s"]\nk = 1\n'
    lines = line_numbers(text)
    assert lines == {("a",): 1, ("t",): 2, ("t", 0): 2, ("t", 0, "x"): 3, ("t", 1): 6, ("t", 1, "z", "w"): 7,
                     ("q", "r s"): 10, ("q", "r s", "k"): 11}  # fmt: skip
    assert line_of(("t", 1, "z", "w", 0), lines) == 7
    assert line_of(("nowhere",), lines) == 1


def test_class_weights_and_a_split_reach_the_search():
    table = SearchTable.model_validate({"validation_split": 0.25, "class_weight": {"kind": {"0": 1, "2": 4.0}}})
    settings = table.model_dump()
    assert (settings["validation_split"], settings["class_weight"]) == (0.25, {"kind": {0: 1.0, 2: 4.0}})
    for wrong in ({"validation_split": 1.5}, {"class_weight": {"kind": {"a": 1.0}}}, {"class_weight": {"kind": {"0": -1.0}}}):
        with pytest.raises(ValidationError):
            SearchTable.model_validate(wrong)


def test_a_model_imports_what_lies_beside_it_and_the_tool_imports_its_own(tmp_path):
    (tmp_path / "layers_of_mine.py").write_text("UNITS = 8\n")
    (tmp_path / "reports.py").write_text("raise RuntimeError('the monthly reports')\n")
    (tmp_path / "model.py").write_text("from layers_of_mine import UNITS\n")
    code = (
        "from pathlib import Path; from tuner.cli._plan import _load_file; "
        f"units = _load_file(Path({str(tmp_path / 'model.py')!r})).UNITS; from reports.ranking import rank; print(units)"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT)
    assert ended.stdout == "8\n", ended.stderr
