"""The multiple-gradient descent algorithm."""

from tuner.policies._policy import Policy, State, Step, Weights, on_the_trunk
from tuner.policies._quadratic import MOST_OUTPUTS, shortest


class Mgda(Policy):
    """Follows the shortest vector in the convex hull of the outputs' gradients, solved exactly."""

    name, paper = "mgda", "Sener & Koltun 2018, arXiv 1810.04650"
    needs_gradients = True
    most_outputs = MOST_OUTPUTS

    def weigh(self, step: Step, state: State) -> tuple[Weights, State]:
        """The share of each gradient in the shortest vector."""
        return on_the_trunk(shortest(step.gram)), state
