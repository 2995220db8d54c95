"""Dynamic weight average."""

import numpy as np
import tensorflow as tf

from tuner.policies._policy import Policy, State, Step, Weights, count, everywhere

_TEMPERATURE = 2.0


class DynamicWeightAverage(Policy):
    """wᵢ = n softmax(rᵢ / T), with rᵢ the loss of the last epoch divided by that of the one before, and T = 2.

    The first two epochs have weights of 1.
    """

    name, paper = "dwa", "Liu et al. 2019, arXiv 1803.10704"
    needs_positive_losses = True

    def initial(self, outputs: int) -> dict[str, np.ndarray]:
        """Weights of 1, and no epoch yet."""
        return {"weights": np.ones(outputs), "last": np.ones(outputs), "epochs": np.zeros(())}

    def weigh(self, step: Step, state: State) -> tuple[Weights, State]:
        """The weights that the last two epochs led to."""
        return everywhere(state["weights"]), state

    def end_epoch(self, losses: tf.Tensor, state: State) -> State:
        """Compares the losses of the epoch with those of the one before."""
        ratio = tf.nn.softmax(losses / state["last"] / _TEMPERATURE) * count(losses)
        weights = tf.where(state["epochs"] >= 1, ratio, state["weights"])
        return {"weights": weights, "last": losses, "epochs": state["epochs"] + 1}
