"""Projecting conflicting gradients."""

import tensorflow as tf

from tuner.policies._policy import Policy, State, Step, Weights, count, on_the_trunk

_EPSILON = 1e-12


class PCGrad(Policy):
    """Takes from each output's gradient what points against another one's, one by one in random order, and adds them up."""

    name, paper = "pcgrad", "Yu et al. 2020, arXiv 2001.06782, algorithm 1"
    needs_gradients = True

    def weigh(self, step: Step, state: State) -> tuple[Weights, State]:
        """The factor of each gradient in the sum of the projected ones."""
        outputs, gram = count(step.losses), step.gram
        own = mixes = tf.eye(outputs, dtype=gram.dtype)  # a row for each gradient
        turns = tf.reduce_sum(tf.cast(step.random[:, None, :] < step.random[:, :, None], tf.int32), axis=2)
        for turn in range(outputs):
            others = tf.cast(turns == turn, gram.dtype) * (1 - own)
            images = tf.linalg.matmul(others, gram)
            against = tf.minimum(tf.reduce_sum(mixes * images, axis=1, keepdims=True), 0)
            mixes -= against / (tf.reduce_sum(others * images, axis=1, keepdims=True) + _EPSILON) * others
        return on_the_trunk(tf.reduce_sum(mixes, axis=0)), state
