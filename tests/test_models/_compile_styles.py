"""One small network, compiled in the many ways that `Model.compile` allows."""

from __future__ import annotations

import functools

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

from tests.test_models._custom import compiled, heads, two_data
from tests.test_models._data import label, one_hot


def network():
    inputs = keras.Input((8,))
    hidden = layers.Dense(10, activation="tanh", name="hidden")(inputs)
    return keras.Model(inputs, heads(layers.LayerNormalization(name="norm")(hidden)))


def listed_network():
    inputs = keras.Input((8,))
    made = heads(layers.Dense(10, activation="tanh")(inputs))
    return keras.Model(inputs, [made["sold"], made["price"]])


def logits():
    return keras.losses.BinaryCrossentropy(from_logits=True)


def sgd_momentum_clipnorm():
    return compiled(network(), optimizer=keras.optimizers.SGD(0.05, momentum=0.9, nesterov=True, clipnorm=0.3))


def global_clipnorm():
    return compiled(network(), optimizer=keras.optimizers.Adam(5e-3, global_clipnorm=0.2, amsgrad=True, epsilon=1e-5))


def adamw_without_decay_of_biases():
    optimizer = keras.optimizers.AdamW(5e-3, weight_decay=2.0)
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return compiled(network(), optimizer=optimizer)


def nadam():
    return compiled(network(), optimizer=keras.optimizers.Nadam(5e-3))


def cosine_decay():
    rate = keras.optimizers.schedules.CosineDecay(0.0, decay_steps=5, warmup_target=2e-2, warmup_steps=2, alpha=0.1)
    return compiled(network(), optimizer=keras.optimizers.Adam(rate))


def piecewise_decay():
    rate = keras.optimizers.schedules.PiecewiseConstantDecay([2, 4], [2e-2, 1e-2, 1e-3])
    return compiled(network(), optimizer=keras.optimizers.SGD(rate, momentum=0.9))


def exponential_decay():
    rate = keras.optimizers.schedules.ExponentialDecay(2e-2, decay_steps=2, decay_rate=0.5, staircase=True)
    return compiled(network(), optimizer=keras.optimizers.RMSprop(rate, rho=0.8, momentum=0.5, centered=True))


class InverseRoot(keras.optimizers.schedules.LearningRateSchedule):
    """The schedule of the first transformer."""

    def __init__(self, width, warmup=3):
        self.width, self.warmup = width, warmup

    def __call__(self, step):
        step = ops.cast(step, "float32") + 1.0
        return 0.1 * self.width**-0.5 * ops.minimum(step**-0.5, step * self.warmup**-1.5)

    def get_config(self):
        return {"width": self.width, "warmup": self.warmup}


def own_schedule():
    return compiled(network(), optimizer=keras.optimizers.Adam(InverseRoot(16), beta_2=0.98))


def moving_average_of_weights():
    return compiled(network(), optimizer=keras.optimizers.Adam(2e-2, use_ema=True, ema_momentum=0.5))


def moving_average_written_back():
    optimizer = keras.optimizers.Adam(2e-2, use_ema=True, ema_momentum=0.5, ema_overwrite_frequency=2)
    return compiled(network(), optimizer=optimizer)


def gradient_accumulation():
    return compiled(network(), optimizer=keras.optimizers.Adam(2e-2, gradient_accumulation_steps=2))


def loss_scale():
    optimizer = keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.05, momentum=0.5), initial_scale=2.0**10)
    return compiled(network(), optimizer=optimizer)


def scaled_loss_factor():
    return compiled(network(), optimizer=keras.optimizers.Adam(5e-3, loss_scale_factor=128.0, weight_decay=0.1))


class SignDescent(keras.optimizers.Optimizer):
    def __init__(self, learning_rate=1e-2, power=0.5, name="sign_descent", **kwargs):
        super().__init__(learning_rate=learning_rate, name=name, **kwargs)
        self.exponent = power

    def update_step(self, gradient, variable, learning_rate):
        rate = ops.cast(learning_rate, variable.dtype)
        self.assign_sub(variable, rate * ops.sign(gradient) * ops.abs(gradient) ** self.exponent)


def own_optimizer():
    return compiled(network(), optimizer=SignDescent(2e-2, power=0.9))


def rate_changed_after_compile():
    model = compiled(network(), optimizer=keras.optimizers.Adam(1e-3))
    model.optimizer.learning_rate = 0.0213
    return model


def mixed_network():
    inputs = keras.Input((8,))
    hidden = layers.Dense(16, activation="relu")(inputs)
    outputs = {name: layers.Dense(1, dtype="float32", name=name)(hidden) for name in ("sold", "price")}
    return compiled(keras.Model(inputs, outputs))


def double_precision():
    return compiled(network())


def eager():
    return compiled(network(), run_eagerly=True)


def jit():
    return compiled(network(), jit_compile=True)


def several_steps_per_execution():
    return compiled(network(), steps_per_execution=2)


class Within(keras.metrics.Metric):
    """Share of predictions that are near; made with an argument and without a configuration."""

    def __init__(self, bound, **kwargs):
        super().__init__(**kwargs)
        self.bound = bound
        self.hits = self.add_weight(name="hits", initializer="zeros")
        self.seen = self.add_weight(name="seen", initializer="zeros")

    def update_state(self, y_true, y_pred, sample_weight=None):
        near = ops.cast(ops.abs(ops.cast(y_true, y_pred.dtype) - y_pred) < self.bound, "float32")
        self.hits.assign_add(ops.sum(near))
        self.seen.assign_add(ops.sum(ops.ones_like(near)))

    def result(self):
        return self.hits / self.seen


def bias_of(y_true, y_pred):
    return ops.mean(y_pred - y_true)


def many_metrics():
    return compiled(
        network(),
        metrics={"sold": ["accuracy", keras.metrics.AUC(from_logits=True)], "price": [Within(0.5, name="near"), bias_of]},
        weighted_metrics={"price": ["mae", "mse"]},
    )


def list_of_losses_for_dict_of_outputs():
    """Keras flattens a dictionary by its sorted keys: price comes first."""
    return compiled(network(), loss=["mse", logits()], loss_weights=[0.3, 1.0])


def list_of_losses():
    return compiled(listed_network(), loss=[logits(), "mse"], loss_weights=[1.0, 0.3])


def dict_of_losses_for_list_of_outputs():
    return compiled(listed_network(), loss={"price": "mse", "sold": logits()}, loss_weights={"price": 0.3, "sold": 1.0})


def list_of_weights_for_dict_of_losses():
    """Keras gives the weights to the sorted keys: price gets the first one."""
    return compiled(network(), loss={"sold": logits(), "price": "mse"}, loss_weights=[0.3, 1.0])


def dict_of_weights_for_list_of_losses():
    """Keras gives the weights of the sorted keys to the losses in their order: sold gets the weight of price."""
    return compiled(listed_network(), loss=[logits(), "mse"], loss_weights={"sold": 1.0, "price": 0.3})


def one_loss_for_all():
    return compiled(network(), loss="mse", loss_weights=None)


def one_loss_object_for_all():
    return compiled(network(), loss=keras.losses.LogCosh(), loss_weights=None)


def weights_left_out():
    return compiled(network(), loss_weights=None)


def weights_are_variables():
    variables = [keras.Variable(1.0, trainable=False), keras.Variable(0.3, trainable=False)]
    return compiled(listed_network(), loss=[logits(), "mse"], loss_weights=variables)


def weights_are_numpy():
    return compiled(network(), loss_weights={"sold": np.float32(1.5), "price": np.float32(0.3)})


def weight_is_zero():
    return compiled(network(), loss_weights={"sold": 1.0, "price": 0.0})


def output_without_loss():
    return compiled(listed_network(), loss=[logits(), None], loss_weights=None)


def output_left_out_of_the_losses():
    return compiled(network(), loss={"sold": logits()}, loss_weights=None)


def crossentropy_by_shape():
    inputs = keras.Input((8,))
    hidden = layers.Dense(10, activation="tanh")(inputs)
    outputs = {"sold": layers.Dense(1, activation="sigmoid", name="sold")(hidden), "price": layers.Dense(1, name="price")(hidden)}
    return compiled(keras.Model(inputs, outputs), loss={"sold": "crossentropy", "price": "mse"})


def classes_in_two_forms():
    """Class numbers, one-hot classes, and yes or no."""
    x, y = two_data()
    return x, {"number": label(x), "row": one_hot(x), "sold": y["sold"][:, 0]}


def _three_probabilities(hidden):
    units = {"number": (3, "softmax"), "row": (3, "softmax"), "sold": (1, "sigmoid")}
    return {name: layers.Dense(count, activation=activation, name=name)(hidden) for name, (count, activation) in units.items()}


def crossentropy_of_classes():
    inputs = keras.Input((8,))
    model = keras.Model(inputs, _three_probabilities(layers.Dense(10, activation="tanh")(inputs)))
    return compiled(model, loss="crossentropy", loss_weights=None, metrics=[["acc"], ["acc"], ["acc"]])


class ThreeHeads(keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden = layers.Dense(10, activation="tanh")
        self.heads = {"number": layers.Dense(3, "softmax"), "row": layers.Dense(3, "softmax"), "sold": layers.Dense(1, "sigmoid")}

    def call(self, inputs):
        hidden = self.hidden(inputs)
        return {name: head(hidden) for name, head in self.heads.items()}


def crossentropy_of_subclass():
    return compiled(ThreeHeads(), loss={"number": "crossentropy", "row": "ce", "sold": "crossentropy"}, loss_weights=None)


ENTROPY = lambda t, p: keras.losses.binary_crossentropy(t, p, from_logits=True)  # noqa: E731
SQUARE = lambda t, p: ops.mean((t - p) ** 2)  # noqa: E731


def lambdas():
    return compiled(network(), loss={"sold": ENTROPY, "price": SQUARE})


POWER = lambda t, p: ops.mean(ops.abs(t - p) ** 1.5, axis=-1)  # noqa: E731


def one_lambda():
    return compiled(network(), loss={"sold": logits(), "price": POWER})


def weighted_error(weight):
    def error(y_true, y_pred):
        return weight * ops.mean(ops.square(y_true - y_pred), axis=-1)

    return error


def closure():
    return compiled(network(), loss={"sold": logits(), "price": weighted_error(0.7)})


def two_closures_of_one_name():
    return compiled(network(), loss={"sold": weighted_error(2.0), "price": weighted_error(0.7)})


def power_error(y_true, y_pred, power=2.0):
    return ops.mean(ops.abs(y_true - y_pred) ** power, axis=-1)


def partial_function():
    return compiled(network(), loss={"sold": logits(), "price": functools.partial(power_error, power=1.3)})


@tf.function
def traced_error(y_true, y_pred):
    return tf.reduce_mean(tf.abs(y_true - y_pred), axis=-1)


def traced_function():
    return compiled(network(), loss={"sold": logits(), "price": traced_error})


class Scaled:
    """Losses as methods of an object that holds settings."""

    def __init__(self, factor):
        self.factor = factor

    def error(self, y_true, y_pred):
        return self.factor * ops.mean(ops.abs(y_true - y_pred), axis=-1)


def bound_method():
    return compiled(network(), loss={"sold": logits(), "price": Scaled(0.4).error})


class Focal(keras.losses.Loss):
    """The constructor's argument is kept under another name, and there is no configuration."""

    def __init__(self, gamma=2.0, alpha=0.5):
        super().__init__()
        self._focus, self._balance = gamma, alpha

    def call(self, y_true, y_pred):
        chance = ops.sigmoid(y_pred)
        right = y_true * chance + (1 - y_true) * (1 - chance)
        balance = y_true * self._balance + (1 - y_true) * (1 - self._balance)
        return ops.mean(-balance * (1 - right) ** self._focus * ops.log(right + 1e-7), axis=-1)


def loss_class_without_config():
    return compiled(network(), loss={"sold": Focal(1.0, alpha=0.8), "price": "mse"})


class Required(keras.losses.Loss):
    """An argument that has no default, and a configuration that holds it."""

    def __init__(self, delta, **kwargs):
        super().__init__(**kwargs)
        self.delta = delta

    def call(self, y_true, y_pred):
        return ops.mean(ops.minimum(ops.abs(y_true - y_pred), self.delta), axis=-1)

    def get_config(self):
        return {**super().get_config(), "delta": self.delta}


def loss_class_with_config():
    return compiled(
        network(), loss={"sold": logits(), "price": Required(1.5, reduction="sum")}, loss_weights={"sold": 1.0, "price": 0.01}
    )


class Balanced(keras.losses.Loss):
    """Class weights as an array that is computed from the data."""

    def __init__(self, weights, name="balanced"):
        super().__init__(name=name)
        self.weights = ops.convert_to_tensor(weights)

    def call(self, y_true, y_pred):
        weight = y_true * self.weights[1] + (1 - y_true) * self.weights[0]
        return ops.mean(weight * keras.losses.binary_crossentropy(y_true, y_pred, from_logits=True)[:, None], axis=-1)


def loss_that_holds_an_array():
    return compiled(network(), loss={"sold": Balanced(np.array([0.4, 2.5], "float32")), "price": "mse"})


def summed_loss():
    loss = {
        "sold": keras.losses.BinaryCrossentropy(from_logits=True, reduction="sum"),
        "price": keras.losses.MeanSquaredError("sum"),
    }
    return compiled(network(), loss=loss, loss_weights={"sold": 0.03, "price": 0.01})


def keras_function():
    return compiled(network(), loss={"sold": keras.losses.mean_absolute_error, "price": keras.losses.huber})


def class_of_loss():
    return compiled(network(), loss={"sold": logits(), "price": keras.losses.MeanSquaredLogarithmicError})


def short_names():
    return compiled(network(), optimizer="Adam", loss={"sold": "MSE", "price": "mean_absolute_error"})


class PenalisedBy(keras.losses.Loss):
    """Holds a layer of the model, whose weights it penalises."""

    def __init__(self, layer):
        super().__init__(name="penalised")
        self.layer = layer

    def call(self, y_true, y_pred):
        return ops.mean(ops.square(y_true - y_pred), axis=-1) + 0.1 * ops.sum(ops.square(self.layer.kernel))


def loss_that_holds_a_layer():
    model = network()
    return compiled(model, loss={"sold": logits(), "price": PenalisedBy(model.get_layer("hidden"))})
