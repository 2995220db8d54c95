"""The geometric mean of the losses."""

import tensorflow as tf

from tuner.policies._policy import Policy, State, Step, Weights, count, everywhere


class GeometricMean(Policy):
    """Minimises (Π Lᵢ)^(1/n), so that wᵢ = (Π Lⱼ)^(1/n) / (n Lᵢ)."""

    name, paper = "geometric_mean", "Chennupati et al. 2019, arXiv 1904.08492"
    needs_positive_losses = True

    def weigh(self, step: Step, state: State) -> tuple[Weights, State]:
        """The derivatives of the geometric mean."""
        mean = tf.exp(tf.reduce_mean(tf.math.log(step.losses)))
        return everywhere(mean / (count(step.losses) * step.losses)), state
