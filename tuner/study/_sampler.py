"""The sampler used where none is given."""

from __future__ import annotations

import warnings

import numpy as np
import optuna


def default_sampler(seed: int, trials: int, others: int, conditional: bool) -> optuna.samplers.BaseSampler:
    """Multi-objective TPE that samples the parameters jointly, also where some depend on others.

    Args:
        seed: Of the study.
        trials: Number of trials that the study already has: a resumed study must not draw the same numbers again.
        others: Number of other workers on the study, which must not either.
        conditional: Whether some parameters may be asked for in some trials only; finding the groups of those that
            belong together takes a third of TPE's time.
    """
    mixed = int(np.random.SeedSequence([seed, trials, *([others] if others else [])]).generate_state(1)[0])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        return optuna.samplers.TPESampler(multivariate=True, group=conditional, seed=mixed)
