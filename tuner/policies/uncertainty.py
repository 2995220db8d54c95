"""Homoscedastic uncertainty."""

import numpy as np
import tensorflow as tf

from tuner.policies._adam import adam, adam_state
from tuner.policies._policy import Policy, State, Step, Weights, everywhere


class Uncertainty(Policy):
    """Minimises Σ ½ e^(−sᵢ) Lᵢ + ½ sᵢ over the weights of the model and over sᵢ = log σᵢ² together, so that wᵢ = ½ e^(−sᵢ).

    The log variances begin at 0 and are learned by Adam at the trial's own learning rate. The factor ½ is that of a Gaussian
    likelihood, for every output.
    """

    name, paper = "uncertainty", "Kendall et al. 2018, arXiv 1705.07115"

    def initial(self, outputs: int) -> dict[str, np.ndarray]:
        """Log variances of 0."""
        return adam_state(np.zeros(outputs))

    def weigh(self, step: Step, state: State) -> tuple[Weights, State]:
        """The derivatives by the losses; the log variances take a step along theirs."""
        weights = tf.exp(-state["parameter"]) / 2
        return everywhere(weights), adam(state, 0.5 - weights * step.losses, step.rate)
