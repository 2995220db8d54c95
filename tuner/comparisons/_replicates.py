"""Replicates: the finalists and the baselines, trained again with seeds that the search did not use."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import optuna
from optuna.trial import FrozenTrial

import reports
from search_spaces import InputError, SearchSpace, names
from tuner.inputs import Arrays, fingerprint
from tuner.study import is_replicate, was_run

if TYPE_CHECKING:
    import pandas as pd


def choose_finalists(ranking: pd.DataFrame, top: int, pick: int) -> list[int]:
    """Chooses the trials that are worth more seeds.

    Args:
        ranking: What `reports.rank` returns.
        top: Number of finalists among the trials that the sampler chose.
        pick: Number of the pick, which is a finalist whatever its contribution.

    Returns:
        Trial numbers: the pick, then the front, then by hypervolume contribution, then by rank.
    """
    rows = ranking[ranking[names.RANK].notna() & (ranking[names.BASELINE] == "")]
    rows = rows.assign(_pick=rows[names.TRIAL] == pick)
    order = ["_pick", names.FRONT, names.HYPERVOLUME_CONTRIBUTION, names.RANK]
    return [int(n) for n in rows.sort_values(order, ascending=[False, False, False, True])[names.TRIAL].head(top)]


def trials_to_replicate(study: optuna.Study, ranking: pd.DataFrame, finalists: Sequence[int]) -> list[int]:
    """All trials that get replicates: the finalists, the complete baselines, and those that have some already.

    Of a weighting policy only the best learning rate is a baseline here. What was confirmed once stays in, so that the
    comparisons are always paired and all of them are counted.
    """
    rows = reports.one_of_each_policy(ranking)
    complete = rows[(rows[names.BASELINE] != "") & (rows[names.STATE] == names.COMPLETE)]
    replicated = {trial.user_attrs[names.REPLICATE_OF] for trial in _replicates(study)}
    return sorted({*finalists, *map(int, complete[names.TRIAL]), *replicated})


def enqueue_replicates(
    study: optuna.Study, space: SearchSpace, numbers: Sequence[int], seeds: Sequence[int], tested: bool
) -> int:
    """Queues the replicates that are missing, seed by seed, so that a study that is stopped compares like with like.

    Args:
        study: Holds the candidates' trials.
        space: Says which of a candidate's parameters Optuna records.
        numbers: Numbers of the candidates' trials.
        seeds: The seeds that each of them gets.
        tested: Whether a replicate without values on test data counts as missing.

    Returns:
        Number of replicates that wait or run now.
    """
    replicates, trials = _replicates(study), study.get_trials(deepcopy=False)
    done = {_candidate_and_seed(trial) for trial in replicates if _needs_no_rerun(trial, tested)}
    for fresh in seeds:
        for number in [number for number in numbers if (number, fresh) not in done]:
            attempts = sum(_candidate_and_seed(trial) == (number, fresh) and was_run(trial) for trial in replicates)
            attributes = {
                names.CANDIDATE: trials[number].user_attrs[names.CANDIDATE],
                names.SEED: fresh,
                names.REPLICATE_OF: number,
                names.KEY: f"{names.REPLICATE_PREFIX}{number}:{fresh}:{attempts}",
            }
            study.enqueue_trial(_parameters_inside(trials[number], space), user_attrs=attributes)
    return sum(not trial.state.is_finished() for trial in _replicates(study))


def note_test_data(study: optuna.Study, test: Arrays | None) -> None:
    """Stores with the study which test data its replicates are measured on.

    Raises:
        InputError: Earlier replicates were measured on other test data, or on some where this call has none: means over both
            would mean nothing.
    """
    if test is None:
        if stored := study.user_attrs.get(names.CONFIRM):
            raise InputError(
                f"the replicates of {study.study_name!r} are measured on test data ({stored['test_rows']} rows, fingerprint "
                f"{stored['test_fingerprint']}), and this call has none; pass the same ones as test_data"
            )
        return
    new: dict[str, Any] = {"test_fingerprint": fingerprint(test), "test_rows": test.rows}
    stored = study.user_attrs.get(names.CONFIRM, new)
    if stored != new:
        raise InputError(
            f"the replicates of {study.study_name!r} were measured on other test data ({stored['test_rows']} rows, fingerprint "
            f"{stored['test_fingerprint']}; this call has {new['test_rows']} rows, {new['test_fingerprint']}); pass the same "
            "ones"
        )
    study.set_user_attr(names.CONFIRM, new)


def _replicates(study: optuna.Study) -> list[FrozenTrial]:
    return [trial for trial in study.get_trials(deepcopy=False) if is_replicate(trial)]


def _candidate_and_seed(trial: FrozenTrial) -> tuple[int, int]:
    return trial.user_attrs[names.REPLICATE_OF], trial.user_attrs[names.SEED]


def _needs_no_rerun(trial: FrozenTrial, tested: bool) -> bool:
    """Whether the replicate has all its values, diverged, runs or waits; one that failed is tried again."""
    if not trial.state.is_finished():
        return True
    outcome = trial.user_attrs.get(names.OUTCOME, {})
    if outcome.get("state") == names.COMPLETE:
        return "test_values" in outcome or not tested
    return bool(outcome.get("state") == names.DIVERGED)


def _parameters_inside(trial: FrozenTrial, space: SearchSpace) -> dict[str, Any]:
    """The trial's parameters that belong to the space, as Optuna takes them for a queued trial."""
    searched = {parameter.name for parameter in space.parameters()}
    return {name: value for name, value in trial.params.items() if name in searched}
