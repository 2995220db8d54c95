"""Unconflicting projection of gradients."""

from tuner.policies._policy import Policy, State, Step, Weights, on_the_trunk
from tuner.policies._quadratic import MOST_OUTPUTS, in_no_conflict


class UPGrad(Policy):
    """The mean of the gradients, each projected onto the dual cone of all of them, solved exactly."""

    name, paper = "upgrad", "Quinton & Rey 2024, arXiv 2406.16232"
    needs_gradients = True
    most_outputs = MOST_OUTPUTS

    def weigh(self, step: Step, state: State) -> tuple[Weights, State]:
        """The factor of each gradient in that mean."""
        return on_the_trunk(in_no_conflict(step.gram)), state
