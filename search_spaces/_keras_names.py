"""Names of Keras's classes."""

from __future__ import annotations

import re
from typing import Any


def public_classes(module: Any) -> dict[str, type]:
    """The classes that a Keras module such as `keras.losses` offers, by name.

    Args:
        module: Module of Keras.

    Example:
        >>> import keras
        >>> public_classes(keras.losses)["Huber"] is keras.losses.Huber
        True
    """
    return {name: value for name, value in vars(module).items() if isinstance(value, type) and name[:1].isupper()}


def snake_case(name: str) -> str:
    """The name by which Keras calls a loss or a metric in text, from the name of its class.

    A digit belongs to the word before it.

    Args:
        name: Name of a class.

    Example:
        >>> [snake_case(name) for name in ("MeanSquaredError", "KLDivergence", "R2Score", "AUC")]
        ['mean_squared_error', 'kl_divergence', 'r2_score', 'auc']
    """
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()
