"""Smooth Tchebycheff scalarization."""

import numpy as np
import tensorflow as tf

from tuner.policies._policy import Policy, State, Step, Weights, count, everywhere

_SMOOTHNESS = 1.0


class SmoothTchebycheff(Policy):
    """Minimises a smooth maximum of the losses: μ n log Σ exp(fᵢ / μ) with fᵢ = log(Lᵢ / Lᵢ of the first epoch) and μ = 1.

    So that wᵢ = n softmax(f / μ)ᵢ / Lᵢ. The first epoch minimises Σ log Lᵢ, as the authors' own warm-up does.
    """

    name, paper = "smooth_tchebycheff", "Lin et al. 2024, arXiv 2402.19078"
    needs_positive_losses = True

    def initial(self, outputs: int) -> dict[str, np.ndarray]:
        """No epoch yet."""
        return {"first": np.ones(outputs), "epochs": np.zeros(())}

    def weigh(self, step: Step, state: State) -> tuple[Weights, State]:
        """The derivatives of the smooth maximum; of the sum of logarithms in the first epoch."""
        share = tf.nn.softmax(tf.math.log(step.losses / state["first"]) / _SMOOTHNESS) * count(step.losses)
        return everywhere(tf.where(state["epochs"] == 0, tf.ones_like(share), share) / step.losses), state

    def end_epoch(self, losses: tf.Tensor, state: State) -> State:
        """Remembers the losses of the first epoch."""
        return {"first": tf.where(state["epochs"] == 0, losses, state["first"]), "epochs": state["epochs"] + 1}
