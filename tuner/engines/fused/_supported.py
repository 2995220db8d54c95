"""What the fused engine cannot train, in words; `fit` trains it."""

from __future__ import annotations

from collections.abc import Iterator

import keras
import tensorflow as tf

from search_spaces import Candidate, LossSpec, SearchSpace, compile_settings, held_variables
from tuner._memory import DATA_SHARE, available_bytes
from tuner.engines.fused._call_effects import call_effects
from tuner.engines.fused._stateless_optimizer import refusal
from tuner.inputs import Training, all_layers, own_loop, take_rows


def training_refusals(training: Training, model: keras.Model) -> list[str]:
    """Why no trial of this study can train in lanes; empty where they can."""
    return [*_backend(), *_callbacks(training), *_data(training), *_model(model)] or model_effects(training, model)


def model_effects(training: Training, model: keras.Model) -> list[str]:
    """What a traced program would lose of a call of the model, in clauses; empty where nothing is lost."""
    arrays = training.data.arrays
    assert arrays is not None
    return call_effects(model, take_rows(arrays, slice(0, training.batch_size)).x)


def space_refusals(space: SearchSpace) -> list[str]:
    """Why some candidates of the space cannot train in lanes."""
    losses = [loss for output_space in space.outputs.values() for loss in output_space.losses]
    return [reason for reason in (*map(refusal, space.optimizer), *map(_loss_refusal, losses)) if reason]


def candidate_refusal(candidate: Candidate, training: Training) -> str:
    """Why a candidate cannot train in lanes; empty where it can."""
    with_callbacks = _with_callbacks(candidate, training)
    reasons = (refusal(candidate.optimizer), *map(_loss_refusal, candidate.losses.values()), with_callbacks)
    return next((reason for reason in reasons if reason), "")


def _loss_refusal(loss: LossSpec) -> str:
    return f"the loss {loss.label} holds layers or variables" if loss.custom and held_variables(loss.live) else ""


def _backend() -> Iterator[str]:
    if keras.backend.backend() != "tensorflow":
        yield f"Keras runs on {keras.backend.backend()}, and the fused engine on TensorFlow"


def _callbacks(training: Training) -> Iterator[str]:
    callbacks = training.callbacks
    if callbacks is None:
        return
    if callbacks.need_model:
        yield f"callbacks that may use anything of a model run in fit alone ({', '.join(callbacks.need_model)})"
    if training.folds and any(name.startswith("val_") for name in training.logs_watched):
        yield "a callback watches the validation rows of a fold"
    losses = {"loss", *(f"{output}_loss" for output in training.outputs)}
    for name in [name for name in training.logs_watched if not name.startswith("val_") and name not in losses][:1]:
        yield f"a callback watches {name!r}, which is measured on training rows while they train"


def _with_callbacks(candidate: Candidate, training: Training) -> str:
    """Why a candidate cannot train in lanes with the callbacks; empty where it can."""
    if training.callbacks is None or not candidate.policy:
        return ""
    return "callbacks run in fit alone where a weighting policy trains"


def _data(training: Training) -> Iterator[str]:
    arrays = training.data.arrays
    if arrays is None:
        yield f"each trial reads the training data itself, as {training.data.unread}"
        return
    leaves = keras.tree.flatten([arrays.x, list(arrays.targets)])
    if any(leaf.dtype.kind not in "biuf" for leaf in leaves):
        yield "the training data hold text or objects"
    size, limit = sum(leaf.nbytes for leaf in leaves), DATA_SHARE * available_bytes()
    if size > limit:
        yield f"the training data take {size / 2**30:.1f} GiB, more than {DATA_SHARE:.0%} of the memory that is free"


def _model(model: keras.Model) -> Iterator[str]:
    if own_loop(model):
        yield f"the model has a {own_loop(model)} of its own"
    if compile_settings(model).get("run_eagerly"):
        yield "the model is compiled with run_eagerly=True"
    if not model.trainable_variables:
        yield "the model has nothing to train"
    policies = {getattr(layer.dtype_policy, "name", "") for layer in all_layers(model)}
    if "mixed_float16" in policies:
        yield "the model computes in mixed_float16, where Keras scales the loss by what it meets"
    if tf.distribute.has_strategy():
        yield "a tf.distribute strategy is active"
