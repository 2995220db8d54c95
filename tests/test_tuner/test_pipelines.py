"""A trial trains on what yields batches as its owner's `fit` does, in lanes and one after the other."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from search_spaces import InputError, names
from tests.conftest import compiled_by_hand, make_data
from tests.conftest import make_drawing_model as build
from tuner import Objective
from tuner.inputs import RowOrder

pytestmark = pytest.mark.usefixtures("one_baseline", "float64")

EPOCHS, ROWS, HELD_OUT, SEED = 4, 96, 40, 3
OBJECTIVES = [Objective("urgent", "auc"), Objective("kind", "mse", "min")]
x, y = make_data()
X, Y = x[:ROWS].astype("float64"), {name: target[:ROWS].astype("float64") for name, target in y.items()}
VALIDATION = x[-HELD_OUT:].astype("float64"), {name: target[-HELD_OUT:].astype("float64") for name, target in y.items()}


def rows(*columns):
    return tf.data.Dataset.from_tensor_slices(columns or (X, Y))


def endless(size=8):
    at = 0
    while True:
        some = np.arange(at, at + size) % ROWS
        yield X[some], {name: target[some] for name, target in Y.items()}
        at += size


class Batches(keras.utils.PyDataset):
    """Batches as people write them, with noise of their own."""

    def __init__(self, noise=0.0):
        super().__init__()
        self.random, self.noise = np.random.default_rng(0), noise

    def __len__(self):
        return 7

    def __getitem__(self, at):
        some = slice(15 * at, 15 * at + 15)
        noise = self.noise * self.random.normal(size=X[some].shape)
        return X[some] + noise, {name: target[some] for name, target in Y.items()}


WEIGHTS = np.linspace(0.5, 2, ROWS)
CALLS = {
    "batches": lambda: {"x": rows().batch(10)},
    "cached and prefetched": lambda: {"x": rows().batch(16, drop_remainder=True).cache().prefetch(2)},
    "weights of rows": lambda: {"x": rows(X, Y, dict.fromkeys(Y, WEIGHTS)).batch(10)},
    "endless": lambda: {"x": rows().batch(8).repeat(), "steps_per_epoch": 5},
    "endless, whole passes": lambda: {"x": rows().batch(10).repeat(), "steps_per_epoch": 10},
    "endless generator": lambda: {"x": endless(), "steps_per_epoch": 5},
    "from a generator": lambda: {
        "x": tf.data.Dataset.from_generator(endless, output_signature=rows().batch(8).element_spec),
        "steps_per_epoch": 5,
    },
    "steps of arrays": lambda: {"x": X, "y": Y, "batch_size": 8, "steps_per_epoch": 3, "shuffle": False},
    "some steps of arrays": lambda: {"x": X, "y": Y, "batch_size": 10, "steps_per_epoch": 2, "shuffle": False},
    "steps of a dataset": lambda: {"x": rows().batch(8), "steps_per_epoch": 4},
    "PyDataset": lambda: {"x": Batches(), "shuffle": False},
    "batches of other sizes": lambda: {"x": rows().batch(10).concatenate(rows().batch(12))},
    "smaller batch within": lambda: {"x": rows().batch(10).repeat(), "steps_per_epoch": 4},
}

ALWAYS = ("batches", "endless generator", "some steps of arrays", "PyDataset", "batches of other sizes")
"""The calls that `make test` tries; the others take as long and differ less."""


def cells(calls, always):
    """Each call by `auto`, and those that always run by `fit` as well."""
    pairs = [*((name, "auto") for name in calls), *((name, "fit") for name in always)]
    quick = {(name, "auto") for name in always}
    return [pytest.param(*pair, id="-".join(pair), marks=[] if pair in quick else [pytest.mark.thorough]) for pair in pairs]


def by_hand(candidate, fit):
    """The objectives after each epoch of a model that is compiled and fitted as its owner would."""
    model, history = compiled_by_hand(build, candidate, SEED), []

    def measure(epoch, logs):
        history.append(measured(model))

    fit(model, keras.callbacks.LambdaCallback(on_epoch_end=measure))
    return history


def measured(model):
    held_out, targets = VALIDATION
    predictions = model(held_out, training=False)
    auc = keras.metrics.AUC(from_logits=True)
    auc.update_state(targets["urgent"], predictions["urgent"])
    return [float(auc.result()), float(np.mean((np.asarray(keras.ops.softmax(predictions["kind"])) - targets["kind"]) ** 2))]


def searched(make_tuner, engine="auto", **call):
    tuner = make_tuner(build, seed=SEED, engine=engine, objectives=OBJECTIVES, project_name=f"study-{engine}")
    tuner.search(**({"validation_data": VALIDATION, "epochs": EPOCHS, "n_trials": 2, "verbose": 0} | call))
    return tuner


def trained(tuner):
    """The candidate, history and engine of each trial."""
    outcomes = [trial.user_attrs[names.OUTCOME] for trial in tuner.study.trials]
    candidates = [tuner._design.stored_candidate(trial.user_attrs) for trial in tuner.study.trials]
    return [(c, one["history"], one["engine"]) for c, one in zip(candidates, outcomes, strict=True)]


@pytest.mark.parametrize(("name", "engine"), cells(CALLS, ALWAYS))
def test_trials_train_as_fit_does(name, engine, make_tuner):
    left_to_fit = name in ("batches of other sizes", "smaller batch within")
    for candidate, history, used in trained(searched(make_tuner, engine, **CALLS[name]())):

        def fit(model, measure):
            model.fit(**CALLS[name]() | {"shuffle": False}, epochs=EPOCHS, callbacks=[measure], verbose=0)

        owner = by_hand(candidate, fit)
        np.testing.assert_allclose(history, owner, rtol=1e-9)
        assert used == ("fit" if left_to_fit or engine == "fit" else "fused")


def epoch_by_epoch(x, y, orders, size):
    """Fits the rows of each epoch in this order."""

    def fit(model, measure):
        for order in orders:
            model.fit(x[order], {name: target[order] for name, target in y.items()}, batch_size=size, shuffle=False, verbose=0)
            measure.on_epoch_end(0, {})

    return fit


@pytest.mark.parametrize(
    ("call", "engine"),
    cells(["shuffled", "shuffled, without end", "batches of a PyDataset", "steps of shuffled arrays"], ["shuffled, without end"]),
)
def test_trials_shuffle_by_their_seed(call, engine, make_tuner):
    dataset, order = {
        "shuffled": ({"x": rows().shuffle(ROWS).batch(10)}, RowOrder(ROWS, 10, shuffle=True)),
        "shuffled, without end": (
            {"x": rows().shuffle(ROWS).repeat().batch(8), "steps_per_epoch": 9},
            RowOrder(ROWS, 8, shuffle=True, steps_per_epoch=9, continues=True),
        ),
        "batches of a PyDataset": ({"x": Batches()}, RowOrder(ROWS, 15, shuffle="batches")),
        "steps of shuffled arrays": (
            {"x": X, "y": Y, "batch_size": 8, "steps_per_epoch": 3},
            RowOrder(ROWS, 8, shuffle=True, steps_per_epoch=3, continues=True),
        ),
    }[call]
    tuner = searched(make_tuner, engine, **dataset)
    data = tuner._training.data.arrays
    orders = [order.of(SEED, epoch) for epoch in range(EPOCHS)]
    targets = dict(zip(tuner.outputs, data.targets, strict=True))
    for candidate, history, used in trained(tuner):
        owner = by_hand(candidate, epoch_by_epoch(data.x, targets, orders, order.batch_size))
        np.testing.assert_allclose(history, owner, rtol=1e-9)
        assert used == ("fit" if engine == "fit" else "fused")


@pytest.mark.parametrize("engine", ["auto", pytest.param("fit", marks=pytest.mark.thorough)])
def test_trials_train_on_augmented_batches_as_they_came(engine, make_tuner, capfd):
    tuner = searched(make_tuner, engine, x=Batches(noise=0.5), shuffle=False, verbose=1)
    assert "The batches of 4 epochs were read once" in " ".join(capfd.readouterr().err.split())
    batches = Batches(noise=0.5)
    augmented = np.concatenate([batches[at][0] for _ in range(EPOCHS) for at in range(7)])
    orders = np.arange(EPOCHS * ROWS).reshape(EPOCHS, ROWS)
    targets = {name: np.concatenate([target] * EPOCHS) for name, target in Y.items()}
    for candidate, history, used in trained(tuner):
        owner = by_hand(candidate, epoch_by_epoch(augmented, targets, orders, 15))
        np.testing.assert_allclose(history, owner, rtol=1e-9)
        assert used == ("fit" if engine == "fit" else "fused")


def test_rows_of_a_dataset_are_folded_and_weighted_as_arrays_are(make_tuner):
    labels = Y | {"kind": Y["kind"].argmax(1)}
    del labels["kind"]
    settings = {"validation_data": None, "cv": 3, "class_weight": {"urgent": {0: 1.0, 1: 3.0}}}
    arrays = trained(searched(make_tuner, x=X, y=Y, batch_size=10, shuffle=False, **settings))
    other = make_tuner(build, seed=SEED, objectives=OBJECTIVES, project_name="dataset")
    other.search(rows().batch(10), epochs=EPOCHS, n_trials=2, verbose=0, **settings)
    for one, same in zip(arrays, trained(other), strict=True):
        np.testing.assert_allclose(one[1], same[1], rtol=1e-12)


def test_validation_steps_measure_the_first_batches(make_tuner):
    few = VALIDATION[0][:20], {name: target[:20] for name, target in VALIDATION[1].items()}
    call = {"x": X, "y": Y, "batch_size": 10}
    reference = trained(searched(make_tuner, **call, validation_data=few))
    for number, given in enumerate([VALIDATION, rows(*VALIDATION).batch(10), rows(*VALIDATION).batch(10).repeat()]):
        tuner = make_tuner(build, seed=SEED, objectives=OBJECTIVES, project_name=f"steps-{number}")
        tuner.search(**call, validation_data=given, validation_steps=2, epochs=EPOCHS, n_trials=2, verbose=0)
        assert [one[1] for one in trained(tuner)] == [one[1] for one in reference]


def test_a_generator_is_held_for_replicates_and_models(make_tuner):
    tuner = searched(make_tuner, x=endless(), steps_per_epoch=5)
    tuner.confirm(top=1, seeds=2, verbose=0)
    assert len(tuner.get_best_models(1)) == 1
    with pytest.raises(InputError, match="hold no batches"):
        tuner.search(iter(()), validation_data=VALIDATION, epochs=EPOCHS, steps_per_epoch=5, n_trials=2)
