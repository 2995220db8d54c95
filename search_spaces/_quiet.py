"""Optuna without its messages on new studies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quiet_optuna() -> Iterator[None]:
    """Silences Optuna's messages on new studies while the block runs; warnings still appear.

    Example:
        >>> import optuna
        >>> with quiet_optuna():
        ...     study = optuna.create_study()
        >>> len(study.trials)
        0
    """
    import optuna

    level = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        yield
    finally:
        optuna.logging.set_verbosity(level)
