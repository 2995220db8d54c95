"""Autoencoders, with and without random numbers inside."""

from __future__ import annotations

import keras
import tensorflow as tf
from keras import layers, ops

from tests.test_models._data import label, normal


def rebuild_data():
    x = normal(10)
    return x, {"rebuilt": x, "kind": label(x)}


def autoencoder_and_classifier():
    inputs = keras.Input((10,))
    code = layers.Dense(4, activation="relu", name="code")(layers.Dense(8, activation="relu")(inputs))
    rebuilt = layers.Dense(10, name="rebuilt")(layers.Dense(8, activation="relu")(code))
    kind = layers.Dense(3, activation="softmax", name="kind")(code)
    model = keras.Model(inputs, [rebuilt, kind])
    model.compile(
        "adam", {"rebuilt": "mse", "kind": "sparse_categorical_crossentropy"}, loss_weights={"rebuilt": 0.5, "kind": 1.0}
    )
    return model


def denoising_autoencoder():
    inputs = keras.Input((10,))
    noisy = layers.GaussianNoise(0.2, seed=4)(inputs)
    code = layers.Dense(4, activation="tanh")(noisy)
    rebuilt = layers.Dense(10, name="rebuilt")(code)
    kind = layers.Dense(3, activation="softmax", name="kind")(code)
    model = keras.Model(inputs, {"rebuilt": rebuilt, "kind": kind})
    model.compile(
        "adam", {"rebuilt": "mae", "kind": "sparse_categorical_crossentropy"}, loss_weights={"rebuilt": 2.0, "kind": 0.5}
    )
    return model


class Sampling(layers.Layer):
    """Draws a code, and adds the divergence of its distribution from a normal one."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.seeds = keras.random.SeedGenerator(1337)

    def draw(self, shape):
        return keras.random.normal(shape, seed=self.seeds)

    def call(self, inputs):
        mean, log_variance = inputs
        self.add_loss(-0.05 * ops.mean(1 + log_variance - ops.square(mean) - ops.exp(log_variance)))
        return mean + ops.exp(0.5 * log_variance) * self.draw(ops.shape(mean))


class SamplingWithoutSeed(Sampling):
    def draw(self, shape):
        return keras.random.normal(shape)


class SamplingOfTensorFlow(Sampling):
    def draw(self, shape):
        return tf.random.normal(shape)


class SamplingWhileTraining(Sampling):
    def call(self, inputs, training=False):
        drawn = super().call(inputs)
        return drawn if training else inputs[0]


def _vae(sampling):
    inputs = keras.Input((10,))
    hidden = layers.Dense(8, activation="relu")(inputs)
    mean, log_variance = layers.Dense(3, name="mean")(hidden), layers.Dense(3, name="log_variance")(hidden)
    code = sampling()([mean, log_variance])
    rebuilt = layers.Dense(10, name="rebuilt")(layers.Dense(8, activation="relu")(code))
    model = keras.Model(inputs, {"rebuilt": rebuilt, "kind": layers.Dense(3, activation="softmax", name="kind")(mean)})
    model.compile(
        keras.optimizers.Adam(3e-3),
        {"rebuilt": "mse", "kind": "sparse_categorical_crossentropy"},
        loss_weights={"rebuilt": 0.5, "kind": 1.0},
    )
    return model


def vae_with_seed_generator():
    return _vae(Sampling)


def vae_that_samples_while_training():
    return _vae(SamplingWhileTraining)


def vae_without_seed():
    return _vae(SamplingWithoutSeed)


def vae_of_tensorflow():
    return _vae(SamplingOfTensorFlow)


class VariationalAutoencoder(keras.Model):
    """As in the Keras examples: its own constructor, trackers and training step, compiled with an optimizer alone."""

    def __init__(self, encoder, decoder, **kwargs):
        super().__init__(**kwargs)
        self.encoder, self.decoder = encoder, decoder
        self.total = keras.metrics.Mean(name="total")

    @property
    def metrics(self):
        return [self.total]

    def train_step(self, data):
        with tf.GradientTape() as tape:
            code = self.encoder(data)
            loss = ops.mean(ops.square(data - self.decoder(code)))
        gradients = tape.gradient(loss, self.trainable_weights)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_weights, strict=True))
        self.total.update_state(loss)
        return {"loss": self.total.result()}


def nothing_to_predict_data():
    return normal(10), None


def vae_class():
    encoder = keras.Sequential([keras.Input((10,)), layers.Dense(4)])
    decoder = keras.Sequential([keras.Input((4,)), layers.Dense(10)])
    model = VariationalAutoencoder(encoder, decoder)
    model.compile(optimizer=keras.optimizers.Adam())
    return model


def codes_shown():
    """A variational autoencoder that gives its codes too; its layer adds the divergence, and they have no loss."""
    inputs = keras.Input((10,))
    hidden = layers.Dense(6, activation="relu")(inputs)
    mean, spread = layers.Dense(3)(hidden), layers.Dense(3)(hidden)
    code = SamplingWhileTraining()([mean, spread])
    outputs = {"rebuilt": layers.Dense(10)(code), "mean": mean, "spread": spread, "code": code}
    model = keras.Model(inputs, outputs)
    model.compile(keras.optimizers.Adam(1e-2), {"rebuilt": "mse"})
    return model


def codes_shown_data():
    x = normal(10)
    return x, x
