"""Everything private of Keras that the search space relies on is still where it was, and means the same."""

from importlib.metadata import version

import keras
import numpy as np
import pytest

from search_spaces import _keras_internals as internals


def moved(what):
    """What a failing test says."""
    return f"{what} is not what it was in Keras {version('keras')}; mend search_spaces/_keras_internals.py"


def test_the_arguments_of_compile_are_the_objects_that_were_given(build):
    model, loss = build(), {"urgent": lambda t, p: p, "kind": "mse"}
    model.compile("adam", loss=loss, loss_weights=[1.0, 2.0], metrics=["mae", "mse"])
    given = internals.compile_arguments(model)
    assert given["loss"]["urgent"] is loss["urgent"], moved("Model._compile_config")
    assert (given["loss_weights"], given["metrics"]) == ([1.0, 2.0], ["mae", "mse"])
    assert internals.compile_arguments(keras.Sequential()) == {}


def test_keras_pairs_lists_with_dictionaries_by_sorted_key():
    first, second = keras.losses.MeanSquaredError(), keras.losses.MeanAbsoluteError()
    predictions = {"urgent": np.zeros((1, 1)), "kind": np.zeros((1, 1))}
    pairs = internals.pair_losses([first, second], [1.0, 2.0], predictions, ["kind", "urgent"])
    by_name = sorted(pairs, key=lambda pair: pair[0])
    assert by_name == [("kind", first, 1.0), ("urgent", second, 2.0)], moved("CompileLoss")
    metric = keras.metrics.Mean()
    assert internals.pair_metrics({"urgent": [metric]}, predictions, ["kind", "urgent"]) == [("urgent", [metric])]


def test_the_learning_rate_is_no_part_of_the_configuration():
    schedule = keras.optimizers.schedules.CosineDecay(0.1, 10)
    optimizer = keras.optimizers.SGD(schedule, momentum=0.5)
    config = internals.config_without_rate(optimizer)
    assert config["momentum"] == 0.5
    assert "learning_rate" not in config
    assert internals.learning_rate(optimizer) is schedule, moved("Optimizer._learning_rate")
    optimizer = keras.optimizers.SGD(lambda: 0.5)
    internals.config_without_rate(optimizer)
    assert internals.learning_rate(optimizer)() == 0.5


def test_what_has_no_weight_decay_is_read():
    optimizer, variables = keras.optimizers.AdamW(), [keras.Variable([1.0]), keras.Variable([2.0])]
    assert internals.decay_exclusions(optimizer) == ("", [])
    optimizer.exclude_from_weight_decay(var_list=variables[1:], var_names=["bias"])
    key = internals.variable_key(optimizer, variables[1])
    assert internals.decay_exclusions(optimizer) == ("bias", [key]), moved("Optimizer.exclude_from_weight_decay")
    assert internals.variable_key(optimizer, variables[0]) != key


def test_attributes_of_ones_own_are_told_from_those_of_keras():
    class Mine(keras.optimizers.SGD):
        def __init__(self, **settings):
            super().__init__(**settings)
            self._power = 2.0

    own = internals.own_attributes(Mine())
    assert own["_power"] == 2.0
    assert not {"_learning_rate", "_variables", "_tracker", "built", "name"} & own.keys(), moved("vars(Optimizer)")


@pytest.mark.parametrize("build", [keras.Sequential, lambda: keras.Sequential([keras.layers.Dense(1)])])
def test_whether_keras_compiles_by_xla_is_known(build):
    assert internals.automatic_jit(build()) in (True, False), moved("Model._resolve_auto_jit_compile")


def test_names_that_keras_makes_are_counted():
    before = internals.automatic_numbers()
    first, second = keras.metrics.AUC(), keras.metrics.AUC()
    assert internals.automatic_name(first) == "auc"
    number = before.get("auc", 0)
    assert first.name == (f"auc_{number}" if number else "auc"), moved("auto_name")
    assert second.name == f"auc_{number + 1}"
    assert internals.automatic_numbers()["auc"] == number + 2, moved("object_name_uids")
