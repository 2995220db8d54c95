"""Which sampler a worker asks."""

from __future__ import annotations

import warnings

import numpy as np
import optuna
from optuna.samplers import BaseSampler

from tuner.study._design import StudyDesign
from tuner.study._numbered_candidates import NumberedCandidates, is_history_free


def sampler_for(own: BaseSampler | None, design: StudyDesign, trials: int, others: int) -> BaseSampler:
    """The sampler that this worker asks.

    Args:
        own: The person's own sampler; None asks the default one.
        design: What is searched.
        trials: Number of trials that the study already has.
        others: Number of other workers on the study.
    """
    if own is None:
        return default_sampler(design.seed, trials, others, design.architecture.searched)
    if is_history_free(own):
        return NumberedCandidates(own, design)
    if others:
        own.reseed_rng()  # two workers must not draw the same numbers
    return own


def default_sampler(seed: int, trials: int, others: int, conditional: bool) -> BaseSampler:
    """Multi-objective TPE that samples the parameters jointly, also where some depend on others.

    Args:
        seed: The study's seed.
        trials: Number of trials that the study already has: a resumed study must not draw the same numbers again.
        others: Number of other workers on the study: two workers must not draw the same numbers either.
        conditional: Whether some parameters may be asked for in some trials only; finding the groups of those that
            belong together takes a third of TPE's time.
    """
    mixed = int(np.random.SeedSequence([seed, trials, *([others] if others else [])]).generate_state(1)[0])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        return optuna.samplers.TPESampler(multivariate=True, group=conditional, seed=mixed)
