"""One network for four questions about a person: Census-Income (KDD), 1994–95 (UCI, CC BY 4.0).

Outputs of three kinds: `income` above $50,000 and `never_married` (binary), `education` (17 classes), `weeks_worked` (a
share of the year). Columns that give an output away (tax status, household, weights) are left out. The study asks which
weights, and which size of network, serve all four.
"""

from examples.census.data import load
from examples.census.model import build

__all__ = ["build", "load"]
