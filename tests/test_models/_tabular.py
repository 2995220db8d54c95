"""Models of tables: columns of numbers and of words."""

from __future__ import annotations

import keras
import numpy as np
import pandas as pd
import tensorflow as tf
from keras import layers, ops

from tests.test_models._data import N, amount, choices, label, normal, one_hot, score, yes


def numbers():
    x = normal(8)
    return x, {"sold": yes(x), "price": amount(x)}


def mlp_two_heads():
    inputs = keras.Input((8,), name="features")
    hidden = layers.Dense(16, activation="relu")(inputs)
    hidden = layers.Dense(8, activation="relu")(hidden)
    sold = layers.Dense(1, activation="sigmoid", name="sold")(hidden)
    price = layers.Dense(1, name="price")(hidden)
    model = keras.Model(inputs, {"sold": sold, "price": price})
    model.compile(
        optimizer=keras.optimizers.Adam(5e-3),
        loss={"sold": "binary_crossentropy", "price": "mse"},
        loss_weights={"sold": 1.0, "price": 0.3},
        metrics={"sold": ["accuracy", "AUC"], "price": ["mae"]},
    )
    return model


def wide_and_deep_data():
    wide, deep = normal(5), normal(6, seed=1)
    return (wide, deep), (amount(wide), amount(deep))


def wide_and_deep():
    wide, deep = keras.Input((5,), name="wide"), keras.Input((6,), name="deep")
    hidden = layers.Dense(12, activation="relu")(deep)
    hidden = layers.Dense(12, activation="relu")(hidden)
    main = layers.Dense(1, name="main")(layers.concatenate([wide, hidden]))
    side = layers.Dense(1, name="side")(hidden)
    model = keras.Model([wide, deep], [main, side])
    model.compile(loss=("mse", "mse"), loss_weights=(0.9, 0.1), optimizer="sgd", metrics=["mae", "mae"])
    return model


def batch_norm_dropout():
    inputs = keras.Input((8,))
    hidden = inputs
    for units in (16, 8):
        hidden = layers.Dense(units, use_bias=False, kernel_initializer="he_normal")(hidden)
        hidden = layers.BatchNormalization(momentum=0.8)(hidden)
        hidden = layers.Activation("relu")(hidden)
        hidden = layers.Dropout(0.25, seed=units)(hidden)
    model = keras.Model(inputs, {"sold": layers.Dense(1, name="sold")(hidden), "price": layers.Dense(1, name="price")(hidden)})
    loss = {"sold": keras.losses.BinaryCrossentropy(from_logits=True), "price": keras.losses.Huber(delta=0.7)}
    model.compile(keras.optimizers.RMSprop(3e-3), loss, loss_weights={"sold": 1.0, "price": 0.5})
    return model


def dropout_without_seed():
    inputs = keras.Input((8,))
    hidden = layers.Dropout(0.3)(layers.Dense(16, activation="relu")(inputs))
    model = keras.Model(inputs, [layers.Dense(1, name="sold")(hidden), layers.Dense(1, name="price")(hidden)])
    model.compile("adam", [keras.losses.BinaryCrossentropy(from_logits=True), "mae"], loss_weights=[1.0, 0.2])
    return model


def columns_data():
    area, rooms = 120 + 40 * normal(1), np.abs(3 + normal(1, seed=2))
    x = {"area": area, "rooms": rooms}
    both = np.concatenate([area, rooms], axis=1)
    return x, {"price": amount(both), "kind": label(both)}


def adapted_normalization():
    x, _ = columns_data()
    inputs, scaled = {}, []
    for name, values in x.items():
        inputs[name] = keras.Input((1,), name=name)
        normalize = layers.Normalization()
        normalize.adapt(values)
        scaled.append(normalize(inputs[name]))
    hidden = layers.Dense(10, activation="tanh")(layers.Concatenate()(scaled))
    outputs = [layers.Dense(1, name="price")(hidden), layers.Dense(3, activation="softmax", name="kind")(hidden)]
    model = keras.Model(inputs, outputs)
    model.compile("adam", loss=["mae", "sparse_categorical_crossentropy"], loss_weights=[0.2, 1.0])
    return model


def census_data():
    age, hours = np.abs(40 + 12 * normal(1)), np.random.default_rng(4).integers(1, 60, (N, 1))
    x = {"age": age, "hours": hours, "work": choices("private", "public", "self", seed=1)}
    return x, {"income": yes(age), "married": yes(hours)}


def lookups_and_buckets():
    x, _ = census_data()
    age = keras.Input((1,), name="age")
    hours = keras.Input((1,), name="hours", dtype="int64")
    work = keras.Input((1,), name="work", dtype="string")
    buckets = layers.Discretization(num_bins=4, output_mode="one_hot")
    buckets.adapt(x["age"])
    whole = layers.IntegerLookup(output_mode="one_hot", max_tokens=20)
    whole.adapt(x["hours"])
    word = layers.StringLookup(vocabulary=["private", "public", "self"], output_mode="one_hot")
    hidden = layers.Concatenate()([buckets(age), whole(hours), word(work)])
    hidden = layers.Dense(8, activation="relu")(hidden)
    outputs = {name: layers.Dense(1, activation="sigmoid", name=name)(hidden) for name in ("income", "married")}
    model = keras.Model({"age": age, "hours": hours, "work": work}, outputs)
    model.compile("adam", loss="binary_crossentropy")
    return model


def scalar_strings_data():
    x = {"city": choices("oslo", "rome", "lima", seed=1), "plan": choices("free", "paid", seed=2), "spend": normal()}
    return x, [yes(x["spend"]), amount(x["spend"])]


def scalar_strings():
    city, plan = keras.Input((), name="city", dtype="string"), keras.Input((), name="plan", dtype="string")
    spend = keras.Input((), name="spend")
    parts = [ops.expand_dims(spend, -1)]
    for tensor, known in ((city, ["oslo", "rome", "lima"]), (plan, ["free", "paid"])):
        number = layers.StringLookup(vocabulary=known)(tensor)
        parts.append(layers.Embedding(len(known) + 1, 3)(number))
    hidden = layers.Dense(8, activation="relu")(layers.Concatenate()(parts))
    model = keras.Model([city, plan, spend], [layers.Dense(1, name="churn")(hidden), layers.Dense(1, name="value")(hidden)])
    churn = keras.losses.BinaryCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(1e-2), loss=[churn, "mse"], loss_weights=[1, 0.1])
    return model


def feature_space_model():
    x, _ = census_data()
    x = {"age": x["age"], "hours": x["hours"], "work": x["work"]}
    space = keras.utils.FeatureSpace(
        features={
            "age": keras.utils.FeatureSpace.float_normalized(),
            "hours": keras.utils.FeatureSpace.integer_hashed(num_bins=8),
            "work": keras.utils.FeatureSpace.string_categorical(num_oov_indices=1),
        },
        output_mode="concat",
    )
    space.adapt(tf.data.Dataset.from_tensor_slices(x))
    hidden = layers.Dense(8, activation="relu")(space.get_encoded_features())
    outputs = {name: layers.Dense(1, activation="sigmoid", name=name)(hidden) for name in ("income", "married")}
    model = keras.Model(space.get_inputs(), outputs)
    both = {"income": "binary_crossentropy", "married": "binary_crossentropy"}
    model.compile("adam", loss=both, loss_weights={"income": 1.0, "married": 0.5})
    return model


def quantile_data():
    x = normal(6)
    y = amount(x)
    return x, [y, y, y]


def pinball(quantile):
    def loss(y_true, y_pred):
        error = y_true - y_pred
        return ops.mean(ops.maximum(quantile * error, (quantile - 1) * error), axis=-1)

    return loss


def quantile_heads():
    inputs = keras.Input((6,))
    hidden = layers.Dense(12, activation="relu")(inputs)
    model = keras.Model(inputs, [layers.Dense(1, name=name)(hidden) for name in ("low", "median", "high")])
    model.compile(keras.optimizers.Adam(1e-2), loss=[pinball(0.1), pinball(0.5), pinball(0.9)])
    return model


def counts_data():
    x = normal(6)
    visits = np.random.default_rng(3).poisson(np.exp(0.5 * score(x))).astype("float32")
    return x, {"visits": visits[:, None], "spend": amount(x)}


def gaussian_nll(y_true, y_pred):
    mean, log_variance = y_pred[:, :1], y_pred[:, 1:]
    return ops.mean(0.5 * (log_variance + ops.square(y_true - mean) / ops.exp(log_variance)), axis=-1)


def poisson_and_likelihood():
    inputs = keras.Input((6,))
    hidden = layers.Dense(10, activation="softplus")(inputs)
    visits = layers.Dense(1, activation="exponential", name="visits")(hidden)
    spend = layers.Dense(2, name="spend")(hidden)
    model = keras.Model(inputs, {"visits": visits, "spend": spend})
    model.compile(
        "adam", loss={"visits": keras.losses.Poisson(), "spend": gaussian_nll}, loss_weights={"visits": 0.5, "spend": 1.0}
    )
    return model


def one_number():
    x = normal(8)
    return x, amount(x)[:, 0]


def single_output():
    model = keras.Sequential([keras.Input((8,)), layers.Dense(12, activation="relu"), layers.Dense(1, name="price")])
    model.compile(optimizer="rmsprop", loss="mse", metrics=["mae"])
    return model


def rare_class_data():
    x = normal(8)
    return x, (score(x) > 0.9).astype("int32")


def rare_class():
    model = keras.Sequential([layers.Dense(12, activation="relu"), layers.Dense(1, activation="sigmoid", name="fraud")])
    model.build((None, 8))
    model.compile("adam", "binary_crossentropy", metrics=[keras.metrics.Recall(), keras.metrics.Precision()])
    return model


def unnamed_data():
    x = normal(8)
    return x, [amount(x), one_hot(x)]


def outputs_without_names():
    inputs = keras.Input((8,))
    hidden = layers.Dense(10, activation="relu")(inputs)
    model = keras.Model(inputs, [layers.Dense(1)(hidden), layers.Dense(3, activation="softmax")(hidden)])
    model.compile("adam", ["mae", "categorical_crossentropy"], loss_weights=[0.5, 1.0])
    return model


def frame_data():
    x = normal(4)
    frame = pd.DataFrame(x, columns=["a", "b", "c", "d"])
    return frame, pd.DataFrame({"price": amount(x)[:, 0]})


def frame_as_it_is():
    inputs = keras.Input((4,))
    hidden = layers.Dense(8, activation="relu")(inputs)
    model = keras.Model(inputs, layers.Dense(1, name="price")(hidden))
    model.compile("adam", "mse")
    return model


def frame_columns_data():
    x = normal(3)
    frame = pd.DataFrame({"age": x[:, 0], "rooms": x[:, 1], "kind": choices("flat", "house", seed=3), "unused": x[:, 2]})
    columns = {name: np.array(values, object if name == "kind" else "float32") for name, values in frame.items()}
    return columns, {"price": pd.Series(amount(x)[:, 0]), "sold": pd.Series(yes(x)[:, 0])}


def frame_columns():
    age, rooms = keras.Input((1,), name="age"), keras.Input((1,), name="rooms")
    kind = keras.Input((1,), name="kind", dtype="string")
    number = layers.StringLookup(vocabulary=["flat", "house"], output_mode="one_hot")(kind)
    hidden = layers.Dense(8, activation="relu")(layers.Concatenate()([age, rooms, number]))
    price, sold = layers.Dense(1, name="price")(hidden), layers.Dense(1, activation="sigmoid", name="sold")(hidden)
    model = keras.Model({"age": age, "rooms": rooms, "kind": kind}, {"price": price, "sold": sold})
    model.compile("adam", {"price": "mse", "sold": "binary_crossentropy"}, loss_weights={"price": 0.1, "sold": 1.0})
    return model


def labels_data():
    x = normal(8)
    topics = (normal(4, seed=5) + x[:, :4] > 0.5).astype("int32")
    return x, {"topics": topics, "length": amount(x)}


def multi_label():
    inputs = keras.Input((8,))
    hidden = layers.Dense(12, activation="relu")(inputs)
    topics = layers.Dense(4, activation="sigmoid", name="topics")(hidden)
    model = keras.Model(inputs, {"topics": topics, "length": layers.Dense(1, name="length")(hidden)})
    metrics = {"topics": [keras.metrics.AUC(multi_label=True, num_labels=4)]}
    model.compile(
        "adam", {"topics": "binary_crossentropy", "length": "mae"}, metrics=metrics, loss_weights={"topics": 1.0, "length": 0.2}
    )
    return model


def multi_label_mistaken_for_logits():
    inputs = keras.Input((8,))
    hidden = layers.Dense(12, activation="relu")(inputs)
    topics = layers.Dense(4, activation="sigmoid", name="topics")(hidden)
    model = keras.Model(inputs, {"topics": topics, "length": layers.Dense(1, name="length")(hidden)})
    model.compile("adam", {"topics": keras.losses.BinaryCrossentropy(from_logits=True), "length": "mae"})
    return model


def regularized():
    inputs = keras.Input((8,))
    rules = keras.regularizers
    hidden = layers.Dense(12, activation="relu", kernel_regularizer=rules.L1L2(1e-3, 1e-2), bias_constraint="non_neg")(inputs)
    hidden = layers.Dense(6, kernel_regularizer="l2", activity_regularizer=rules.L2(1e-2), kernel_constraint="max_norm")(hidden)
    model = keras.Model(inputs, {"sold": layers.Dense(1, name="sold")(hidden), "price": layers.Dense(1, name="price")(hidden)})
    sold = keras.losses.BinaryCrossentropy(from_logits=True, label_smoothing=0.1)
    model.compile(
        keras.optimizers.Adagrad(0.05), {"sold": sold, "price": "mean_squared_error"}, loss_weights={"sold": 1.0, "price": 0.5}
    )
    return model


def fixed_batch():
    inputs = keras.Input(batch_shape=(32, 8))
    hidden = layers.Dense(12, activation="relu")(inputs)
    model = keras.Model(inputs, {"sold": layers.Dense(1, name="sold")(hidden), "price": layers.Dense(1, name="price")(hidden)})
    model.compile("adam", {"sold": keras.losses.BinaryCrossentropy(from_logits=True), "price": "mse"})
    return model


ROW_WEIGHTS = np.where(score(normal(8)) > 0, 3.0, 0.5).astype("float32")
