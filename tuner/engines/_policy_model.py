"""Weighting policies under `Model.fit`: a model whose training step asks the policy."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from search_spaces import Candidate
from tuner.engines._losses import live_loss
from tuner.engines._policy_gradients import weighted
from tuner.inputs import in_output_order
from tuner.policies import POLICIES, State, Step


class PolicyModel(keras.Model):  # type: ignore[misc]
    """A functional model over the layers of another one, trained with the weights that a policy sets; made by `with_policy`."""

    def prepare(self, candidate: Candidate, outputs: tuple[str, ...], seed: int) -> None:
        """Sets what the training step needs.

        Args:
            candidate: Names the policy, the losses and the learning rate.
            outputs: Names of the outputs, in the order of the targets.
            seed: Of the policy's random numbers.
        """
        self._asked = _Asked(candidate, outputs, seed)  # held in one object, so that Keras takes none of it for a weight

    def train_step(self, data: Any) -> dict[str, Any]:
        """One batch."""
        asked, variables = self._asked, [variable.value for variable in self.trainable_variables]
        start = [tf.identity(variable.value) for variable in self.non_trainable_variables]
        with tf.GradientTape(persistent=True) as tape:
            losses = self._each_loss(data)
            penalties = [tf.reduce_sum(penalty) for penalty in self.losses]
        moved = [tf.identity(variable.value) for variable in self.non_trainable_variables]

        def gradient(weights: Any) -> list[Any]:
            sources, upstream = [*losses, *penalties], [*tf.unstack(weights), *map(tf.ones_like, penalties)]
            return list(tape.gradient(sources, variables, output_gradients=upstream))

        def apart(at: int) -> list[Any]:
            return list(tape.gradient(losses[at], variables))

        step = Step(tf.stack(losses), tf.constant(asked.rate, losses[0].dtype), asked.numbers.value())
        found, state = weighted(asked.policy, step, asked.state(), gradient, apart)
        self.optimizer.apply(found, self.trainable_variables)
        if asked.policy.learns_after_step:
            self._set(start)  # the same dropout as before the step, and no batch counted twice
            state = asked.policy.learn(tf.stack(self._each_loss(data)), state)
            self._set(moved)
        asked.keep(state)
        asked.count(tf.stack(losses))
        return {"loss": tf.add_n(losses), **{f"{name}_loss": loss for name, loss in zip(asked.outputs, losses, strict=True)}}

    def _each_loss(self, data: Any) -> list[Any]:
        x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
        outputs, kind = self._asked.outputs, keras.config.floatx()
        targets, predictions = in_output_order(y, outputs), in_output_order(self(x, training=True), outputs)
        weights = [None] if sample_weight is None else in_output_order(sample_weight, outputs)
        weights = weights * len(targets) if len(weights) < len(targets) else weights  # one for all outputs
        return [
            tf.cast(loss(target, prediction, sample_weight=weight), kind)
            for loss, target, prediction, weight in zip(self._asked.losses, targets, predictions, weights, strict=True)
        ]

    def _set(self, values: list[Any]) -> None:
        for variable, value in zip(self.non_trainable_variables, values, strict=True):
            variable.assign(value)


class PolicyEpochs(keras.callbacks.Callback):  # type: ignore[misc]
    """Gives a `PolicyModel` its random numbers, and its policy the mean losses of each epoch."""

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Begins the random numbers of an epoch."""
        self.model._asked.begin_epoch(epoch)

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Draws those of a step."""
        self.model._asked.draw()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Hands over the mean losses."""
        self.model._asked.end_epoch()


def with_policy(model: keras.Model, candidate: Candidate, outputs: tuple[str, ...], seed: int) -> PolicyModel:
    """The same model, trained by the candidate's policy.

    Args:
        model: Functional or sequential; its layers are shared.
        candidate: Names the policy.
        outputs: Names of the outputs, in the order of the targets.
        seed: Of the policy's random numbers.
    """
    made = PolicyModel(inputs=model.input, outputs=model.output, name=model.name)
    made.prepare(candidate, outputs, seed)
    return made


class _Asked:
    """The policy of one trial and what it keeps, in variables that are no weights of the model."""

    def __init__(self, candidate: Candidate, outputs: tuple[str, ...], seed: int) -> None:
        kind, number = keras.config.floatx(), len(outputs)
        self.policy, self.outputs, self.rate, self._seed = POLICIES[candidate.policy](), outputs, candidate.learning_rate, seed
        self.losses = [live_loss(candidate.losses[output]) for output in outputs]
        self.numbers = tf.Variable(tf.zeros((number, number), kind))
        kept = self.policy.initial(number)
        self._kept = {name: tf.Variable(tf.constant(value, kind)) for name, value in kept.items()}
        self._sums, self._steps = tf.Variable(tf.zeros(number, kind)), tf.Variable(tf.zeros((), kind))
        self.begin_epoch(0)

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
        return {name: variable.value() for name, variable in self._kept.items()}

    def keep(self, state: State) -> None:
        for name, value in state.items():
            self._kept[name].assign(value)
