"""The sum of the logarithms of the losses."""

from tuner.policies._policy import Policy, State, Step, Weights, everywhere


class ScaleInvariant(Policy):
    """Minimises Σ log Lᵢ, so that wᵢ = 1 / Lᵢ: no unit of a loss matters."""

    name, paper = "scale_invariant", "a rival in Navon et al. 2022, arXiv 2202.01017"
    needs_positive_losses = True

    def weigh(self, step: Step, state: State) -> tuple[Weights, State]:
        """The derivatives of Σ log Lᵢ."""
        return everywhere(1 / step.losses), state
