"""Outputs without a loss are not trained, as in the author's own `compile` and `fit`, and can be measured all the same."""

import warnings

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers, ops

import reports
from search_spaces import InputError, SearchSpace, names
from tuner import Objective, load_config

TRAIN, HELD = slice(96), slice(96, 128)
RANDOM = np.random.default_rng(4)
X = RANDOM.normal(size=(128, 6)).astype("float32")
Y = {"price": X[:, :1] + 1, "sold": (X[:, 1:2] > 0).astype("float32")}
FIT = {"epochs": 2, "batch_size": 32, "shuffle": False, "verbose": 0}


def listed(second=None):
    """Two heads and what is shown for inspection; the second head has a loss or none."""
    inputs = keras.Input((6,))
    hidden = layers.Dense(8, activation="tanh", name="hidden")(inputs)
    heads = [layers.Dense(1, name="price")(hidden), layers.Dense(1, activation="sigmoid", name="sold")(hidden)]
    model = keras.Model(inputs, [*heads, hidden])
    model.compile(keras.optimizers.Adam(1e-2), loss=["mse", second, None], loss_weights=[0.5, 2.0, None])
    return model


def keyed():
    """The names of layers are others than those of the outputs, and one output holds whole numbers."""
    inputs = keras.Input((6,))
    scores = layers.Softmax(name="softmax")(layers.Dense(6)(inputs))
    hidden = layers.Dense(8, activation="tanh")(scores * inputs)
    outputs = {"where": ops.argmax(scores, axis=-1), "sold": layers.Dense(1, activation="sigmoid")(hidden)}
    model = keras.Model(inputs, outputs | {"attention": scores, "price": layers.Dense(1)(hidden)})
    model.compile(keras.optimizers.RMSprop(1e-2), loss={"price": "mae", "sold": "binary_crossentropy"})
    return model


class Subclass(keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden, self.price, self.sold = layers.Dense(8, activation="tanh"), layers.Dense(1), layers.Dense(1)

    def call(self, inputs, training=None):
        hidden = self.hidden(inputs)
        return {"price": self.price(hidden), "sold": ops.sigmoid(self.sold(hidden)), "hidden": hidden}


def subclassed():
    model = Subclass()
    model.compile(keras.optimizers.Adam(1e-2), loss={"price": "mse", "sold": "binary_crossentropy"})
    return model


def alone():
    return listed()


def both():
    return listed("binary_crossentropy")


def some(y, rows):
    return {name: target[rows] for name, target in y.items()} if isinstance(y, dict) else [target[rows] for target in y]


def by_hand(model, y, measured):
    """The mean absolute errors of these outputs after the author's own fit."""
    with warnings.catch_warnings():
        warnings.filterwarnings(
            "ignore", "Gradients do not exist", UserWarning
        )  # of Keras; a search, which says it, does not warn
        model.fit(X[TRAIN], some(y, TRAIN), **FIT)
    predictions = model.predict(X[HELD], verbose=0)
    predictions = predictions if isinstance(predictions, dict) else dict(zip(("price", "sold"), predictions, strict=False))
    targets = y | Y if isinstance(y, dict) else Y
    return [float(np.mean(np.abs(targets[output][HELD] - predictions[output]))) for output in measured]


LISTED = [Y["price"], Y["sold"], X]


@pytest.mark.as_shipped
def test_no_warning_tells_again_that_an_output_is_not_trained(make_tuner, recwarn):
    tuner = make_tuner(alone, objectives=["price/mae"])
    tuner.search(X[TRAIN], Y["price"][TRAIN], validation_data=(X[HELD], Y["price"][HELD]), n_trials=2, **FIT)
    assert any("trained_as_fit" in key for key in tuner.study.user_attrs)
    assert not [str(one.message) for one in recwarn if "Gradients" in str(one.message)]


@pytest.mark.parametrize("engine", ["fit", "fused"])
@pytest.mark.parametrize(
    ("build", "y", "measured"),
    [
        (alone, [Y["price"]], ["price"]),
        (alone, LISTED, ["price", "sold"]),
        (both, [Y["price"], Y["sold"]], ["price", "sold"]),
        (keyed, Y, ["price", "sold"]),
        (subclassed, Y, ["price", "sold"]),
    ],
)
def test_what_has_no_loss_is_not_trained(build, y, measured, engine, make_tuner, tmp_path):
    keras.utils.set_random_seed(3)
    expected = by_hand(build(), y, measured)
    tuner = make_tuner(build, objectives=[Objective(output, "mae") for output in measured], engine=engine)
    tuner.search(X[TRAIN], some(y, TRAIN), validation_data=(X[HELD], some(y, HELD)), n_trials=1, **FIT)
    shown = tuner.ranking().query("baseline == 'current'").iloc[0]
    assert [shown[f"{output}/mae"] for output in measured] == pytest.approx(expected, rel=1e-5)

    config = load_config(tuner.best_config(trial=int(shown["trial"])).save(tmp_path / "best.json"))
    keras.utils.set_random_seed(3)
    assert by_hand(config.compile(build()), y, measured) == pytest.approx(expected, rel=1e-5)
    model = tuner.get_best_models()[0]
    assert sum(loss is not None for loss in tf.nest.flatten(model.loss)) == len(config.loss_weights)


def policies_of(tuner):
    tuner.compare_policies(["dwa", "pcgrad"], trials=1, verbose=0)
    policies = tuner.ranking().query("baseline.str.startswith('policy:')").sort_values("baseline")
    return policies[["price/mae", "sold/mae"]].to_numpy()


def test_policies_weigh_what_is_trained_alike_in_both_engines(make_tuner):
    shown = []
    for engine in ("fit", "fused"):
        tuner = make_tuner(keyed, objectives=["price/mae", "sold/mae"], engine=engine, project_name=engine)
        tuner.search(X[TRAIN], some(Y, TRAIN), validation_data=(X[HELD], some(Y, HELD)), n_trials=1, **FIT)
        shown.append(policies_of(tuner))
    np.testing.assert_allclose(*shown, rtol=1e-5)


def test_policies_pair_the_targets_of_a_dataset_as_fit_pairs_them(make_tuner):
    """A list belongs to the sorted keys, whether it has the targets of all outputs or of those that have a loss."""
    where, shown = X[:, 0], []
    for at, y in enumerate([Y, (Y["price"], Y["sold"]), (X, Y["price"], Y["sold"], where), Y | {"attention": X, "where": where}]):
        held, train = (
            tf.data.Dataset.from_tensor_slices((X[rows], tf.nest.map_structure(lambda target, rows=rows: target[rows], y))).batch(
                32
            )
            for rows in (HELD, TRAIN)
        )
        tuner = make_tuner(keyed, objectives=["price/mae", "sold/mae"], project_name=f"form_{at}")
        tuner.search(train, validation_data=held, epochs=2, n_trials=1, verbose=0)
        shown.append(policies_of(tuner))
    for other in shown[1:]:
        np.testing.assert_array_equal(shown[0], other)


def test_weights_are_searched_and_shown_for_what_is_trained(make_tuner, capfd):
    tuner = make_tuner(both, objectives=["price/mae", "sold/mae"], engine="fit")
    tuner.search(X[TRAIN], some(LISTED, TRAIN), validation_data=(X[HELD], some(LISTED, HELD)), n_trials=1, **FIT | {"verbose": 1})
    assert "Without a loss, and so not trained: 'hidden'." in capfd.readouterr().err
    assert [parameter.name for parameter in tuner.space.parameters()] == ["learning_rate", "weight/sold"]
    assert [column for column in tuner.ranking() if column.startswith("weight/")] == ["weight/price", "weight/sold"]
    assert sorted(tuner.baselines()) == ["current", "equal", "single:price", "single:sold"]
    assert "'hidden': None" in (tuner.report() / "report.html").read_text(encoding="utf-8").replace("&#39;", "'")


def test_one_trained_output_is_searched_as_a_model_with_one_output(make_tuner, capfd):
    tuner = make_tuner(alone, engine="fit")
    tuner.search(X[TRAIN], Y["price"][TRAIN], validation_data=(X[HELD], Y["price"][HELD]), n_trials=1, **FIT | {"verbose": 1})
    said = capfd.readouterr().err
    assert "Without a loss, and so not trained: 'sold', 'hidden'." in said
    assert "The model has one output with a loss, 'price': there are no weights to trade off" in said
    assert [measure.objective.name for measure in tuner.measures] == ["price/mae"]
    assert [parameter.name for parameter in tuner.space.parameters()] == ["learning_rate"]
    assert list(tuner.baselines()) == ["current", "equal"]


def test_the_pasted_compile_call_trains_the_same(make_tuner):
    tuner = make_tuner(both, objectives=["price/mae", "sold/mae"], engine="fit")
    tuner.search(X[TRAIN], some(LISTED, TRAIN), validation_data=(X[HELD], some(LISTED, HELD)), n_trials=1, **FIT)
    shown = tuner.ranking().query("baseline == 'current'").iloc[0]
    plain = tuner.study.trials[int(shown["trial"])].user_attrs[names.CANDIDATE]
    keras.utils.set_random_seed(3)
    model = both()
    exec(reports.compile_call(plain, ["hidden"]), {"model": model, "keras": keras})
    assert by_hand(model, LISTED, ["price", "sold"]) == pytest.approx([shown["price/mae"], shown["sold/mae"]], rel=1e-5)


def uncompiled():
    inputs = keras.Input((6,))
    hidden = layers.Dense(8, activation="tanh")(inputs)
    sold = layers.Dense(1, activation="sigmoid")(hidden)
    return keras.Model(inputs, {"price": layers.Dense(1)(hidden), "sold": sold, "hidden": hidden})


LOSSES = {"price": "mse", "sold": "binary_crossentropy"}


@pytest.mark.parametrize("make", [uncompiled, Subclass], ids=["functional", "subclassed"])
@pytest.mark.parametrize("targets", [Y, Y | {"hidden": X}], ids=["those that are trained", "all"])
@pytest.mark.parametrize("engine", ["fit", "fused"])
def test_the_space_says_what_is_trained_of_a_model_that_is_not_compiled(make, targets, engine, make_tuner, capfd):
    tuner = make_tuner(make, space=SearchSpace(LOSSES, learning_rate=1e-2), objectives=["price/mae", "sold/mae"], engine=engine)
    tuner.search(
        X[TRAIN], some(targets, TRAIN), validation_data=(X[HELD], some(targets, HELD)), n_trials=1, **FIT | {"verbose": 1}
    )
    assert "Without a loss, and so not trained: 'hidden'." in capfd.readouterr().err
    shown = tuner.ranking().query("baseline == 'equal'")[["price/mae", "sold/mae"]].to_numpy()[0].tolist()
    keras.utils.set_random_seed(3)
    model = make()
    model.compile(keras.optimizers.Adam(1e-2), LOSSES)
    assert by_hand(model, Y, ["price", "sold"]) == pytest.approx(shown, rel=1e-5)


@pytest.mark.parametrize("objectives", [["hidden/mae", "price/mae"], [Objective("hidden", "mae"), ("price", "mae")]])
def test_an_output_that_is_known_only_once_the_model_is_called_can_be_measured(objectives, make_tuner):
    targets = Y | {"hidden": np.zeros((128, 8))}
    tuner = make_tuner(subclassed, objectives=objectives, engine="fit")
    tuner.search(X[TRAIN], some(targets, TRAIN), validation_data=(X[HELD], some(targets, HELD)), n_trials=1, **FIT)
    shown = tuner.ranking().query("baseline == 'current'")["hidden/mae"].item()
    keras.utils.set_random_seed(3)
    assert by_hand(subclassed(), targets, ["hidden"]) == pytest.approx([shown], rel=1e-5)


def test_what_a_called_model_turns_out_not_to_give_is_refused(make_tuner):
    rows = X, Y
    with pytest.raises(InputError, match="objective 'hiden/mae' is on an unknown output 'hiden'; did you mean 'hidden'"):
        make_tuner(subclassed, objectives=["hiden/mae"]).search(*rows, validation_data=rows, verbose=0)
    space = SearchSpace({"prize": "mse", "sold": "mse"})
    with pytest.raises(
        InputError, match=r"gives the outputs \['price', 'sold', 'hidden'\], and the search space is for \['prize'"
    ):
        make_tuner(Subclass, space=space).search(*rows, validation_data=rows, verbose=0)


def test_a_dataset_tells_the_outputs_of_a_subclassed_model(make_tuner):
    train, held = (
        tf.data.Dataset.from_tensor_slices((X[rows], some(Y | {"hidden": X}, rows))).batch(32) for rows in (TRAIN, HELD)
    )
    tuner = make_tuner(subclassed, engine="fit")
    tuner.search(train, validation_data=held, epochs=1, n_trials=1, verbose=0)
    assert tuner.outputs == ["price", "sold", "hidden"]
