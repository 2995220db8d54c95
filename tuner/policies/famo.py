"""Fast adaptive multitask optimization."""

import numpy as np
import tensorflow as tf

from tuner.policies._adam import adam, adam_state
from tuner.policies._policy import Policy, State, Step, Weights, everywhere

_RATE, _DECAY, _EPSILON = 0.025, 1e-3, 1e-8


class Famo(Policy):
    """Decreases all losses at a rate as equal as can be, by logits ξ that learn from what each step did to the losses.

    With z = softmax(ξ): wᵢ = zᵢ / Lᵢ / Σ (zⱼ / Lⱼ). After the step the losses of the same batch are measured once more, and ξ
    takes a step of Adam (rate 0.025, decay 0.001, the authors' own) along J(z)ᵀ (log L before − log L after).
    """

    name, paper = "famo", "Liu et al. 2023, arXiv 2306.03792, algorithm 1"
    needs_positive_losses = True
    learns_after_step = True

    def initial(self, outputs: int) -> dict[str, np.ndarray]:
        """Logits of 0."""
        return {**adam_state(np.zeros(outputs)), "before": np.ones(outputs)}

    def weigh(self, step: Step, state: State) -> tuple[Weights, State]:
        """Weights in proportion to softmax divided by loss."""
        weights = tf.nn.softmax(state["parameter"]) / (step.losses + _EPSILON)
        return everywhere(weights / tf.reduce_sum(weights)), {**state, "before": step.losses}

    def learn(self, losses: tf.Tensor, state: State) -> State:
        """Gives more weight to the losses that fell less."""
        fell = tf.math.log(state["before"] + _EPSILON) - tf.math.log(losses + _EPSILON)
        share = tf.nn.softmax(state["parameter"])
        gradient = share * (fell - tf.reduce_sum(share * fell)) + _DECAY * state["parameter"]
        return adam(state, gradient, _RATE)
