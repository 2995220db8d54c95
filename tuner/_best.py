"""From a row of the ranking to the configuration that production loads."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import optuna

import reports
from reports.ranking import NO_SCALE
from search_spaces import names
from tuner._progress import say
from tuner.production import BestConfig
from tuner.study import StudyDesign


def best_config(
    study: optuna.Study,
    design: StudyDesign,
    shapes: Mapping[str, Any],
    compile_settings: Mapping[str, Any],
    *,
    prefer: Mapping[str, float] | None,
    require: Mapping[str, float] | None,
    trial: int | None,
) -> BestConfig:
    """The chosen trial's configuration.

    Args:
        study: Holds at least one complete trial.
        design: Reads the stored candidate.
        shapes: Shape of each output without its rows.
        compile_settings: Further arguments of `compile` that the model came with.
        prefer: Importance by output.
        require: Bound by output, in the objective's own unit.
        trial: Number of the trial to take as it is.
    """
    meta, frame = study.user_attrs[names.STUDY], reports.study_frame(study)
    ranking = reports.rank(frame)
    if prefer and ranking.attrs["scale"]["source"] == "trials":
        say(f"The preference is measured so: {NO_SCALE}")
    row = reports.pick(ranking, trial=reports.choose(frame, prefer, require, trial))
    chosen = study.get_trials(deepcopy=False)[int(row[names.TRIAL])]
    rows = reports.one_of_each_policy(ranking)
    baselines = rows[rows[names.BASELINE] != ""].set_index(names.BASELINE)
    return BestConfig(
        candidate=design.stored_candidate(chosen.user_attrs),
        epochs=meta["epochs"],
        batch_size=meta["batch_size"],
        class_weight=meta.get("class_weight", {}),
        compile_settings=compile_settings,
        fit_settings=_fit_settings(meta),
        objectives=[
            {
                **objective,
                "value": float(row[objective["name"]]),
                "baselines": _values(baselines, objective["name"]),
                "measured": measured,
            }
            for objective, measured in zip(meta["objectives"], meta["metrics"], strict=True)
        ],
        study={
            "name": meta["name"],
            "trial": int(row[names.TRIAL]),
            "seed": int(chosen.user_attrs[names.SEED]),
            "trials": len(ranking),
            "prefer": {name: float(value) for name, value in (prefer or {}).items()},
            "require": {name: float(value) for name, value in (require or {}).items()},
            "agreement": reports.agreement(study),
        },
        versions=meta["versions"],
        fingerprints={"outputs": dict(shapes), "data": meta["data"]},
        evidence=reports.evidence(frame, int(row[names.TRIAL]), prefer, require),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _fit_settings(meta: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of `fit` that all trials had, beside epochs and batch size."""
    steps = meta["data"].get("steps_per_epoch")
    return {
        "shuffle": meta["shuffle"],
        **({} if steps is None else {"steps_per_epoch": steps}),
        "callbacks": meta.get("callbacks", []),
        **{key: meta[key] for key in ("schedule_relative_to",) if key in meta},
    }


def _values(baselines: Any, objective: str) -> dict[str, float]:
    return {str(name): float(value) for name, value in baselines[objective].dropna().items()}
