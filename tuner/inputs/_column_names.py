"""Names of objectives, which are columns of the tables beside those that every study has."""

from __future__ import annotations

from collections.abc import Sequence

from search_spaces import Problems, names
from tuner.inputs._objectives import Objective

_FIXED = (
    names.BASELINE,
    names.DELTA_M,
    names.EPOCHS,
    names.FRONT,
    names.HYPERVOLUME_CONTRIBUTION,
    names.LEARNING_RATE,
    names.OPTIMIZER,
    names.RANK,
    names.REASON,
    names.REPLICATE_OF,
    names.SECONDS,
    names.SEED,
    names.STATE,
    names.TRIAL,
    "engine",
)
_PREFIXES = (names.LOSS_PREFIX, names.WEIGHT_PREFIX, names.SHARE_PREFIX)


def check_column_names(objectives: Sequence[Objective], outputs: Sequence[str], problems: Problems) -> None:
    """No objective may have the name of another column of the ranking or of the replicates.

    Args:
        objectives: All of them.
        outputs: The output names.
        problems: Where mistakes are noted.
    """
    taken = {*_FIXED, *(prefix + output for prefix in _PREFIXES for output in outputs)}
    taken |= {prefixed(objective.name) for objective in objectives for prefixed in (names.test, names.fold_sd)}
    for objective in objectives:
        if objective.name in taken or objective.name.startswith(names.HYPERPARAMETER_PREFIX):
            metric = objective.metric if isinstance(objective.metric, str) else "…"
            problems.add(
                f"objective {objective.name!r} would have the name of another column of the tables; give it one of its own, "
                f"for example Objective({objective.output!r}, {metric!r}, name={f'{metric} of {objective.output}'!r})"
            )
