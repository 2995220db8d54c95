"""Gradient normalisation."""

import numpy as np
import tensorflow as tf

from tuner.policies._adam import adam, adam_state
from tuner.policies._policy import Policy, State, Step, Weights, count, everywhere

_RATE, _ALPHA, _LEAST = 0.025, 1.5, 0.01


class GradNorm(Policy):
    """Brings the norms Gᵢ = wᵢ ‖gᵢ‖ of the weighted gradients to their mean times rᵢ^α, rᵢ being how far a loss is behind.

    rᵢ = (Lᵢ / Lᵢ at the first step) divided by the mean of those; `Σ |Gᵢ − mean(G) rᵢ^α|` is minimised over w by Adam (rate
    0.025, α = 1.5), the targets held constant, and w is scaled to a sum of n. The norms are those on the whole trunk. A weight
    never falls below 0.01, of which the paper says nothing.
    """

    name, paper = "gradnorm", "Chen et al. 2018, arXiv 1711.02257"
    needs_gradients = True
    needs_positive_losses = True

    def initial(self, outputs: int) -> dict[str, np.ndarray]:
        """Weights of 1."""
        return {**adam_state(np.ones(outputs)), "first": np.ones(outputs)}

    def weigh(self, step: Step, state: State) -> tuple[Weights, State]:
        """The present weights; those of the next step learn from the norms of this one."""
        weights, first = state["parameter"], tf.where(state["steps"] == 0, step.losses, state["first"])
        norms = tf.sqrt(tf.maximum(tf.linalg.diag_part(step.gram), 0))
        behind = step.losses / first
        target = tf.reduce_mean(weights * norms) * tf.pow(behind / tf.reduce_mean(behind), _ALPHA)
        learned = adam({**state, "first": first}, tf.sign(weights * norms - target) * norms, _RATE)
        bounded = tf.maximum(learned["parameter"], _LEAST)
        return everywhere(weights), {**learned, "parameter": bounded * count(bounded) / tf.reduce_sum(bounded)}
