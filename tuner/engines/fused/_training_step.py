"""One step of one lane: what Keras's own `train_step` computes, as a pure function of tensors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import keras
import tensorflow as tf

from search_spaces import LossSpec
from tuner._keras_internals import logits_behind
from tuner.engines._losses import live_loss
from tuner.engines._policy_gradients import weighted
from tuner.engines.fused._stateless_optimizer import StatelessOptimizer
from tuner.inputs import by_output_name, stateless_call
from tuner.policies import Policy, State, Step

_HALF = (tf.bfloat16, tf.float16)


class LaneState(NamedTuple):
    """The values of one lane that training changes.

    Attributes:
        trainable: Values of the trainable variables.
        other: Values of the other variables: batch statistics, random states.
        slots: Values of the optimizer's variables.
        policy: State of the weighting policy, by name; empty where the weights are fixed.
    """

    trainable: list[Any]
    other: list[Any]
    slots: list[Any]
    policy: State


class LaneSettings(NamedTuple):
    """The choices of one trial, as scalars and short vectors.

    Attributes:
        rate: Learning rate.
        runtime_settings: Runtime settings of the optimizer, by name.
        weights: One loss weight per trained output, shape (outputs,).
        choices: Number of the chosen loss of each trained output, shape (outputs,), int32.
    """

    rate: Any
    runtime_settings: dict[str, Any]
    weights: Any
    choices: Any


class Batch(NamedTuple):
    """The rows of one step.

    Attributes:
        x: The inputs, in the structure that the model takes.
        targets: One tensor per trained output.
        sample_weights: One tensor of shape (rows,) for each of those that have sample weights.
    """

    x: Any
    targets: list[Any]
    sample_weights: list[Any]


class TrainingStep:
    """One step of training: predictions, losses, gradients, and the optimizer's update.

    Args:
        model: A model; the values of its variables are never used.
        outputs: Names of the model's outputs, in order.
        losses: The losses that may be chosen, by trained output and in the order of the targets.
        optimizer: The optimizer, made for the model's trainable variables.
        weighted: Which trained outputs have sample weights.
        policy: The weighting policy that sets the weights at each step; None where they are fixed.
    """

    def __init__(
        self,
        model: keras.Model,
        outputs: Sequence[str],
        losses: Mapping[str, Sequence[LossSpec]],
        optimizer: StatelessOptimizer,
        weighted: Sequence[bool],
        policy: Policy | None = None,
    ) -> None:
        self.model, self.outputs, self.optimizer, self.policy = model, tuple(outputs), optimizer, policy
        self.trained = tuple(losses)
        self.losses = [[live_loss(spec) for spec in options] for options in losses.values()]
        self.weighted = tuple(weighted)

    def __call__(self, state: LaneState, chosen: LaneSettings, batch: Batch, random: Any = None) -> tuple[LaneState, Any]:
        """Trains on one batch.

        Args:
            state: The state before the step.
            chosen: The choices of the trial.
            batch: The rows to train on.
            random: Standard normal numbers for the policy, shape (outputs, outputs); None where the weights are fixed.

        Returns:
            The new state, and the chosen loss of each trained output followed by the sum of the layers' own losses: shape
            (outputs + 1,).
        """
        with tf.GradientTape(persistent=self.policy is not None) as tape:
            tape.watch(state.trainable)
            predictions, other, penalties = stateless_call(self.model, state.trainable, state.other, batch.x, training=True)
            predictions = self.of_trained(predictions)
            penalty = total_penalty(penalties)
        values, by_prediction = self._losses(batch, predictions, chosen)

        def gradient(weights: Any) -> list[Any]:
            """The gradient of the weighted sum of the outputs' losses, plus the layers' own losses."""
            targets = [part for prediction in predictions for part in _parts(prediction)]
            upstream = [part * tf.cast(weights[at], part.dtype) for at, parts in enumerate(by_prediction) for part in parts]
            if penalties:
                targets, upstream = [*targets, penalty], [*upstream, tf.ones_like(penalty)]
            return list(tape.gradient(targets, state.trainable, output_gradients=upstream))

        def apart(at: int) -> list[Any]:
            """The gradient of the loss of one output."""
            return list(tape.gradient(_parts(predictions[at]), state.trainable, output_gradients=by_prediction[at]))

        if self.policy is None:
            gradients, learned = gradient(chosen.weights), state.policy
        else:
            step = Step(tf.stack(values), chosen.rate, random)
            gradients, learned = weighted(self.policy, step, state.policy, gradient, apart)
        trainable, slots = self.optimizer.apply(state.slots, gradients, state.trainable, chosen.rate, chosen.runtime_settings)
        if self.policy is not None and self.policy.learns_after_step:
            after, *_ = stateless_call(self.model, trainable, state.other, batch.x, training=True)
            learned = self.policy.learn(tf.stack(self._losses(batch, self.of_trained(after), chosen)[0]), learned)
        losses = tf.stack([*values, tf.cast(penalty, values[0].dtype)])
        return LaneState(_tensors(trainable), _tensors(other), _tensors(slots), dict(learned)), losses

    def of_trained(self, predictions: Any) -> list[Any]:
        """The predictions of the trained outputs, as losses take them."""
        by_name = by_output_name(predictions, self.outputs)
        return _as_losses_take([by_name[output] for output in self.trained])

    def chosen_loss(self, at: int, choice: Any, target: Any, prediction: Any, sample_weight: Any) -> Any:
        """The value of the chosen loss of one trained output, a scalar.

        Args:
            at: Which of the trained outputs.
            choice: Number of the chosen loss, a scalar.
            target: Its targets.
            prediction: As `of_trained` gives it.
            sample_weight: Weights of the rows, or None.
        """
        values = [
            tf.cast(loss(target, prediction, sample_weight=sample_weight), keras.config.floatx()) for loss in self.losses[at]
        ]
        return tf.gather(tf.stack(values), choice) if len(values) > 1 else values[0]

    def _losses(self, batch: Batch, predictions: list[Any], chosen: LaneSettings) -> tuple[list[Any], list[list[Any]]]:
        """The chosen loss of each trained output, and its gradient by each of the `_parts` of the prediction.

        Each loss is differentiated alone, and the result of the chosen one is selected. A loss that was not chosen may be
        infinite here, and must not enter the gradient.
        """
        values, gradients, weights = [], [], iter(batch.sample_weights)
        for at, (target, prediction) in enumerate(zip(batch.targets, predictions, strict=True)):
            sample_weight = next(weights) if self.weighted[at] else None
            value, gradient = _differentiated(self.losses[at][0], target, prediction, sample_weight)
            for option, loss in enumerate(self.losses[at][1:], start=1):
                other_value, other_gradient = _differentiated(loss, target, prediction, sample_weight)
                selected = tf.equal(chosen.choices[at], option)
                value = tf.where(selected, other_value, value)
                gradient = [tf.where(selected, other, one) for other, one in zip(other_gradient, gradient, strict=True)]
            values.append(value)
            gradients.append(gradient)
        return values, gradients


def _differentiated(loss: keras.losses.Loss, target: Any, prediction: Any, sample_weight: Any) -> tuple[Any, list[Any]]:
    with tf.GradientTape() as tape:
        tape.watch(_parts(prediction))
        value = loss(target, prediction, sample_weight=sample_weight)
    gradient = tape.gradient(value, _parts(prediction), unconnected_gradients="zero")
    return tf.cast(value, keras.config.floatx()), gradient


def _as_losses_take(predictions: Sequence[Any]) -> list[Any]:
    """Predictions of half precision in Keras's own, as losses convert them: so weights and gradients are not rounded before."""
    return [tf.cast(one, keras.config.floatx()) if one.dtype in _HALF else one for one in predictions]


def total_penalty(penalties: Sequence[Any]) -> Any:
    """The sum of the layers' own losses, a scalar."""
    zero = tf.zeros((), keras.config.floatx())
    return tf.add_n([tf.reduce_sum(tf.cast(p, zero.dtype)) for p in penalties]) if penalties else zero


def _tensors(values: Sequence[Any]) -> list[Any]:
    return [tf.convert_to_tensor(value) for value in values]


def _parts(prediction: Any) -> list[Any]:
    """The tensors that a loss may depend on: the prediction, and the logits behind its sigmoid or softmax.

    Keras's cross-entropies skip the activation and take its logits, which they find on the prediction or in the graph.
    """
    logits = logits_behind(prediction)
    return [prediction] if logits is None else [prediction, logits]
