"""Losses in units of what they were in the first epoch."""

import numpy as np
import tensorflow as tf

from tuner.policies._policy import Policy, State, Step, Weights, everywhere


class LossNormalised(Policy):
    """wᵢ = 1 / (mean of Lᵢ over the first epoch) from the second epoch on; 1 in the first."""

    name, paper = "loss_normalised", ""
    needs_positive_losses = True

    def initial(self, outputs: int) -> dict[str, np.ndarray]:
        """Weights of 1, and no epoch yet."""
        return {"weights": np.ones(outputs), "epochs": np.zeros(())}

    def weigh(self, step: Step, state: State) -> tuple[Weights, State]:
        """The weights that the first epoch led to."""
        return everywhere(state["weights"]), state

    def end_epoch(self, losses: tf.Tensor, state: State) -> State:
        """Divides by the losses of the first epoch from then on."""
        weights = tf.where(state["epochs"] == 0, 1 / losses, state["weights"])
        return {"weights": weights, "epochs": state["epochs"] + 1}
