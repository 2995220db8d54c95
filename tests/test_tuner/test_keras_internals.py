"""Everything private of Keras and TensorFlow that the project relies on is still where it was, and means the same."""

from importlib.metadata import version

import keras
import numpy as np
import pytest
import tensorflow as tf

from tuner import _keras_internals as internals

ASSIGNING = {"__init__", "_clip_by_norm", "assign", "assign_add", "assign_sub"}
"""What Keras's TensorFlow optimizer has of its own besides, and the stateless optimizer uses or replaces."""


def moved(what):
    """What a failing test says."""
    now = ", ".join(f"{package} {version(package)} (checked with {internals.CHECKED[package]})" for package in internals.CHECKED)
    return f"{what} is not what it was: {now}; mend tuner/_keras_internals.py"


@pytest.fixture(scope="module")
def nested():
    """A model with an embedding, a mask and a dropout, inside another one."""
    words = keras.Input((4,), name="words")
    inner = keras.Sequential([keras.layers.Embedding(5, 2, mask_zero=True), keras.layers.Dropout(0.5)], name="inner")
    return keras.Model({"words": words}, keras.layers.Dense(1, name="head")(inner(words)))


def test_layers_of_nested_models_are_listed(nested):
    kinds = [type(layer).__name__ for layer in internals.model_layers(nested)]
    assert {"Sequential", "Embedding", "Dropout", "Dense"} <= set(kinds), moved("Layer._flatten_layers")


def test_the_calls_of_a_model_are_listed(nested):
    called = [node.operation.name for node in internals.nodes_of(nested)]
    assert {"words", "inner", "head"} <= set(called), moved("Functional._nodes_by_depth")
    assert all(node.input_tensors for node in internals.nodes_of(nested) if node.operation.name != "words"), moved("Node")


def test_a_sequential_model_holds_a_functional_one(nested):
    held = internals.without_wrapper(nested.get_layer("inner"))
    assert internals.nodes_of(held), moved("Sequential._functional")
    assert internals.without_wrapper(nested) is nested


def test_the_structure_of_inputs_is_known(nested):
    assert set(internals.input_structure(nested) or ()) == {"words"}, moved("Functional._inputs_struct")


class WithoutMode(keras.Model):
    def call(self, inputs):
        return inputs


def test_a_model_says_whether_it_takes_a_mode(nested):
    assert internals.takes_training(nested), moved("Layer._call_has_training_arg")
    assert not internals.takes_training(WithoutMode()), moved("Layer._call_has_training_arg")


def test_outputs_carry_their_mask(nested):
    mask = internals.mask_of(nested({"words": np.array([[1, 2, 0, 0]])}))
    assert mask is not None, moved("_keras_mask")
    np.testing.assert_array_equal(mask, [[True, True, False, False]])


@pytest.mark.parametrize("activation", ["sigmoid", "softmax"])
def test_probabilities_carry_their_logits(activation):
    logits = tf.constant([[0.5, -1.0]])
    behind = internals.logits_behind(keras.activations.get(activation)(logits))
    assert behind is not None, moved(f"_keras_logits of {activation}")
    np.testing.assert_array_equal(behind, logits)


@pytest.mark.parametrize("activation", [tf.nn.sigmoid, tf.nn.softmax, lambda x: x])
def test_logits_are_found_in_the_graph(activation):
    seen = []
    trace = tf.function(lambda x: seen.append(internals.logits_behind(activation(x))) or x)
    trace.get_concrete_function(tf.TensorSpec((2, 3)))
    assert (seen[0] is not None) == (activation in (tf.nn.sigmoid, tf.nn.softmax))


def test_own_classes_and_recurrent_layers_are_told_by_their_module():
    assert internals.is_of_keras(keras.Model), moved("the module of keras.Model")
    assert not internals.is_of_keras(type("Mine", (keras.Model,), {}))
    assert internals.is_recurrent(keras.layers.LSTM(1)), moved("the module of keras.layers.LSTM")
    assert internals.is_recurrent(keras.layers.GRUCell(1)), moved("the module of keras.layers.GRUCell")
    assert not internals.is_recurrent(keras.layers.Dense(1))


def test_states_of_random_layers_are_told_by_their_path(nested):
    states = [variable for variable in nested.non_trainable_variables if internals.has_seed_generator_path(variable)]
    assert len(states) == 1, moved("the path of a SeedGenerator's state")


def test_the_learning_rate_is_at_hand_and_can_be_replaced():
    optimizer = keras.optimizers.SGD(0.25)
    assert float(internals.learning_rate(optimizer)) == 0.25, moved("Optimizer._learning_rate")
    schedule = keras.optimizers.schedules.ExponentialDecay(0.5, 1, 0.5)
    internals.set_learning_rate(optimizer, schedule)
    assert float(optimizer.learning_rate) == 0.5, moved("Optimizer._learning_rate")


@pytest.mark.parametrize("method", internals.DISTRIBUTED_METHODS)
def test_the_backend_replaces_these_methods_for_distribution(method):
    assert method in vars(internals.BaseOptimizer), moved(f"BaseOptimizer.{method}")


def test_the_backend_replaces_no_other_method_for_distribution():
    backend = keras.optimizers.Optimizer.__mro__[1]
    methods = {name for name, value in vars(backend).items() if callable(value) and name in vars(internals.BaseOptimizer)}
    assert methods - ASSIGNING <= set(internals.DISTRIBUTED_METHODS), moved(backend.__name__)


def test_empty_gradients_are_left_out_as_keras_leaves_them_out():
    optimizer, variables, gradient = keras.optimizers.SGD(), [keras.Variable(1.0), keras.Variable(2.0)], tf.constant(3.0)
    with pytest.warns(UserWarning, match="Gradients do not exist"):
        theirs = internals.BaseOptimizer._filter_empty_gradients(optimizer, [None, gradient], variables)
    ours = internals.filter_empty_gradients(optimizer, [None, gradient], variables)
    assert [list(map(id, part)) for part in ours] == [list(map(id, part)) for part in theirs], moved("_filter_empty_gradients")
    with pytest.raises(ValueError, match="No gradients provided"):
        internals.filter_empty_gradients(optimizer, [None], variables[:1])


def test_nadam_keeps_one_value_outside_its_variables():
    plain, tracked = keras.optimizers.Nadam(), keras.optimizers.Nadam()
    variable = keras.Variable(np.zeros(2))
    plain.build([variable])
    internals.nadam_build(tracked, [variable])
    assert len(tracked.variables) == len(plain.variables) + 1, moved("Nadam._u_product")
    assert tracked.variables[-1] is tracked._u_product, moved("Nadam._u_product")


def test_the_tensorflow_backend_divides_by_a_function_of_its_numpy_module(monkeypatch):
    """Optimizers reach it through `keras.ops`, so that replacing it reaches them."""
    monkeypatch.setattr(internals.backend_numpy, "divide", lambda x1, x2: "replaced")
    assert keras.ops.divide(tf.constant(1.0), tf.constant(2.0)) == "replaced", moved("keras.src.backend.tensorflow.numpy.divide")


def test_a_function_is_a_loss_in_a_wrapper():
    loss = internals.LossFunctionWrapper(lambda y, p: keras.ops.abs(y - p), name="gap")
    assert isinstance(loss, keras.losses.Loss), moved("LossFunctionWrapper")
    assert float(loss(np.array([1.0, 2.0]), np.array([2.0, 4.0]))) == 1.5, moved("LossFunctionWrapper")


def test_tracing_a_custom_gradient_leaves_an_entry():
    before = set(internals.custom_gradients())

    @tf.custom_gradient
    def squared(x):
        return x * x, lambda upstream: 2 * x * upstream

    tf.function(squared).get_concrete_function(tf.constant(3.0))
    entries = set(internals.custom_gradients()) - before
    assert entries, moved("ops.gradient_registry._registry")
    assert all(name.startswith("CustomGradient") for name in entries), moved("the names of custom gradients")
    for name in entries:
        del internals.custom_gradients()[name]


def test_a_dataset_knows_what_it_was_made_from():
    rows = tf.data.Dataset.range(3)
    (source,) = internals.dataset_inputs(rows.shuffle(3))
    assert source is rows, moved("Dataset._inputs")
    assert internals.dataset_inputs(rows) == []


def test_compiled_metrics_are_named_and_paired_as_fit_logs_them():
    given = {"metrics": {"b": ["mae", keras.metrics.AUC(name="auc")]}, "weighted_metrics": {"a": "mse"}}
    inputs = keras.Input((2,))
    model = keras.Model(inputs, {name: keras.layers.Dense(1, name=name)(inputs) for name in ("a", "b")})
    metrics, y = internals.compile_metrics(model, given), {"b": np.zeros((3, 1)), "a": np.ones((3, 1))}
    metrics.update_state(y, {"a": np.full((3, 1), 0.5), "b": np.full((3, 1), 0.25)})
    named = internals.named_metrics(metrics)
    assert list(named) == ["b_mae", "b_auc", "a_mse"], moved("CompileMetrics.result")
    pairs = internals.metric_pairs(metrics, y, {"a": "first", "b": "second"})
    assert [prediction for _, prediction in pairs] == ["first", "second"], moved("CompileMetrics._flatten_y")
    assert [(one.place, one.weighted) for one in named.values()] == [(1, False), (1, False), (0, True)]
    assert pairs[named["b_mae"].place][0] is y["b"]
