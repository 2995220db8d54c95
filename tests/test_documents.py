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
    monkeypatch.setenv(PROGRAM_VARIABLE, PROGRAM)
    train_less(monkeypatch.setattr)
    space = names_of_the_pages()
    code = [*blocks("docs/search.md"), *blocks("docs/production.md")]
    assert len(code) == 4
    for block in code:
        exec(compile(block, "docs", "exec"), space)
    assert space["model"].compiled
    assert (tmp_path / "best.json").exists()
    assert np.isfinite(space["tuner"].ranking()["delta_m"]).any()


def names_of_the_pages():
    """What the code of the pages uses without making it."""
    x, y = make_data()
    y = {NAMES[name]: target for name, target in y.items()}
    parts = {"": slice(ROWS), "_val": slice(ROWS, None), "_test": slice(ROWS, None)}
    data = {f"x{part}": x[rows] for part, rows in parts.items()}
    data |= {f"y{part}": {name: target[rows] for name, target in y.items()} for part, rows in parts.items()}
    return {"LossWeightTuner": LossWeightTuner, "build": renamed_model, "model": renamed_model(), **data}


@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning")  # of Keras
def test_the_answers_run_and_the_messages_are_real(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(PROGRAM_VARIABLE, PROGRAM)
    space = names_of_the_pages()
    said = said_in_the_answers(space)
    train_less(monkeypatch.setattr)
    code = blocks("docs/faq.md")
    assert len(code) == 6
    for block in code:
        exec(compile(block, "docs/faq.md", "exec"), space)
    assert space["second"].study.user_attrs["loss_weight_tuner"]["same_start"], "the verdict says so"
    tables = (ROOT / "tests" / "test_tuner" / "test_refusals").glob("*.txt")
    verdicts = (ROOT / "reports" / "confirmation" / "_verdict_text.py").read_text(encoding="utf-8")
    said += "".join([verdicts, *capsys.readouterr(), *(table.read_text(encoding="utf-8") for table in tables)])
    text = (ROOT / "docs" / "faq.md").read_text(encoding="utf-8")
    messages = [
        line.strip() for line in re.findall(r"^    (?=\S|  - )(.*)$", re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.M)
    ]
    assert len(messages) > 8
    assert [line for line in messages if line not in said and not line.startswith("tf.config.")] == []


def said_in_the_answers(names):
    """Errors and outputs that the answers quote and the tables of refusals lack."""
    import keras

    from search_spaces import InputError, SearchSpace

    def asymmetric(target, prediction):
        return keras.ops.mean(prediction, axis=-1)

    def search(name, epochs=1, verbose=0, callbacks=None, **settings):
        tuner = LossWeightTuner(names["build"], project_name=name, **settings)
        rows = names["x"], names["y"]
        tuner.search(*rows, validation_data=rows, epochs=epochs, n_trials=1, verbose=verbose, callbacks=callbacks)
        return tuner

    losses = renamed_model().loss
    said = []
    with pytest.raises(InputError) as refused:
        LossWeightTuner(make_model, space={"urgent": asymmetric, "kind": make_model().loss["kind"]})
    said.append(str(refused.value))
    search("callbacks", verbose=1, callbacks=[keras.callbacks.LambdaCallback()])
    wild = search(
        "wild", space=SearchSpace(losses, learning_rate=(1e20, 1e30), optimizer="sgd"), objectives=["department/accuracy"]
    )
    said.extend(wild.ranking()["reason"])
    shorter = search("tickets", epochs=10)
    with pytest.raises(InputError) as refused:
        search("tickets", epochs=20)
    shorter.delete()
    places = search(
        "places", space={"priority": asymmetric, "department": losses["department"]}, objectives=["department/accuracy"]
    )
    chosen = int(places.ranking().query("baseline == ''")["trial"].iloc[0])
    places.best_config(chosen).save("asymmetric.json")
    return "\n".join([*said, str(refused.value)])


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
