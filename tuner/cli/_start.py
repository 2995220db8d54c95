"""What `init` writes: a study file and a model that run as they are."""

from __future__ import annotations

STUDY = """\
# A study of loss-weight-tuner. Run it with: loss-weight-tuner run {file}

[study]
name = "{name}"
directory = "studies"          # each study has a folder of its own in here
seed = 0

[model]
build = "{build}"              # "module:function" or "file.py:function"; returns a (compiled) keras.Model

[data]
load = "{load}"                # returns a mapping with x, y and validation_data

[search]
epochs = {epochs}
batch_size = {batch_size}
n_trials = {n_trials}                  # chosen by the sampler; baselines come on top
# timeout = "10m"              # no further trial is started after this
# validation_split = 0.2       # the last rows, where load returns no validation_data
# cv = 5                       # in its place: each trial trains a model on each of 5 folds
# callbacks = "model.py:callbacks"  # a function that returns a list of Keras callbacks, for each trial new ones
# epoch = "best"               # a trial's values are those of its best epoch, by
# monitor = "val_loss"         # an objective, or what fit logs

# The training weighs each row by its class.
# [search.class_weight]
# department = {{0 = 1.0, 3 = 4.0}}

# Again with other seeds: is it a gain, or seed noise? Three choose, the others judge. On test_data, where load returns any.
# [confirm]
# top = 5
# seeds = 12

# Adaptive weighting policies, each with its own learning rate tuned; all of them where policies is left out.
# [policies]
# policies = ["dwa", "uncertainty", "famo"]
# trials = 10

# Left out, one objective per output is chosen by its loss.
# [[objectives]]
# output = "priority"
# metric = "auc"
# direction = "max"

# Left out, the space is made around what the model was compiled with: its losses, weights from 1/50 to 50 times and the
# learning rate from 1/10 to 10 times its own.
# [space]
# learning_rate = [1e-4, 1e-2]
# optimizer = ["rmsprop", "adam"]
# [space.outputs]
# priority = [{{class_name = "BinaryCrossentropy", config = {{from_logits = true}}}}]
# department = [{{class_name = "CategoricalCrossentropy", config = {{from_logits = true}}}}]
# [space.weights]
# kind = "relative"            # or "independent", "simplex"
# reference = "priority"
# low = 0.05
# high = 20.0
"""

MODEL = '''\
"""A model with two outputs on made-up data: replace both functions by your own."""

import keras
import numpy as np


def build():
    """Returns a new compiled model; what it is compiled with becomes the baseline `current`."""
    inputs = keras.Input((8,))
    hidden = keras.layers.Dense(16, activation="relu")(inputs)
    outputs = {"priority": keras.layers.Dense(1, name="priority")(hidden),
               "department": keras.layers.Dense(3, name="department")(hidden)}
    model = keras.Model(inputs, outputs)
    model.compile(optimizer=keras.optimizers.RMSprop(1e-3),
                  loss={"priority": keras.losses.BinaryCrossentropy(from_logits=True),
                        "department": keras.losses.CategoricalCrossentropy(from_logits=True)},
                  loss_weights={"priority": 1.0, "department": 0.2})
    return model


def load():
    """Returns what Model.fit takes."""
    random = np.random.default_rng(0)
    x = random.normal(size=(1200, 8)).astype("float32")
    noisy = x + 0.5 * random.normal(size=x.shape)
    y = {"priority": (noisy[:, :1] > 0).astype("float32"),
         "department": np.eye(3, dtype="float32")[np.digitize(noisy[:, 1], [-0.5, 0.5])]}
    train, held_out = slice(0, 900), slice(900, None)
    return {"x": x[train], "y": {k: v[train] for k, v in y.items()},
            "validation_data": (x[held_out], {k: v[held_out] for k, v in y.items()})}
'''
