"""The code of the README, of the pages and of the notebooks runs, so that it cannot rot."""

import json
import re
from functools import wraps
from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient

from benchmarks.same_trials import PROGRAM_VARIABLE
from tests.conftest import ROWS, make_data, make_model
from tuner import LossWeightTuner
from tuner.policies import POLICIES

ROOT = Path(__file__).parents[1]
PROGRAM = "4 unchecked"
"""Four lanes without XLA and without the check of first steps, which take longer than the little training."""

NAMES = {"urgent": "priority", "kind": "department"}


def renamed_model():
    import keras

    inputs = keras.Input((6,))
    hidden = keras.layers.Dense(4)(inputs)
    model = keras.Model(inputs, {"priority": keras.layers.Dense(1)(hidden), "department": keras.layers.Dense(3)(hidden)})
    own = make_model()
    losses = {NAMES[name]: loss for name, loss in own.loss.items()}
    model.compile("rmsprop", loss=losses, loss_weights={"priority": 1.0, "department": 0.2})
    return model


def train_less(replace=setattr):
    """Searches, policies and replicates train as little as shows that the calls are right."""
    for method, less in (
        ("search", {"epochs": 1, "n_trials": 2}),
        ("compare_policies", {"trials": 1}),
        ("confirm", {"top": 1, "seeds": 2}),
    ):
        replace(LossWeightTuner, method, with_settings(getattr(LossWeightTuner, method), less))


def with_settings(method, settings):
    @wraps(method)
    def changed(self, *arguments, **named):
        return method(self, *arguments, **(named | settings | {"verbose": 0}))

    return changed


def blocks(path):
    return re.findall(r"```python\n(.*?)```", (ROOT / path).read_text(encoding="utf-8"), re.DOTALL)


def test_the_quickstart_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(PROGRAM_VARIABLE, PROGRAM)
    train_less(monkeypatch.setattr)
    (block,) = blocks("README.md")
    exec(compile(block, "README.md", "exec"), {})
    assert (tmp_path / "best.json").exists()
    assert "confirm with more seeds" in capsys.readouterr().out, "two seeds, one of which chooses"


def test_the_pages_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    x, y = make_data()
    y = {NAMES[name]: target for name, target in y.items()}
    monkeypatch.setenv(PROGRAM_VARIABLE, PROGRAM)
    train_less(monkeypatch.setattr)
    space = {
        "LossWeightTuner": LossWeightTuner, "build": renamed_model, "model": renamed_model(), "x": x[:ROWS],
        "y": {k: v[:ROWS] for k, v in y.items()}, "x_val": x[ROWS:], "y_val": {k: v[ROWS:] for k, v in y.items()},
        "x_test": x[ROWS:], "y_test": {k: v[ROWS:] for k, v in y.items()},
    }  # fmt: skip
    code = [*blocks("docs/search.md"), *blocks("docs/production.md")]
    assert len(code) == 4
    for block in code:
        exec(compile(block, "docs", "exec"), space)
    assert space["model"].compiled
    assert (tmp_path / "best.json").exists()
    assert np.isfinite(space["tuner"].ranking()["delta_m"]).any()


LABELS = {
    "mlp": "small MLP, 20,000 rows",
    "lstm": "LSTM",
    "attention": "attention",
    "embedding": "tickets: word vectors",
    "conv2d": "two convolutions",
    "compute": "MLP of 2,048 units",
    "backbone": "heads on a frozen MobileNetV2",
    "text": "text looked up inside the model",
}


def speed_table():
    """The README's table, from what the benchmark measured."""
    measured = json.loads((ROOT / "benchmarks" / "results" / "throughput.json").read_text(encoding="utf-8"))
    rows = ["| model | plain Optuna loop | KerasTuner | here | times faster than the loop |", "|---|---|---|---|---|"]
    for model, label in LABELS.items():
        loop, stock, here = (measured[model].get(name) for name in ("optuna", "kerastuner-random", "fused"))
        rows.append(f"| {label} | {loop:.2g} s | {f'{stock:.2g} s' if stock else ''} | {here:.2g} s | {loop / here:.0f} |")
    return "\n".join(rows)


def test_the_readme_shows_what_was_measured():
    assert speed_table() in (ROOT / "README.md").read_text(encoding="utf-8")


def test_links_lead_to_files():
    for page in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        links = re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8"))
        assert [link for link in links if not link.startswith("http") and not (page.parent / link).exists()] == [], page.name


@pytest.fixture(scope="module")
def run_cells():
    """Runs notebooks in one process, since each would import TensorFlow again; names are forgotten between them."""
    client = NotebookClient(nbformat.v4.new_notebook(), timeout=300, resources={"metadata": {"path": ROOT}})

    def run(*cells, stop=False):
        client.nb = nbformat.v4.new_notebook(cells=list(cells))
        client.execute(cleanup_kc=stop)

    run(code(f"%env {PROGRAM_VARIABLE}={PROGRAM}"), code("from tests.test_documents import train_less; train_less()"))
    yield run
    run(stop=True)


def code(source):
    return nbformat.v4.new_code_cell(source)


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda path: path.stem)
def test_the_notebooks_run(path, run_cells):
    notebook = nbformat.read(path, as_version=4)
    assert any(cell.cell_type == "code" and cell.outputs for cell in notebook.cells), "notebooks are committed with their outputs"
    run_cells(code("%reset -f"), *notebook.cells)


def test_the_page_of_policies_names_each():
    text = (ROOT / "docs" / "policies.md").read_text(encoding="utf-8")
    assert [name for name in POLICIES if f"`{name}`" not in text] == []


def test_every_file_that_contributing_names_is_there():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    paths = re.findall(r"`((?:tuner|reports|search_spaces|tests|examples|benchmarks)/[\w./]*)`", text)
    assert len(paths) > 30
    assert [path for path in paths if not (ROOT / path).exists()] == []
