"""Replicates: the finalists and the baselines, trained again with seeds that the search did not use."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import optuna
from optuna.trial import FrozenTrial, TrialState

import reports
from search_spaces import InputError, SearchSpace, names
from tuner.inputs import Arrays, fingerprint
from tuner.study import was_run

if TYPE_CHECKING:
    import pandas as pd

_SEEDS = 2**32


def finalists(ranking: pd.DataFrame, top: int, chosen: int) -> list[int]:
    """Trials that are worth more seeds.

    Args:
        ranking: Of `reports.rank`.
        top: How many of those that the sampler chose.
        chosen: The trial that would be picked: it is among them whatever its contribution.

    Returns:
        Trial numbers: the chosen one, then the front, then by hypervolume contribution, then by rank.
    """
    rows = ranking[ranking[names.RANK].notna() & (ranking[names.BASELINE] == "")]
    rows = rows.assign(_chosen=rows[names.TRIAL] == chosen)
    order = ["_chosen", names.FRONT, names.HYPERVOLUME_CONTRIBUTION, names.RANK]
    return [int(n) for n in rows.sort_values(order, ascending=[False, False, False, True])[names.TRIAL].head(top)]


def replicate_seeds(seed: int, count: int) -> list[int]:
    """The seeds of the replicates: those that follow the study's own, which chose the finalists."""
    return [(seed + 1 + i) % _SEEDS for i in range(count)]


def trials_to_replicate(study: optuna.Study, ranking: pd.DataFrame, made: Sequence[int]) -> list[int]:
    """All trials that get replicates: the finalists, the complete baselines, and those that have some already.

    Of a weighting policy only the best learning rate is a baseline here. What was confirmed once stays in, so that the
    comparisons are always paired and all of them are counted.
    """
    rows = reports.one_of_each_policy(ranking)
    complete = rows[(rows[names.BASELINE] != "") & (rows[names.STATE] == names.COMPLETE)]
    before = {trial.user_attrs[names.REPLICATE_OF] for trial in _replicates(study)}
    return sorted({*made, *map(int, complete[names.TRIAL]), *before})


def enqueue_replicates(
    study: optuna.Study, space: SearchSpace, numbers: Sequence[int], seed: int, count: int, tested: bool
) -> int:
    """Queues the replicates that are missing, seed by seed, so that a study that is stopped compares like with like.

    Args:
        study: Holds the candidates' trials.
        space: Says which parameters are told.
        numbers: The candidates' trials.
        seed: Of the study.
        count: Number of seeds; never fewer than the study has replicates with already.
        tested: Whether a replicate without values on test data counts as missing.

    Returns:
        How many replicates wait now.
    """
    replicates, trials = _replicates(study), study.get_trials(deepcopy=False)
    used = {trial.user_attrs[names.SEED] for trial in replicates}
    there = {_key(trial) for trial in replicates if _is_there(trial, tested)}
    for fresh in replicate_seeds(seed, max(count, len(used))):
        for number in [number for number in numbers if (number, fresh) not in there]:
            tried = sum(_key(trial) == (number, fresh) and was_run(trial) for trial in replicates)
            attributes = {
                names.CANDIDATE: trials[number].user_attrs[names.CANDIDATE],
                names.SEED: fresh,
                names.REPLICATE_OF: number,
                names.KEY: f"{names.REPLICATE_PREFIX}{number}:{fresh}:{tried}",
            }
            study.enqueue_trial(_told(trials[number], space), user_attrs=attributes)
    return sum(trial.state == TrialState.WAITING for trial in _replicates(study))


def keep_test_data(study: optuna.Study, test: Arrays | None) -> None:
    """Notes which test data the replicates are measured on.

    Raises:
        InputError: They were measured on others before: means over both would mean nothing.
    """
    if test is None:
        return
    now: dict[str, Any] = {"test_fingerprint": fingerprint(test), "test_rows": test.rows}
    kept = study.user_attrs.get(names.CONFIRM, now)
    if kept != now:
        raise InputError(
            f"the replicates of {study.study_name!r} were measured on other test data ({kept['test_rows']} rows, fingerprint "
            f"{kept['test_fingerprint']}; this call has {now['test_rows']} rows, {now['test_fingerprint']}); pass the same ones"
        )
    study.set_user_attr(names.CONFIRM, now)


def _replicates(study: optuna.Study) -> list[FrozenTrial]:
    return [trial for trial in study.get_trials(deepcopy=False) if names.REPLICATE_OF in trial.user_attrs]


def _key(trial: FrozenTrial) -> tuple[int, int]:
    return trial.user_attrs[names.REPLICATE_OF], trial.user_attrs[names.SEED]


def _is_there(trial: FrozenTrial, tested: bool) -> bool:
    """Whether the replicate is finished for good, runs or waits; one that failed is tried again, one that diverged is not."""
    if not trial.state.is_finished():
        return True
    outcome = trial.user_attrs.get(names.OUTCOME, {})
    if outcome.get("state") == names.COMPLETE:
        return "test_values" in outcome or not tested
    return bool(outcome.get("state") == names.DIVERGED)


def _told(trial: FrozenTrial, space: SearchSpace) -> dict[str, Any]:
    """The candidate's parameters that lie in the space, as Optuna takes them for a queued trial."""
    known = {parameter.name for parameter in space.parameters()}
    return {name: value for name, value in trial.params.items() if name in known}
