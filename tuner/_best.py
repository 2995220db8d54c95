"""From a row of the ranking to the configuration that production loads."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import optuna

import reports
from search_spaces import Candidate, names
from tuner.production import BestConfig


def best_config(
    study: optuna.Study,
    custom_objects: Mapping[str, Any],
    shapes: Mapping[str, Any],
    prefer: Mapping[str, float] | None,
    require: Mapping[str, float] | None,
    trial: int | None,
) -> BestConfig:
    """The chosen trial's configuration.

    Args:
        study: Holds at least one complete trial.
        custom_objects: Custom losses and optimizers by name.
        shapes: Shape of each output without its rows.
        prefer: Importance by output.
        require: Bound by output, in the objective's own unit.
        trial: Number of the trial to take as it is.
    """
    meta, frame = study.user_attrs[names.STUDY], reports.study_frame(study)
    ranking = reports.rank(frame)
    row = reports.pick(ranking, trial=reports.choose(frame, prefer, require, trial))
    chosen = study.get_trials(deepcopy=False)[int(row[names.TRIAL])]
    rows = reports.one_of_each_policy(ranking)
    baselines = rows[rows[names.BASELINE] != ""].set_index(names.BASELINE)
    return BestConfig(
        candidate=Candidate.from_dict(chosen.user_attrs[names.CANDIDATE], custom_objects),
        epochs=meta["epochs"],
        batch_size=meta["batch_size"],
        objectives=[
            {**objective, "value": float(row[objective["name"]]), "baselines": _values(baselines, objective["name"])}
            for objective in meta["objectives"]
        ],
        study={
            "name": meta["name"],
            "trial": int(row[names.TRIAL]),
            "seed": int(chosen.user_attrs[names.SEED]),
            "trials": len(ranking),
            "prefer": dict(prefer or {}),
            "require": dict(require or {}),
        },
        versions=meta["versions"],
        fingerprints={"outputs": dict(shapes), "data": meta["data"]},
        evidence=reports.evidence(frame, int(row[names.TRIAL]), prefer, require),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _values(baselines: Any, objective: str) -> dict[str, float]:
    return {str(name): float(value) for name, value in baselines[objective].dropna().items()}
