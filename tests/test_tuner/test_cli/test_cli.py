"""The command, as someone uses it who has never seen it."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import optuna
import pytest
import sqlalchemy
from typer.testing import CliRunner

from tuner.cli import app


def command(*arguments, cwd=None, interrupts=signal.SIG_DFL):
    """Starts it in a terminal of its own, where Ctrl-C has its usual effect or is ignored."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "COLUMNS": "200"}
    begin = f"import os, signal, sys; signal.signal(signal.SIGINT, {int(interrupts)}); os.execv(sys.executable, sys.argv[1:])"
    line = [sys.executable, "-c", begin, sys.executable, "-m", "tuner", *map(str, arguments)]
    return subprocess.Popen(
        line,
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        start_new_session=True,
    )


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cli")
    assert CliRunner().invoke(app, ["init", str(folder / "study.toml")]).exit_code == 0
    process = command("run", "study.toml", "--trials", 1, cwd=folder)
    out, err = process.communicate(timeout=240)
    assert process.returncode == 0, err
    return folder, out, err


def test_init_and_run_work_as_they_are(finished):
    folder, out, err = finished
    assert "else by its loss: priority/auc (max), department/accuracy (max)." in err
    assert "5/5 trials" in err
    assert err.startswith("Objectives")  # nothing of what TensorFlow finds on the machine
    assert "model.compile(" in out
    assert "single:priority" in out
    assert json.loads((folder / "studies/study/best.json").read_text())["schema"] == "loss-weight-tuner/best"
    assert (folder / "studies/study/report/report.html").exists()


def test_a_second_run_adds_nothing(finished, monkeypatch):
    monkeypatch.chdir(finished[0])
    ran = CliRunner().invoke(app, ["run", "study.toml", "--trials", "1"])
    assert ran.exit_code == 0, ran.output
    assert "Resuming 'study': 5 finished trials are kept." in ran.stderr
    assert "the best 5 of 5" in ran.stdout


def test_rank_and_report_need_no_tensorflow(finished):
    folder = finished[0]
    code = (
        "import sys; from tuner.cli import app\n"
        "for line in (['rank', 'study.toml', '--csv'], ['report', 'study.toml']):\n"
        "    try: app(line)\n"
        "    except SystemExit as end: assert not end.code\n"
        "assert not {'tensorflow', 'keras'} & set(sys.modules)"
    )
    ended = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.startswith("rank,trial,baseline,learning_rate")
    assert "report.html" in ended.stdout


def test_the_dashboard_shows_the_study_and_the_report(finished):
    process = command("dashboard", "study.toml", "--port", 0, cwd=finished[0])
    try:
        address = process.stdout.readline().split("/dashboard")[0]

        def get(path):
            with urllib.request.urlopen(address + path, timeout=60) as answer:
                return answer.read().decode()

        (shown,) = json.loads(get("/api/studies"))["study_summaries"]
        detail = json.loads(get(f"/api/studies/{shown['study_id']}"))
        assert detail["objective_names"] == ["priority/auc", "department/accuracy"]
        assert len(detail["trials"]) == 5
        assert "[The report](/report)" in detail["note"]["body"]
        assert "model.compile(" in get("/report")
    finally:
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 0, err


def test_a_port_that_is_taken_is_said(finished, monkeypatch):
    monkeypatch.chdir(finished[0])
    with socket.create_server(("localhost", 0)) as other:
        refused = CliRunner().invoke(app, ["dashboard", "study.toml", "--port", str(other.getsockname()[1])])
    assert refused.exit_code == 2
    assert "give another --port or --host" in refused.output


def test_best_takes_preferences(finished, monkeypatch):
    monkeypatch.chdir(finished[0])
    chosen = CliRunner().invoke(app, ["best", "study.toml", "--trial", "0", "--output", "mine.json"])
    assert chosen.exit_code == 0, chosen.output
    assert "loss_weights={'priority': 1.0, 'department': 0.2}" in chosen.output
    assert json.loads((finished[0] / "mine.json").read_text())["study"]["trial"] == 0
    for arguments, text in (
        (["--prefer", "priority"], "--prefer takes OUTPUT=NUMBER"),
        (["--prefer", "prioritty=2"], "unknown output 'prioritty'; did you mean 'priority'"),
        (["--require", "priority=1.1"], "no trial meets everything that is required"),
    ):
        refused = CliRunner().invoke(app, ["best", "study.toml", *arguments])
        assert refused.exit_code == 2
        assert text in refused.output


def test_ctrl_c_says_what_is_kept(tmp_path):
    CliRunner().invoke(app, ["init", str(tmp_path / "study.toml")])
    process = command("run", "study.toml", "--trials", 500, "--engine", "fit", cwd=tmp_path)
    journal = tmp_path / "studies/study/journal.log"
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and not (journal.exists() and '"complete"' in journal.read_text()):
        time.sleep(0.1)
    os.kill(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "finished trials are kept; the same command goes on from there." in err


@pytest.mark.parametrize("interrupts", [signal.SIG_DFL, signal.SIG_IGN], ids=["by itself", "in the background of a script"])
@pytest.mark.thorough
def test_a_worker_that_is_asked_to_end_hands_back_and_another_goes_on(interrupts, tmp_path, monkeypatch, instant):
    CliRunner().invoke(app, ["init", str(tmp_path / "study.toml")])
    path = tmp_path / "study.toml"
    path.write_text(path.read_text().replace("n_trials = 20", "n_trials = 2"))
    storage = f"sqlite:///{tmp_path}/shared.db"
    arguments = ["worker", "study.toml", "--storage", storage, "--engine", "fit"]
    first = command(*arguments, cwd=tmp_path, interrupts=interrupts)

    def states():
        try:
            return [trial.state.name for trial in optuna.load_study(study_name="study", storage=storage).trials]
        except (KeyError, sqlalchemy.exc.SQLAlchemyError):
            return []

    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and not states().count("COMPLETE"):
        time.sleep(0.2)
    first.send_signal(signal.SIGTERM)
    _, err = first.communicate(timeout=60)
    assert first.returncode == 128 + signal.SIGTERM, err
    assert "finished trials are kept" in err
    assert "RUNNING" not in states()
    monkeypatch.chdir(tmp_path)
    second = CliRunner().invoke(app, arguments)
    assert second.exit_code == 0, second.output
    assert states().count("COMPLETE") == 2 + 4
    shown = CliRunner().invoke(app, ["rank", str(path), "--storage", storage])
    assert shown.exit_code == 0, shown.output
    assert "single:priority" in shown.output


def test_a_python_file_says_itself_where_its_study_lies(tmp_path):
    refused = CliRunner().invoke(app, ["worker", str(tmp_path / "study.py"), "--storage", "sqlite:///x.db"])
    assert refused.exit_code == 2
    assert "--storage cannot be given with a Python file" in refused.output


def test_init_overwrites_nothing(tmp_path):
    path = tmp_path / "study.toml"
    assert CliRunner().invoke(app, ["init", str(path)]).exit_code == 0
    refused = CliRunner().invoke(app, ["init", str(path)])
    assert refused.exit_code == 2
    assert "exists already" in refused.output


def test_compare_takes_two_studies(finished, monkeypatch):
    monkeypatch.chdir(finished[0])
    assert "at least two studies, got 1" in CliRunner().invoke(app, ["compare", "study.toml"]).output
    compared = CliRunner().invoke(app, ["compare", "study.toml", "study.toml"])
    assert compared.exit_code == 0, compared.output
    assert (finished[0] / "compare.html").exists()
    assert "must end in .html" in CliRunner().invoke(app, ["compare", "study.toml", "study.toml", "--output", "x.txt"]).output


def test_other_programs_read_json(finished, monkeypatch):
    monkeypatch.chdir(finished[0])
    ranking = json.loads(CliRunner().invoke(app, ["rank", "study.toml", "--json"]).stdout)
    assert ranking[0]["rank"] == 1
    assert {row["baseline"] for row in ranking} >= {"current", "equal"}
    chosen = json.loads(CliRunner().invoke(app, ["best", "study.toml", "--json", "--output", "chosen.json"]).stdout)
    assert chosen == json.loads((finished[0] / "chosen.json").read_text())
    assert json.loads(CliRunner().invoke(app, ["report", "study.toml", "--json"]).stdout)["report"].endswith("report.html")


def test_the_doctor_says_what_would_stop_a_study(finished, monkeypatch):
    monkeypatch.chdir(finished[0])
    sound = CliRunner().invoke(app, ["doctor", "study.toml"])
    assert sound.exit_code == 0, sound.output
    assert "2 outputs" in sound.output
    assert "5 trials" in sound.output
    monkeypatch.setattr("tuner.cli._doctor.available_bytes", lambda: 2**30)
    sick = CliRunner().invoke(app, ["doctor", "study.toml", "--json", "--storage", "sqlite:////nowhere/at/all.db"])
    assert sick.exit_code == 1
    problems = {one["what"] for one in json.loads(sick.stdout)["findings"] if one["problem"]}
    assert problems == {"free memory", "storage"}
    assert CliRunner().invoke(app, ["doctor", "none.toml"]).exit_code == 1


def test_export_writes_what_serves_and_searches_no_more(finished, monkeypatch):
    folder = finished[0]
    monkeypatch.chdir(folder)
    before = len(json.loads(CliRunner().invoke(app, ["rank", "study.toml", "--json"]).stdout))
    ended = CliRunner().invoke(app, ["export", "study.toml", "--format", "saved_model", "--rows", "all", "--output", "served"])
    assert ended.exit_code == 0, ended.output
    assert ended.stdout.strip().endswith("served")
    assert {file.name for file in (folder / "served").iterdir()} == {"best.json", "model_card.md", "saved_model", "values.csv"}
    assert len(json.loads(CliRunner().invoke(app, ["rank", "study.toml", "--json"]).stdout)) == before
