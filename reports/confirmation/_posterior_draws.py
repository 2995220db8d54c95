"""Joint draws of the true means around the means of paired replicates."""

from __future__ import annotations

import numpy as np

DRAWS = 10_000
_SEED = 0


def draw_means(values: np.ndarray, draws: int = DRAWS) -> np.ndarray:
    """Draws of the true means, for all candidates together.

    Each draw is x̄ + S^½ z / √n · √(ν / u). S is the sample covariance over the seeds, z is standard normal, u comes from χ²_ν
    and ν = n − 1. This is a multivariate t: its margins are those of Student's intervals, and candidates stay correlated as
    their seeds correlate them. S^½ is the symmetric root of the correlations times the standard deviations, so neither the
    order of the seeds nor the objectives' units change a draw.

    Args:
        values: Shape (candidates, seeds, objectives), at least two seeds.
        draws: Number of draws.

    Returns:
        Shape (draws, candidates, objectives); the same for the same values.
    """
    candidates, count, objectives = values.shape
    flat = values.transpose(1, 0, 2).reshape(count, -1)
    mean, deviation = flat.mean(axis=0), flat.std(axis=0, ddof=1)
    standard = (flat - mean) / np.where(deviation > 0, deviation, 1.0)
    root = _root(standard.T @ standard / (count - 1))
    random = np.random.default_rng(_SEED)
    scale = np.sqrt((count - 1) / random.chisquare(count - 1, size=(draws, 1)) / count)
    drawn: np.ndarray = mean + scale * (random.standard_normal((draws, flat.shape[1])) @ root) * deviation
    return drawn.reshape(draws, candidates, objectives)


def _root(matrix: np.ndarray) -> np.ndarray:
    """The symmetric square root of a positive semidefinite matrix."""
    values, vectors = np.linalg.eigh(matrix)
    root: np.ndarray = (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
    return root
