"""The README's code and the notebooks run, so that they cannot rot."""

import re
from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient

from tests.conftest import ROWS, make_data, make_model
from tuner import LossWeightTuner
from tuner.policies import POLICIES

ROOT = Path(__file__).parents[1]
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


def test_the_readme_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    x, y = make_data()
    y = {NAMES[name]: target for name, target in y.items()}
    search = LossWeightTuner.search

    def short(self, *arguments, **named):
        search(self, *arguments, **(named | {"epochs": 1, "n_trials": 2, "verbose": 0}))

    confirm = LossWeightTuner.confirm

    def few(self, *arguments, **named):
        confirm(self, *arguments, **(named | {"top": 1, "seeds": 2, "verbose": 0}))

    monkeypatch.setattr(LossWeightTuner, "search", short)
    monkeypatch.setattr(LossWeightTuner, "confirm", few)
    space = {
        "LossWeightTuner": LossWeightTuner, "build": renamed_model, "model": renamed_model(), "x": x[:ROWS],
        "y": {k: v[:ROWS] for k, v in y.items()}, "x_val": x[ROWS:], "y_val": {k: v[ROWS:] for k, v in y.items()},
        "x_test": x[ROWS:], "y_test": {k: v[ROWS:] for k, v in y.items()},
    }  # fmt: skip
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) == 3
    for block in blocks:
        exec(compile(block, "README.md", "exec"), space)
    assert space["model"].compiled
    assert (tmp_path / "best.json").exists()
    assert np.isfinite(space["tuner"].ranking()["delta_m"]).any()


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda path: path.stem)
def test_the_notebooks_run(path):
    notebook = nbformat.read(path, as_version=4)
    committed = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.outputs]
    assert committed, "notebooks are committed with their outputs"
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": ROOT}}).execute()


def test_the_readme_names_every_policy():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [name for name in POLICIES if f"`{name}`" not in text] == []
