"""Models of text and of other sequences."""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

from tests.test_models._data import WORDS, N, amount, label, normal, one_hot, texts, words, yes


def tickets_data():
    x = {"title": words(6), "body": words(10, seed=1), "tags": (normal(5) > 0.5).astype("float32")}
    return x, {"priority": yes(x["tags"]), "department": one_hot(x["title"])}


def ticket_triage():
    title, body = keras.Input((None,), name="title"), keras.Input((None,), name="body")
    tags = keras.Input((5,), name="tags")
    title_features = layers.LSTM(8)(layers.Embedding(WORDS, 6)(title))
    body_features = layers.LSTM(4)(layers.Embedding(WORDS, 6)(body))
    features = layers.concatenate([title_features, body_features, tags])
    priority = layers.Dense(1, name="priority")(features)
    department = layers.Dense(3, name="department")(features)
    model = keras.Model([title, body, tags], {"priority": priority, "department": department})
    model.compile(
        optimizer=keras.optimizers.RMSprop(1e-3),
        loss={
            "priority": keras.losses.BinaryCrossentropy(from_logits=True),
            "department": keras.losses.CategoricalCrossentropy(from_logits=True),
        },
        loss_weights={"priority": 1.0, "department": 0.2},
    )
    return model


def posts_data():
    x = words(24)
    return x, {"age": 30 + 10 * amount(x), "income": one_hot(x, 4), "gender": yes(x)}


def age_income_gender():
    posts = keras.Input((None,), dtype="int32", name="posts")
    hidden = layers.Embedding(WORDS, 8)(posts)
    hidden = layers.Conv1D(8, 5, activation="relu")(hidden)
    hidden = layers.MaxPooling1D(2)(hidden)
    hidden = layers.Conv1D(8, 3, activation="relu")(hidden)
    hidden = layers.GlobalMaxPooling1D()(hidden)
    hidden = layers.Dense(8, activation="relu")(hidden)
    age = layers.Dense(1, name="age")(hidden)
    income = layers.Dense(4, activation="softmax", name="income")(hidden)
    gender = layers.Dense(1, activation="sigmoid", name="gender")(hidden)
    model = keras.Model(posts, [age, income, gender])
    model.compile(
        optimizer="rmsprop", loss=["mse", "categorical_crossentropy", "binary_crossentropy"], loss_weights=[0.25, 1.0, 10.0]
    )
    return model


def raw_text_data():
    x = tf.constant(texts()[:, None])
    return x, {"spam": yes(words(4)), "topic": label(words(4))}


def text_vectorization():
    text = keras.Input((1,), dtype="string")
    vectorize = layers.TextVectorization(max_tokens=20, output_sequence_length=6)
    vectorize.adapt(texts())
    hidden = layers.GlobalAveragePooling1D()(layers.Embedding(20, 6)(vectorize(text)))
    model = keras.Model(
        text, {"spam": layers.Dense(1, activation="sigmoid", name="spam")(hidden), "topic": layers.Dense(3, name="topic")(hidden)}
    )
    topic = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", {"spam": "bce", "topic": topic}, loss_weights={"spam": 1.0, "topic": 2.0})
    return model


def bag_of_words_data():
    return texts(), {"spam": yes(words(4)), "topic": label(words(4))}


def bag_of_words():
    text = keras.Input((), dtype="string", name="text")
    vectorize = layers.TextVectorization(output_mode="tf_idf", ngrams=2, max_tokens=30)
    vectorize.adapt(texts())
    hidden = layers.Dense(8, activation="relu")(vectorize(text))
    model = keras.Model(
        text,
        [layers.Dense(1, activation="sigmoid", name="spam")(hidden), layers.Dense(3, activation="softmax", name="topic")(hidden)],
    )
    model.compile("adam", {"spam": "binary_crossentropy", "topic": "sparse_categorical_crossentropy"})
    return model


def tagging_data():
    x = words(8, padded=True)
    return x, {"tags": (x % 4).astype("int32"), "intent": label(x)}


def bidirectional_gru_with_mask():
    inputs = keras.Input((None,), dtype="int32")
    hidden = layers.Embedding(WORDS, 6, mask_zero=True)(inputs)
    hidden = layers.Bidirectional(layers.GRU(5, return_sequences=True, dropout=0.2, seed=1))(hidden)
    tags = layers.TimeDistributed(layers.Dense(4, activation="softmax"), name="tags")(hidden)
    intent = layers.Dense(3, activation="softmax", name="intent")(layers.LSTM(5)(hidden))
    model = keras.Model(inputs, {"tags": tags, "intent": intent})
    model.compile(
        "adam",
        loss=dict.fromkeys(("tags", "intent"), "sparse_categorical_crossentropy"),
        loss_weights={"tags": 1.0, "intent": 0.5},
    )
    return model


def padded_series_data():
    x = normal(7, 3)
    x[np.arange(7) >= np.random.default_rng(1).integers(2, 8, (N, 1))] = -10.0
    return x, [amount(x), yes(x)]


def masked_series():
    inputs = keras.Input((7, 3))
    hidden = layers.Masking(mask_value=-10.0)(inputs)
    hidden = layers.LSTM(6, return_sequences=True)(hidden)
    hidden = layers.LSTM(6)(hidden)
    model = keras.Model(
        inputs, [layers.Dense(1, name="days")(hidden), layers.Dense(1, activation="sigmoid", name="readmitted")(hidden)]
    )
    model.compile("adam", ["mae", "binary_crossentropy"], loss_weights=[0.1, 1.0], metrics=[["mse"], ["AUC"]])
    return model


class TransformerBlock(layers.Layer):
    def __init__(self, width, heads, rate=0.1):
        super().__init__()
        self.attention = layers.MultiHeadAttention(num_heads=heads, key_dim=width)
        self.feed = keras.Sequential([layers.Dense(2 * width, activation="relu"), layers.Dense(width)])
        self.first, self.second = layers.LayerNormalization(epsilon=1e-6), layers.LayerNormalization(epsilon=1e-6)
        self.drop = layers.Dropout(rate, seed=5)

    def call(self, inputs, training=None):
        attended = self.first(inputs + self.drop(self.attention(inputs, inputs), training=training))
        return self.second(attended + self.feed(attended))


class TokenAndPosition(layers.Layer):
    def __init__(self, steps, width):
        super().__init__()
        self.token, self.position = layers.Embedding(WORDS, width), layers.Embedding(steps, width)

    def call(self, inputs):
        return self.token(inputs) + self.position(ops.arange(ops.shape(inputs)[-1]))


def reviews_data():
    x = words(8)
    return x, {"stars": label(x, 5), "helpful": yes(x)}


def transformer_block():
    inputs = keras.Input((8,), dtype="int32")
    hidden = TransformerBlock(6, 2)(TokenAndPosition(8, 6)(inputs))
    hidden = layers.Dropout(0.1, seed=2)(layers.GlobalAveragePooling1D()(hidden))
    stars = layers.Dense(5, activation="softmax", name="stars")(hidden)
    model = keras.Model(inputs, {"stars": stars, "helpful": layers.Dense(1, activation="sigmoid", name="helpful")(hidden)})
    model.compile(
        "adam", {"stars": "sparse_categorical_crossentropy", "helpful": "binary_crossentropy"}, metrics={"stars": "accuracy"}
    )
    return model


def attention_pooling():
    inputs = keras.Input((8,), dtype="int32")
    hidden = layers.Embedding(WORDS, 6)(inputs)
    query = layers.Dense(6)(hidden[:, -1:, :])
    attended = layers.Attention()([query, hidden])
    hidden = layers.Concatenate()([layers.Flatten()(attended), ops.mean(hidden, axis=1)])
    stars = layers.Dense(5, name="stars")(hidden)
    model = keras.Model(inputs, {"stars": stars, "helpful": layers.Dense(1, name="helpful")(hidden)})
    losses = keras.losses
    loss = {
        "stars": losses.SparseCategoricalCrossentropy(from_logits=True),
        "helpful": losses.BinaryFocalCrossentropy(from_logits=True),
    }
    model.compile(keras.optimizers.Adam(3e-3), loss, loss_weights={"stars": 0.3, "helpful": 1.0})
    return model


def video_data():
    x = normal(4, 6)
    return x, {"action": label(x), "speed": amount(x)}


def time_distributed_nested():
    frame = keras.Input((6,))
    encoder = keras.Model(frame, layers.Dense(4, activation="relu")(layers.Dense(8, activation="relu")(frame)), name="encoder")
    video = keras.Input((4, 6))
    hidden = layers.GRU(6)(layers.TimeDistributed(encoder)(video))
    action = layers.Dense(3, activation="softmax", name="action")(hidden)
    model = keras.Model(video, [action, layers.Dense(1, name="speed")(hidden)])
    model.compile("adam", ["sparse_categorical_crossentropy", "mse"], loss_weights=[1.0, 0.1])
    return model


def series_data():
    x = normal(10, 2)
    return x, {"load": np.cumsum(x[:, :, 0], axis=1), "price": x[:, :, 1] ** 2}


def sequence_targets_without_last_axis():
    inputs = keras.Input((10, 2))
    hidden = layers.LSTM(8, return_sequences=True)(inputs)
    load = layers.TimeDistributed(layers.Dense(1), name="load")(hidden)
    model = keras.Model(inputs, {"load": load, "price": layers.Dense(1, name="price")(hidden)})
    model.compile(keras.optimizers.Adam(1e-2), {"load": "mse", "price": "mae"}, loss_weights={"load": 0.2, "price": 1.0})
    return model


def ignored_data():
    x = words(8)
    tags = (x % 4).astype("int32")
    tags[np.random.default_rng(1).uniform(size=tags.shape) < 0.3] = -1
    return x, {"tags": tags, "intent": label(x)}


def ignored_class():
    inputs = keras.Input((8,), dtype="int32")
    hidden = layers.Conv1D(8, 3, padding="same", activation="relu")(layers.Embedding(WORDS, 6)(inputs))
    tags = layers.Dense(4, name="tags")(hidden)
    intent = layers.Dense(3, name="intent")(layers.GlobalMaxPooling1D()(hidden))
    model = keras.Model(inputs, {"tags": tags, "intent": intent})
    sparse = keras.losses.SparseCategoricalCrossentropy
    model.compile("adam", {"tags": sparse(from_logits=True, ignore_class=-1), "intent": sparse(from_logits=True)})
    return model


def masked_crossentropy(y_true, y_pred):
    """Of the labels that are there; -1 is a missing label."""
    there = ops.cast(y_true >= 0, y_pred.dtype)
    loss = keras.losses.binary_crossentropy(y_true * there, y_pred * there + 0.5 * (1 - there))
    return ops.mean(loss * ops.squeeze(there, -1))


def missing_labels_data():
    x = normal(8)
    toxic, active = yes(x), yes(x, 4)
    toxic[::3], active[1::4] = -1, -1
    return x, {"toxic": toxic, "active": active}


def missing_labels():
    inputs = keras.Input((8,))
    hidden = layers.Dense(10, activation="relu")(inputs)
    outputs = {name: layers.Dense(1, activation="sigmoid", name=name)(hidden) for name in ("toxic", "active")}
    model = keras.Model(inputs, outputs)
    model.compile("adam", loss=masked_crossentropy)
    return model


def translation_data():
    source, target = words(6), words(5, seed=2)
    return [source, target], {"next": np.roll(target, -1, axis=1), "language": label(source)}


def encoder_decoder():
    source, target = keras.Input((None,), dtype="int32"), keras.Input((None,), dtype="int32")
    _, *state = layers.LSTM(6, return_state=True)(layers.Embedding(WORDS, 5)(source))
    decoded = layers.LSTM(6, return_sequences=True)(layers.Embedding(WORDS, 5)(target), initial_state=state)
    following = layers.Dense(WORDS, activation="softmax", name="next")(decoded)
    language = layers.Dense(3, activation="softmax", name="language")(state[0])
    model = keras.Model([source, target], {"next": following, "language": language})
    model.compile("rmsprop", "sparse_categorical_crossentropy")
    return model


def attention_shown():
    """The attention is an output too, to look at; it has no loss."""
    inputs = keras.Input((8,), dtype="int32")
    hidden = layers.Embedding(WORDS, 6)(inputs)
    attention = layers.Softmax(axis=1, name="attention")(layers.Dense(1)(layers.LSTM(6, return_sequences=True)(hidden)))
    pooled = ops.sum(attention * hidden, axis=1)
    outputs = {"stars": layers.Dense(5, activation="softmax")(pooled), "helpful": layers.Dense(1, activation="sigmoid")(pooled)}
    model = keras.Model(inputs, outputs | {"attention": attention, "word": ops.argmax(attention, axis=1)})
    model.compile("adam", {"stars": "sparse_categorical_crossentropy", "helpful": "binary_crossentropy"})
    return model


def letters_data():
    x = normal(12, 6)
    return x, {"text": words(4) % 5 + 1, "long": yes(x)}


def fewer_letters_than_steps():
    """As in reading handwriting: CTC finds out which step says which letter."""
    inputs = keras.Input((12, 6))
    steps = layers.Bidirectional(layers.GRU(4, return_sequences=True))(inputs)
    outputs = {"text": layers.Dense(7)(steps), "long": layers.Dense(1)(layers.GlobalAveragePooling1D()(steps))}
    model = keras.Model(inputs, outputs)
    losses = {"text": keras.losses.CTC(), "long": keras.losses.BinaryCrossentropy(from_logits=True)}
    model.compile(keras.optimizers.Adam(1e-2, clipnorm=1.0), losses, loss_weights={"text": 0.1, "long": 1.0})
    return model


def stateful_series_data():
    x = normal(6, 3)
    return x, {"load": amount(x), "peak": yes(x)}


def stateful_series():
    inputs = keras.Input(batch_shape=(32, 6, 3))
    state = layers.LSTM(4, stateful=True)(inputs)
    model = keras.Model(inputs, {"load": layers.Dense(1)(state), "peak": layers.Dense(1, activation="sigmoid")(state)})
    model.compile("rmsprop", {"load": "mse", "peak": "binary_crossentropy"})
    return model
