"""Weighting policies under `Model.fit`: a model whose training step asks the policy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from search_spaces import Candidate
from tuner.engines._losses import live_loss
from tuner.engines._policy_gradients import weighted
from tuner.policies import POLICIES, State, Step


class PolicyModel(keras.Model):  # type: ignore[misc]
    """A functional model over the layers of another one, trained with the weights that a policy sets; made by `with_policy`."""

    def prepare(self, candidate: Candidate, outputs: tuple[str, ...], seed: int) -> None:
        """Sets up the policy that the training step asks.

        Args:
            candidate: Names the policy, the losses and the learning rate.
            outputs: Names of the outputs, in the order of the targets.
            seed: Seed of the policy's random numbers.
        """
        self._weighting = _Weighting(candidate, outputs, seed)  # held in one object, so that Keras takes none of it for a weight

    def train_step(self, data: Any) -> dict[str, Any]:
        """One batch."""
        weighting, variables = self._weighting, [variable.value for variable in self.trainable_variables]
        start = [tf.identity(variable.value) for variable in self.non_trainable_variables]
        with tf.GradientTape(persistent=True) as tape:
            losses = self._each_loss(data)
            penalties = [tf.reduce_sum(penalty) for penalty in self.losses]
        moved = [tf.identity(variable.value) for variable in self.non_trainable_variables]

        def gradient(weights: Any) -> list[Any]:
            sources, upstream = [*losses, *penalties], [*tf.unstack(weights), *map(tf.ones_like, penalties)]
            scaled = list(map(self.optimizer.scale_loss, upstream))  # as Keras scales losses of half precision
            return list(tape.gradient(sources, variables, output_gradients=scaled))

        def apart(at: int) -> list[Any]:
            return list(tape.gradient(losses[at], variables))

        step = Step(tf.stack(losses), tf.constant(weighting.rate, losses[0].dtype), weighting.numbers.value())
        gradients, state = weighted(weighting.policy, step, weighting.state(), gradient, apart)
        self.optimizer.apply(gradients, self.trainable_variables)
        if weighting.policy.learns_after_step:
            self._set(start)  # the same dropout as before the step, and no batch counted twice
            state = weighting.policy.learn(tf.stack(self._each_loss(data)), state)
            self._set(moved)
        weighting.keep(state)
        weighting.count(tf.stack(losses))
        return {"loss": tf.add_n(losses), **{f"{name}_loss": loss for name, loss in zip(weighting.trained, losses, strict=True)}}

    def _each_loss(self, data: Any) -> list[Any]:
        x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
        weighting, kind = self._weighting, keras.config.floatx()
        outputs = self(x, training=True)
        keyed = isinstance(outputs, Mapping)
        targets, predictions = weighting.of_trained(y, keyed), weighting.of_trained(outputs, keyed)
        weights = [None] if sample_weight is None else weighting.of_trained(sample_weight, keyed)
        weights = weights * len(targets) if len(weights) < len(targets) else weights  # one for all outputs
        return [
            tf.cast(loss(target, prediction, sample_weight=weight), kind)
            for loss, target, prediction, weight in zip(weighting.losses, targets, predictions, weights, strict=True)
        ]

    def _set(self, values: list[Any]) -> None:
        for variable, value in zip(self.non_trainable_variables, values, strict=True):
            variable.assign(value)


class PolicyEpochs(keras.callbacks.Callback):  # type: ignore[misc]
    """Gives a `PolicyModel` its random numbers, and its policy the mean losses of each epoch."""

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Begins the random numbers of an epoch."""
        self.model._weighting.begin_epoch(epoch)

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Draws those of a step."""
        self.model._weighting.draw()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Hands over the mean losses."""
        self.model._weighting.end_epoch()


def with_policy(model: keras.Model, candidate: Candidate, outputs: tuple[str, ...], seed: int) -> PolicyModel:
    """The same model, trained by the candidate's policy.

    Args:
        model: A functional or sequential model; its layers are shared.
        candidate: Names the policy.
        outputs: Names of the outputs, in the order of the targets.
        seed: Seed of the policy's random numbers.
    """
    policy_model = PolicyModel(inputs=model.input, outputs=model.output, name=model.name)
    policy_model.prepare(candidate, outputs, seed)
    return policy_model


class _Weighting:
    """The policy of one trial and its state, in variables that are no weights of the model."""

    def __init__(self, candidate: Candidate, outputs: tuple[str, ...], seed: int) -> None:
        kind, number = keras.config.floatx(), len(candidate.losses)
        self.policy, self.rate, self._seed = POLICIES[candidate.policy](), candidate.learning_rate, seed
        self.outputs, self.trained = outputs, [output for output in outputs if output in candidate.losses]
        self.losses = [live_loss(candidate.losses[output]) for output in self.trained]
        self.numbers = tf.Variable(tf.zeros((number, number), kind))
        self._state = {name: tf.Variable(tf.constant(value, kind)) for name, value in self.policy.initial(number).items()}
        self._sums, self._steps = tf.Variable(tf.zeros(number, kind)), tf.Variable(tf.zeros((), kind))
        self.begin_epoch(0)

    def of_trained(self, structure: Any, keyed: bool) -> list[Any]:
        """What belongs to the trained outputs, of a structure that may leave out the others; one value for all as it is.

        Keras pairs a list with the sorted keys of outputs that are a dictionary.
        """
        if isinstance(structure, Mapping):
            return [structure[output] for output in self.trained]
        values = list(structure) if isinstance(structure, list | tuple) else [structure]
        names = self.outputs if len(values) == len(self.outputs) else self.trained
        if len(values) < len(names):
            return values
        by_name = dict(zip(sorted(names) if keyed else names, values, strict=True))
        return [by_name[output] for output in self.trained]

    def begin_epoch(self, epoch: int) -> None:
        self._random = np.random.default_rng([self._seed, epoch, 1])
        self._sums.assign(tf.zeros_like(self._sums))
        self._steps.assign(0)

    def draw(self) -> None:
        self.numbers.assign(self._random.standard_normal(self.numbers.shape).astype(keras.config.floatx()))

    def count(self, losses: Any) -> None:
        self._sums.assign_add(losses)
        self._steps.assign_add(1)

    def end_epoch(self) -> None:
        self.keep(self.policy.end_epoch(self._sums / self._steps, self.state()))

    def state(self) -> dict[str, Any]:
        return {name: variable.value() for name, variable in self._state.items()}

    def keep(self, state: State) -> None:
        for name, value in state.items():
            self._state[name].assign(value)
