"""What may be chosen: learning rate, optimizer, losses and weights per output, architecture.

Importing this package imports neither Keras nor Optuna; they are imported where an object of theirs is read or made.
"""

from search_spaces import names
from search_spaces._candidate import Candidate
from search_spaces._losses import LossSpec
from search_spaces._optimizers import OptimizerSpec
from search_spaces._outputs import OutputSpace
from search_spaces._problems import InputError, Problems, nearest
from search_spaces._space import SearchSpace
from search_spaces._weights import IndependentWeights, RelativeWeights, SimplexWeights

__all__ = [
    "Candidate",
    "IndependentWeights",
    "InputError",
    "LossSpec",
    "OptimizerSpec",
    "OutputSpace",
    "Problems",
    "RelativeWeights",
    "SearchSpace",
    "SimplexWeights",
    "names",
    "nearest",
]
