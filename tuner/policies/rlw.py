"""Random loss weighting."""

import tensorflow as tf

from tuner.policies._policy import Policy, State, Step, Weights, everywhere


class RandomLossWeighting(Policy):
    """w = softmax(z), z standard normal and new at each step."""

    name, paper = "rlw", "Lin et al. 2022, arXiv 2111.10603"

    def weigh(self, step: Step, state: State) -> tuple[Weights, State]:
        """The softmax of the step's random numbers."""
        return everywhere(tf.nn.softmax(step.random[0])), state
