"""Layers, models and training steps that people write themselves."""

from __future__ import annotations

import keras
import tensorflow as tf
from keras import layers, ops

from tests.test_models._data import amount, label, normal, one_hot, yes


def two_data():
    x = normal(8)
    return x, {"sold": yes(x), "price": amount(x)}


def two_data_listed():
    x, y = two_data()
    return x, [y["sold"], y["price"]]


LOGITS = keras.losses.BinaryCrossentropy(from_logits=True)


def heads(hidden):
    return {"sold": layers.Dense(1, name="sold")(hidden), "price": layers.Dense(1, name="price")(hidden)}


def compiled(model, **settings):
    loss = {"sold": keras.losses.BinaryCrossentropy(from_logits=True), "price": "mse"}
    arguments = {"optimizer": keras.optimizers.Adam(5e-3), "loss": loss, "loss_weights": {"sold": 1.0, "price": 0.3}}
    model.compile(**(arguments | settings))
    return model


class Linear(layers.Layer):
    def __init__(self, units):
        super().__init__()
        self.units = units

    def build(self, shape):
        self.w = self.add_weight(shape=(shape[-1], self.units), initializer="random_normal", trainable=True)
        self.b = self.add_weight(shape=(self.units,), initializer="zeros", trainable=True)

    def call(self, inputs):
        return ops.matmul(inputs, self.w) + self.b


def layer_without_config():
    inputs = keras.Input((8,))
    return compiled(keras.Model(inputs, heads(ops.relu(Linear(10)(inputs)))))


class Sparse(layers.Layer):
    def __init__(self, rate=1e-2, **kwargs):
        super().__init__(**kwargs)
        self.rate = rate
        self.seen = keras.metrics.Mean(name="activity")

    def call(self, inputs):
        self.add_loss(self.rate * ops.mean(ops.abs(inputs)))
        self.seen.update_state(ops.mean(inputs))
        return inputs

    def get_config(self):
        return {**super().get_config(), "rate": self.rate}


def loss_and_metric_in_a_layer():
    inputs = keras.Input((8,))
    return compiled(keras.Model(inputs, heads(Sparse(0.3)(layers.Dense(10, activation="relu")(inputs)))))


class RunningScale(layers.Layer):
    """Divides by a running mean of the absolute values, which is state and no weight to train."""

    def build(self, shape):
        self.scale = self.add_weight(shape=(), initializer="ones", trainable=False, name="scale")

    def call(self, inputs, training=False):
        if training:
            self.scale.assign(0.9 * self.scale + 0.1 * ops.mean(ops.abs(inputs)))
        return inputs / (self.scale + 1e-3)


def layer_with_state():
    inputs = keras.Input((8,))
    return compiled(keras.Model(inputs, heads(RunningScale()(layers.Dense(10, activation="relu")(inputs)))))


class TwoHeads(keras.Model):
    def __init__(self, units=10):
        super().__init__()
        self.hidden = layers.Dense(units, activation="relu")
        self.sold, self.price = layers.Dense(1), layers.Dense(1)

    def call(self, inputs):
        hidden = self.hidden(inputs)
        return {"sold": self.sold(hidden), "price": self.price(hidden)}


class TwoListed(TwoHeads):
    def call(self, inputs):
        hidden = self.hidden(inputs)
        return [self.sold(hidden), self.price(hidden)]


def subclass_with_dict():
    return compiled(TwoHeads())


def subclass_with_dict_called():
    model = TwoHeads()
    model(two_data()[0][:2])
    return compiled(model)


def subclass_with_list():
    model = TwoListed()
    model(two_data()[0][:2])
    model.compile(
        keras.optimizers.Adam(5e-3), [keras.losses.BinaryCrossentropy(from_logits=True), "mse"], loss_weights=[1.0, 0.3]
    )
    return model


class ClippedSteps(keras.Model):
    """A functional model with a training step of its own: gradients are signs times a hundredth."""

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            loss = self.compute_loss(x, y, self(x, training=True))
        gradients = [0.01 * ops.sign(g) for g in tape.gradient(loss, self.trainable_variables)]
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables, strict=True))
        return {"loss": loss}


def functional_with_train_step():
    inputs = keras.Input((8,))
    model = ClippedSteps(inputs, heads(layers.Dense(10, activation="relu")(inputs)))
    return compiled(model, optimizer=keras.optimizers.SGD(0.5))


class Distilled(keras.Model):
    """Its own constructor around a functional network, and a training step with a factor given to the constructor."""

    def __init__(self, units, factor, **kwargs):
        inputs = keras.Input((8,))
        hidden = layers.Dense(units, activation="relu")(inputs)
        super().__init__(inputs, heads(hidden), **kwargs)
        self.factor = factor

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            loss = self.factor * self.compute_loss(x, y, self(x, training=True))
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables, strict=True))
        return {"loss": loss}


def own_constructor_and_train_step():
    return compiled(Distilled(10, factor=3.0), optimizer=keras.optimizers.SGD(0.05))


class OnlyConstructor(keras.Model):
    """Its own constructor around a functional network, trained as every model is."""

    def __init__(self, units):
        inputs = keras.Input((8,))
        super().__init__(inputs, heads(layers.Dense(units, activation="relu")(inputs)))


def own_constructor():
    return compiled(OnlyConstructor(10))


class ConsistentHeads(keras.Model):
    """Adds a term to the loss, which couples the outputs."""

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        loss = super().compute_loss(x, y, y_pred, sample_weight, training)
        return loss + 0.5 * ops.mean(ops.square(y_pred["sold"] - y_pred["price"]))


def own_compute_loss():
    inputs = keras.Input((8,))
    return compiled(ConsistentHeads(inputs, heads(layers.Dense(10, activation="relu")(inputs))))


class Temperature(layers.Layer):
    value = 1.0

    def call(self, inputs):
        return inputs / self.value


def attribute_on_a_layer():
    inputs = keras.Input((8,))
    model = keras.Model(inputs, heads(Temperature(name="temperature")(layers.Dense(10, activation="relu")(inputs))))
    model.get_layer("temperature").value = 4.0
    return compiled(model)


def attribute_on_the_model():
    inputs = keras.Input((8,))
    model = keras.Model(inputs, heads(layers.Dense(10, activation="relu")(inputs)))
    model.feature_names = [f"f{i}" for i in range(8)]
    model.threshold = 0.5
    return compiled(model)


def nested_models():
    inside = keras.Input((8,))
    body = keras.Sequential([layers.Dense(8, activation="relu"), layers.BatchNormalization(), layers.Dense(6)], name="body")
    trunk = keras.Model(inside, body(inside), name="trunk")
    feature = keras.Input((6,))
    head = keras.Model(feature, layers.Dense(1)(layers.Dense(4, activation="relu")(feature)), name="price")
    inputs = keras.Input((8,))
    hidden = trunk(inputs)
    return compiled(keras.Model(inputs, {"sold": layers.Dense(1, name="sold")(hidden), "price": head(hidden)}))


def pair_data():
    left, right = normal(5), normal(5, seed=1)
    return [left, right], [amount(left), amount(right)]


def submodel_as_two_outputs():
    inside = keras.Input((5,))
    scorer = keras.Model(inside, layers.Dense(1)(layers.Dense(8, activation="relu")(inside)), name="scorer")
    left, right = keras.Input((5,), name="left"), keras.Input((5,), name="right")
    model = keras.Model([left, right], [scorer(left), scorer(right)])
    model.compile("adam", loss=["mse", "mae"], loss_weights=[1.0, 0.5])
    return model


def named_pair_data():
    x, (left, right) = pair_data()
    return x, {"left_score": left, "right_score": right}


def shared_layer_as_outputs():
    left, right = keras.Input((5,), name="left"), keras.Input((5,), name="right")
    score = layers.Dense(1, name="score")
    hidden = layers.Dense(8, activation="relu")
    model = keras.Model([left, right], {"left_score": score(hidden(left)), "right_score": score(hidden(right))})
    model.compile("adam", loss={"left_score": "mse", "right_score": "mae"}, loss_weights={"left_score": 1.0, "right_score": 0.5})
    return model


def lambda_layer():
    inputs = keras.Input((8,))
    scaled = layers.Lambda(lambda t: (t - 0.5) * 2.0)(inputs)
    return compiled(keras.Model(inputs, heads(layers.Dense(10, activation="relu")(scaled))))


def soft_clip(values):
    return ops.tanh(values) * 2.0


def start(shape, dtype=None):
    return keras.random.normal(shape, stddev=0.1, dtype=dtype, seed=3)


def functions_in_layers():
    inputs = keras.Input((8,))
    hidden = layers.Dense(10, activation=soft_clip, kernel_initializer=start)(inputs)
    hidden = layers.Dense(6, activation=lambda t: ops.maximum(t, 0.1 * t), kernel_regularizer=lambda w: 0.01 * ops.sum(w**2))(
        hidden
    )
    return compiled(keras.Model(inputs, heads(hidden)))


def operations_between_layers():
    inputs = keras.Input((8,))
    first, rest = inputs[:, :3], inputs[:, 3:]
    hidden = ops.concatenate([layers.Dense(5)(first), ops.sqrt(ops.abs(rest) + 1.0)], axis=-1)
    hidden = ops.relu(hidden) * 0.5 + ops.mean(inputs, axis=1, keepdims=True)
    return compiled(keras.Model(inputs, heads(hidden)))


class Tied(layers.Layer):
    """The decoder of an autoencoder that uses the encoder's kernel."""

    def __init__(self, dense, **kwargs):
        super().__init__(**kwargs)
        self.dense = dense

    def build(self, shape):
        self.bias = self.add_weight(shape=(self.dense.kernel.shape[0],), initializer="zeros", name="bias")

    def call(self, inputs):
        return ops.matmul(inputs, ops.transpose(self.dense.kernel)) + self.bias


def tied_data():
    x = normal(8)
    return x, {"rebuilt": x, "kind": label(x)}


def tied_weights():
    inputs = keras.Input((8,))
    dense = layers.Dense(5, activation="tanh")
    code = dense(inputs)
    rebuilt = Tied(dense, name="rebuilt")(code)
    model = keras.Model(inputs, {"rebuilt": rebuilt, "kind": layers.Dense(3, activation="softmax", name="kind")(code)})
    model.compile(
        "adam", {"rebuilt": "mse", "kind": "sparse_categorical_crossentropy"}, loss_weights={"rebuilt": 1.0, "kind": 0.5}
    )
    return model


def dropout_in_prediction_too():
    """Monte Carlo dropout: drawn in inference as well."""
    inputs = keras.Input((8,))
    hidden = layers.Dropout(0.2, seed=3)(layers.Dense(10, activation="relu")(inputs), training=True)
    return compiled(keras.Model(inputs, heads(hidden)))


def trained_before():
    """A model that was fitted for a while and is compiled again, for another round."""
    x, y = two_data()
    inputs = keras.Input((8,))
    model = compiled(keras.Model(inputs, heads(layers.BatchNormalization()(layers.Dense(10, activation="relu")(inputs)))))
    model.fit(x, y, epochs=1, shuffle=False, verbose=0)
    return compiled(model, optimizer=keras.optimizers.Adam(1e-3))


class WideAndDeep(keras.Model):
    """Inputs and outputs are tuples, and what `adapt` learned is kept outside the weights."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.norm_wide, self.norm_deep = layers.Normalization(), layers.Normalization()
        self.hidden = layers.Dense(units, activation="relu")
        self.main_output, self.aux_output = layers.Dense(1), layers.Dense(1)

    def call(self, inputs):
        input_wide, input_deep = inputs
        hidden = self.hidden(self.norm_deep(input_deep))
        main = self.main_output(layers.concatenate([self.norm_wide(input_wide), hidden]))
        return main, self.aux_output(hidden)


def tuples_data():
    x = 20 * normal(8) + 3
    target = amount(x)[:, 0]
    return (x[:, :5], x[:, 2:]), (target, target)


def subclass_with_tuples():
    (wide, deep), _ = tuples_data()
    model = WideAndDeep(10, name="my_cool_model")
    model.compile(loss=("mse", "mse"), loss_weights=(0.9, 0.1), optimizer=keras.optimizers.Adam(1e-3), metrics=["mae", "mae"])
    model.norm_wide.adapt(wide)
    model.norm_deep.adapt(deep)
    return model


@tf.custom_gradient
def reverse(x):
    return tf.identity(x), lambda gradient: -0.3 * gradient


class GradientReversal(layers.Layer):
    def call(self, inputs):
        return reverse(inputs)


def gradient_reversal():
    """Features that help with one output and hide the other."""
    inputs = keras.Input((8,))
    features = layers.Dense(10, activation="relu", kernel_constraint=keras.constraints.MaxNorm(1.0))(inputs)
    price = layers.Dense(1, name="price")(GradientReversal()(features))
    return compiled(keras.Model(inputs, {"sold": layers.Dense(1, name="sold")(features), "price": price}))


class Quantizer(layers.Layer):
    """The nearest of some codes, which follow the inputs as running means; the gradient passes straight through."""

    def __init__(self, codes, width, decay=0.9, **kwargs):
        super().__init__(**kwargs)
        self.count, self.width, self.decay = codes, width, decay

    def build(self, shape):
        settings = {"trainable": False, "initializer": "random_uniform"}
        self.codes = self.add_weight(shape=(self.width, self.count), name="codes", **settings)

    def call(self, inputs, training=None):
        far = ops.sum(self.codes**2, 0, keepdims=True) - 2 * ops.matmul(inputs, self.codes)
        nearest = ops.one_hot(ops.argmin(far, 1), self.count)
        chosen = ops.matmul(nearest, ops.transpose(self.codes))
        if training:
            means = ops.matmul(ops.transpose(inputs), nearest) / (ops.sum(nearest, 0) + 1e-3)
            self.codes.assign(self.decay * self.codes + (1 - self.decay) * means)
        self.add_loss(0.25 * ops.mean((ops.stop_gradient(chosen) - inputs) ** 2))
        return inputs + ops.stop_gradient(chosen - inputs)


def quantized_codes():
    inputs = keras.Input((8,))
    noisy = layers.GaussianNoise(0.1, seed=3)(inputs)
    return compiled(keras.Model(inputs, heads(Quantizer(6, 4)(layers.Dense(4)(noisy)))))


class ArcFace(layers.Layer):
    """Takes the labels as a second input."""

    def __init__(self, classes, **kwargs):
        super().__init__(**kwargs)
        self.classes = classes

    def build(self, shapes):
        self.centres = self.add_weight(shape=(shapes[0][-1], self.classes), initializer="glorot_uniform", name="centres")

    def call(self, inputs):
        embedding, number = inputs
        scaled = embedding / ops.norm(embedding, axis=1, keepdims=True)
        cosine = ops.matmul(scaled, self.centres / ops.norm(self.centres, axis=0, keepdims=True))
        target = ops.cos(ops.arccos(ops.clip(cosine, -1 + 1e-6, 1 - 1e-6)) + 0.2)
        hot = ops.one_hot(ops.cast(ops.squeeze(number, -1), "int32"), self.classes)
        return ops.softmax(8.0 * (cosine * (1 - hot) + target * hot))


def labels_as_input_data():
    x = normal(8)
    return {"x": x, "number": label(x)[:, None]}, {"identity": one_hot(x), "age": amount(x)}


def labels_as_input():
    inputs, number = keras.Input((8,), name="x"), keras.Input((1,), name="number", dtype="int32")
    hidden = layers.PReLU()(layers.BatchNormalization()(layers.Dense(10, use_bias=False)(inputs)))
    embedding = layers.Dense(4)(hidden)
    outputs = {"identity": ArcFace(3)([embedding, number]), "age": layers.Dense(1)(embedding)}
    model = keras.Model([inputs, number], outputs)
    model.compile(keras.optimizers.Adam(1e-3), {"identity": "categorical_crossentropy", "age": "mae"})
    return model
