"""Models of images."""

from __future__ import annotations

import keras
import numpy as np
from keras import layers, ops

from tests.test_models._data import N, amount, images, label, normal, one_hot, yes


def digits_data():
    x = images()
    return x, [label(x, 4), label(x, 4, column=9)]


def two_digits():
    inputs = keras.Input((8, 8, 1))
    hidden = layers.Conv2D(6, 3, activation="relu")(inputs)
    hidden = layers.MaxPooling2D()(hidden)
    hidden = layers.Dense(12, activation="relu")(layers.Flatten()(hidden))
    outputs = [layers.Dense(4, activation="softmax", name=name)(hidden) for name in ("left", "right")]
    model = keras.Model(inputs, outputs)
    model.compile("adam", loss="sparse_categorical_crossentropy", metrics=["accuracy", "accuracy"])
    return model


def boxes_data():
    x = images(channels=3)
    corner, size = np.abs(normal(2)) % 0.5, 0.1 + np.abs(normal(2, seed=1)) % 0.4
    return x, {"box": np.concatenate([corner, size], axis=1), "class": one_hot(x)}


class BoxLoss(keras.losses.Loss):
    """1 - IoU plus the distance of the sides; the constructor's argument is kept under another name."""

    def __init__(self, iou_weight=0.5, name="box_loss"):
        super().__init__(name=name)
        self.alpha = iou_weight

    def call(self, y_true, y_pred):
        overlap = ops.minimum(y_true[:, :2] + y_true[:, 2:], y_pred[:, :2] + y_pred[:, 2:]) - ops.maximum(
            y_true[:, :2], y_pred[:, :2]
        )
        common = ops.prod(ops.maximum(overlap, 0), axis=1)
        union = ops.prod(y_true[:, 2:], axis=1) + ops.prod(ops.abs(y_pred[:, 2:]), axis=1) - common
        return self.alpha * (1 - common / (union + 1e-6)) + ops.mean(ops.abs(y_true - y_pred), axis=1)


def detection():
    inputs = keras.Input((8, 8, 3))
    hidden = layers.Conv2D(6, 3, strides=2, activation="relu")(inputs)
    hidden = layers.Dense(12, activation="relu")(layers.Flatten()(hidden))
    box = layers.Dense(4, activation="sigmoid", name="box")(hidden)
    model = keras.Model(inputs, {"box": box, "class": layers.Dense(3, activation="softmax", name="class")(hidden)})
    model.compile(
        keras.optimizers.Adam(3e-3),
        loss={"box": BoxLoss(0.9), "class": "categorical_crossentropy"},
        loss_weights={"box": 2.0, "class": 1.0},
        metrics={"class": "accuracy"},
    )
    return model


def segmentation_data():
    x = images(channels=3)
    return x, {"mask": (x.mean(axis=-1) > 0.5).astype("int32"), "scene": label(x)}


def segmentation_and_scene():
    inputs = keras.Input((8, 8, 3))
    down = layers.Conv2D(6, 3, padding="same", activation="relu")(inputs)
    small = layers.Conv2D(8, 3, strides=2, padding="same", activation="relu")(down)
    up = layers.Conv2DTranspose(6, 3, strides=2, padding="same", activation="relu")(small)
    mask = layers.Conv2D(2, 1, activation="softmax", name="mask")(layers.Concatenate()([up, down]))
    scene = layers.Dense(3, name="scene")(layers.GlobalAveragePooling2D()(small))
    model = keras.Model(inputs, {"mask": mask, "scene": scene})
    model.compile(
        "adam",
        loss={"mask": "sparse_categorical_crossentropy", "scene": keras.losses.SparseCategoricalCrossentropy(from_logits=True)},
        loss_weights={"mask": 1.0, "scene": 0.5},
    )
    return model


def binary_mask_data():
    x = images()
    return x, {"mask": (x > 0.5).astype("float32"), "positive": yes(x)}


def dice(y_true, y_pred):
    y_true = ops.cast(y_true, y_pred.dtype)
    common = ops.sum(y_true * y_pred, axis=[1, 2, 3])
    return 1 - (2 * common + 1) / (ops.sum(y_true, axis=[1, 2, 3]) + ops.sum(y_pred, axis=[1, 2, 3]) + 1)


def dice_and_crossentropy(y_true, y_pred):
    return dice(y_true, y_pred) + ops.mean(keras.losses.binary_crossentropy(y_true, y_pred), axis=[1, 2])


def medical_mask():
    inputs = keras.Input((8, 8, 1))
    hidden = layers.Conv2D(6, 3, padding="same")(inputs)
    hidden = layers.LeakyReLU(0.1)(layers.GroupNormalization(2)(hidden))
    mask = layers.Conv2D(1, 1, activation="sigmoid", name="mask")(hidden)
    positive = layers.Dense(1, activation="sigmoid", name="positive")(layers.GlobalMaxPooling2D()(hidden))
    model = keras.Model(inputs, [mask, positive])
    model.compile("adam", loss=[dice_and_crossentropy, "binary_crossentropy"], loss_weights=[1.0, 0.3])
    return model


def faces_data():
    x = images(channels=3)
    return x, {"age": amount(x), "gender": yes(x)}


def _conv_base():
    inputs = keras.Input((None, None, 3))
    hidden = layers.Conv2D(6, 3, use_bias=False, name="conv_1")(inputs)
    hidden = layers.ReLU()(layers.BatchNormalization(name="norm_1")(hidden))
    hidden = layers.Conv2D(8, 3, name="conv_2")(hidden)
    hidden = layers.ReLU()(layers.BatchNormalization(name="norm_2")(hidden))
    return keras.Model(inputs, hidden, name="base")


def frozen_backbone():
    base = _conv_base()
    base.trainable = False
    inputs = keras.Input((8, 8, 3))
    features = base(layers.Rescaling(2.0, offset=-1.0)(inputs), training=False)
    features = layers.GlobalAveragePooling2D()(features)
    model = keras.Model(
        inputs, [layers.Dense(1, name="age")(features), layers.Dense(1, activation="sigmoid", name="gender")(features)]
    )
    model.compile(keras.optimizers.Adam(1e-2), loss=["mae", "binary_crossentropy"], loss_weights=[0.1, 1.0])
    return model


def partly_frozen():
    base = _conv_base()
    for layer in base.layers[:4]:
        layer.trainable = False
    inputs = keras.Input((8, 8, 3))
    features = layers.GlobalAveragePooling2D()(base(inputs))
    model = keras.Model(
        inputs, [layers.Dense(1, name="age")(features), layers.Dense(1, activation="sigmoid", name="gender")(features)]
    )
    model.compile(
        keras.optimizers.Adam(1e-3),
        loss={"age": "mse", "gender": "binary_crossentropy"},
        loss_weights={"age": 0.05, "gender": 1.0},
    )
    return model


def thawed_after_compile():
    """Frozen before compile for a first round; thawed and compiled again with a small rate, as guides on fine-tuning do."""
    base = _conv_base()
    base.trainable = False
    inputs = keras.Input((8, 8, 3))
    features = layers.GlobalAveragePooling2D()(base(inputs, training=False))
    model = keras.Model(
        inputs, [layers.Dense(1, name="age")(features), layers.Dense(1, activation="sigmoid", name="gender")(features)]
    )
    model.compile("adam", loss=["mae", "binary_crossentropy"])
    base.trainable = True
    base.get_layer("conv_1").trainable = False
    model.compile(keras.optimizers.Adam(1e-4), loss=["mae", "binary_crossentropy"], loss_weights=[0.1, 1.0])
    return model


def mobile_net_data():
    x = images(32, 3) * 255
    return x, {"age": amount(x), "gender": yes(x)}


def mobile_net():
    base = keras.applications.MobileNetV2((32, 32, 3), alpha=0.35, include_top=False, weights=None, pooling="avg")
    base.trainable = False
    inputs = keras.Input((32, 32, 3))
    features = base(keras.applications.mobilenet_v2.preprocess_input(inputs), training=False)
    model = keras.Model(
        inputs, {"age": layers.Dense(1, name="age")(features), "gender": layers.Dense(1, name="gender")(features)}
    )
    gender = keras.losses.BinaryCrossentropy(from_logits=True)
    model.compile("adam", {"age": "mae", "gender": gender}, loss_weights={"age": 0.1, "gender": 1.0})
    return model


def augmentation():
    inputs = keras.Input((8, 8, 3))
    augment = keras.Sequential([layers.RandomFlip("horizontal", seed=1), layers.RandomTranslation(0.2, 0.2, seed=2)])
    hidden = layers.Conv2D(6, 3, activation="relu")(augment(inputs))
    hidden = layers.GlobalAveragePooling2D()(hidden)
    model = keras.Model(
        inputs, [layers.Dense(1, name="age")(hidden), layers.Dense(1, activation="sigmoid", name="gender")(hidden)]
    )
    model.compile("adam", ["mae", "binary_crossentropy"], loss_weights=[0.1, 1.0])
    return model


def bytes_data():
    x = (images(channels=3) * 255).astype("uint8")
    return x, {"age": amount(x), "gender": yes(x)}


def bytes_rescaled():
    inputs = keras.Input((8, 8, 3), dtype="uint8")
    hidden = layers.Rescaling(1 / 255)(inputs)
    hidden = layers.SeparableConv2D(6, 3, activation="relu")(hidden)
    hidden = layers.DepthwiseConv2D(3, activation="relu")(hidden)
    hidden = layers.Flatten()(hidden)
    model = keras.Model(inputs, {"age": layers.Dense(1, name="age")(hidden), "gender": layers.Dense(1, name="gender")(hidden)})
    model.compile("sgd", {"age": "huber", "gender": keras.losses.BinaryCrossentropy(from_logits=True)})
    return model


def spectral_data():
    x = images()
    return x, {"real": yes(x), "class": label(x)}


def spectral_normalization():
    inputs = keras.Input((8, 8, 1))
    hidden = layers.SpectralNormalization(layers.Conv2D(6, 3, strides=2, padding="same"))(inputs)
    hidden = layers.Flatten()(layers.LeakyReLU(negative_slope=0.2)(hidden))
    hidden = layers.SpectralNormalization(layers.Dense(8))(hidden)
    real = layers.Dense(1, activation="sigmoid", name="real")(hidden)
    model = keras.Model(inputs, {"real": real, "class": layers.Dense(3, activation="softmax", name="class")(hidden)})
    optimizer = keras.optimizers.Adam(2e-3, beta_1=0.5)
    model.compile(optimizer, {"real": "binary_crossentropy", "class": "sparse_categorical_crossentropy"})
    return model


def grey_data():
    x = images(6)
    return x[..., 0], {"even": yes(x), "digit": label(x, 4), "row": np.arange(N)[:, None] % 3}


def three_heads_without_channel():
    inputs = keras.Input((6, 6))
    hidden = layers.Conv2D(4, 3, activation="relu")(layers.Reshape((6, 6, 1))(inputs))
    hidden = layers.Flatten()(hidden)
    even = layers.Dense(1, activation="sigmoid", name="even")(hidden)
    digit = layers.Dense(4, activation="softmax", name="digit")(hidden)
    row = layers.Dense(3, activation="softmax", name="row")(hidden)
    model = keras.Model(inputs, [even, digit, row])
    sparse = "sparse_categorical_crossentropy"
    model.compile(
        "adam",
        {"row": sparse, "even": "binary_crossentropy", "digit": sparse},
        loss_weights={"even": 2.0, "digit": 1.0, "row": 0.5},
    )
    return model


def last_convolution_shown():
    """As Grad-CAM needs it: the feature maps are an output without a loss."""
    inputs = keras.Input((8, 8, 3))
    maps = layers.Conv2D(4, 3, activation="relu", name="last_conv")(inputs)
    pooled = layers.GlobalAveragePooling2D()(maps)
    model = keras.Model(
        inputs,
        {"age": layers.Dense(1)(pooled), "gender": layers.Dense(1, activation="sigmoid")(pooled), "maps": maps},
    )
    model.compile(
        keras.optimizers.Adam(1e-2), {"age": "mae", "gender": "binary_crossentropy"}, loss_weights={"age": 0.1, "gender": 1.0}
    )
    return model
