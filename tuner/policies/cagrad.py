"""Conflict-averse gradient descent."""

import tensorflow as tf

from tuner.policies._policy import Policy, State, Step, Weights, count, on_the_trunk
from tuner.policies._quadratic import MOST_OUTPUTS, averse

_REACH, _EPSILON = 0.5, 1e-8


class CAGrad(Policy):
    """Helps the output that is worst off as much as it can within c ‖g₀‖ of the mean gradient g₀, with c = 0.5.

    The direction is (g₀ + c ‖g₀‖ g_w / ‖g_w‖) / (1 + c²), w solving the dual problem exactly; the divisor is the authors' own.
    """

    name, paper = "cagrad", "Liu et al. 2021, arXiv 2110.14048, algorithm 1"
    needs_gradients = True
    most_outputs = MOST_OUTPUTS

    def weigh(self, step: Step, state: State) -> tuple[Weights, State]:
        """The factor of each gradient in that direction."""
        gram, outputs = step.gram, count(step.losses)
        share = averse(gram, _REACH)
        length = tf.sqrt(tf.maximum(tf.reduce_sum(share * tf.linalg.matvec(gram, share)), 0))
        mean = tf.sqrt(tf.maximum(tf.reduce_mean(gram), 0))
        return on_the_trunk((1 / outputs + _REACH * mean / (length + _EPSILON) * share) / (1 + _REACH**2)), state
