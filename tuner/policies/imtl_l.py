"""Impartial multi-task learning, the part that balances losses."""

import numpy as np
import tensorflow as tf

from tuner.policies._adam import adam, adam_state
from tuner.policies._policy import Policy, State, Step, Weights, everywhere


class ImtlL(Policy):
    """Minimises Σ e^(sᵢ) Lᵢ − sᵢ over the weights of the model and over sᵢ together, so that wᵢ = e^(sᵢ), which tends to 1 / Lᵢ.

    The sᵢ begin at 0 and are learned by Adam at the trial's own learning rate.
    """

    name, paper = "imtl_l", "Liu et al. 2021, ICLR"

    def initial(self, outputs: int) -> dict[str, np.ndarray]:
        """Scales of 1."""
        return adam_state(np.zeros(outputs))

    def weigh(self, step: Step, state: State) -> tuple[Weights, State]:
        """The derivatives by the losses; the scales take a step along theirs."""
        weights = tf.exp(state["parameter"])
        return everywhere(weights), adam(state, weights * step.losses - 1, step.rate)
